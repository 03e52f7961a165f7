#include "shim/userdata/user_data_kind.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

TEST(UserDataKindTest, TheFirstLineTells) {
  const struct {
    absl::string_view text;
    UserDataKind kind;
    absl::string_view content_type;
  } cases[] = {
      {"#cloud-config\na: b", UserDataKind::kCloudConfig, "text/cloud-config"},
      {"\n #Cloud-Config\n", UserDataKind::kCloudConfig, "text/cloud-config"},
      {"#cloud-config-archive\n", UserDataKind::kArchive,
       "text/cloud-config-archive"},
      {"#cloud-config-jsonp\n[]", UserDataKind::kUnknown, ""},
      {"#cloud-boothook\n", UserDataKind::kBootHook, "text/cloud-boothook"},
      {"#include\nhttps://a", UserDataKind::kInclude, "text/x-include-url"},
      {"#include-once\nhttps://a", UserDataKind::kIncludeOnce,
       "text/x-include-once-url"},
      {"#part-handler\n", UserDataKind::kPartHandler, "text/part-handler"},
      {"#!/bin/sh\n", UserDataKind::kScript, "text/x-shellscript"},
      {"## template: jinja\n#cloud-config\n", UserDataKind::kJinja,
       "text/jinja2"},
      // cloud-init takes these for no template.
      {"\n## template: jinja\n#cloud-config\n", UserDataKind::kUnknown, ""},
      {"##template:jinja\n#cloud-config\n", UserDataKind::kUnknown, ""},
      {"Content-Type: multipart/mixed; boundary=b\nMIME-Version: 1.0\n\n",
       UserDataKind::kMime, ""},
      {"Content-Type: multipart/mixed; boundary=b\n\n", UserDataKind::kUnknown,
       ""},
      {R"({"ignition": {"version": "3.4.0"}})", UserDataKind::kIgnition, ""},
      {R"({"ignition": {}})", UserDataKind::kUnknown, ""},
      {"packages: [a]\n", UserDataKind::kUnknown, ""},
      {"", UserDataKind::kUnknown, ""},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(KindOf(each.text), each.kind) << each.text;
    EXPECT_EQ(ContentTypeOf(each.kind), each.content_type) << each.text;
    if (!each.content_type.empty()) {
      EXPECT_EQ(KindOfContentType(each.content_type), each.kind);
    }
  }
}

TEST(UserDataKindTest, AMimeVersionFarFromTheBeginningIsNotSeen) {
  EXPECT_EQ(KindOf(absl::StrCat("X-Long: ", std::string(4096, 'x'),
                                "\nMIME-Version: 1.0\n\n")),
            UserDataKind::kUnknown);
}

TEST(UserDataKindTest, ATemplateIsAllButItsFirstLine) {
  EXPECT_EQ(WithoutJinjaHeader("## template: jinja\n#!/bin/sh\n"),
            "#!/bin/sh\n");
  EXPECT_EQ(WithoutJinjaHeader("## template: jinja"), "");
}

}  // namespace
}  // namespace evroc::shim
