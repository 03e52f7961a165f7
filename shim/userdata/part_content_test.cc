#include "shim/userdata/part_content.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

PartContent Content(absl::string_view headers, absl::string_view body) {
  return ContentOf({.header = std::string(headers), .body = std::string(body)});
}

TEST(PartContentTest, TheFirstLineTellsWhereTheTypeDoesNot) {
  for (const absl::string_view type :
       {"", "Content-Type: text/plain\n", "Content-Type: text/x-shellscript\n",
        "Content-Type: text/x-not-multipart; charset=utf-8\n"}) {
    EXPECT_THAT(Content(type, "#cloud-config\na: b\n").configs, SizeIs(1));
    EXPECT_FALSE(Content(type, "#!/bin/sh\n").MayConfigure()) << type;
  }
  EXPECT_THAT(Content("Content-Type: text/cloud-config\n", "a: b\n").configs,
              SizeIs(1));
  EXPECT_FALSE(Content("Content-Type: text/x-shellscript-per-boot\n", "a: b\n")
                   .MayConfigure());
}

TEST(PartContentTest, EncodedContentIsRead) {
  // echo 'a: b' | base64
  const PartContent content = Content(
      "Content-Type: text/cloud-config\nContent-Transfer-Encoding: base64\n",
      "YTogYgo=");
  ASSERT_THAT(content.configs, SizeIs(1));
  EXPECT_EQ(content.configs[0], Json::Object({{"a", "b"}}));
  EXPECT_FALSE(content.fixed_merge);
}

TEST(PartContentTest, WhatCantBeReadMayBeAConfiguration) {
  const struct {
    absl::string_view headers, body, reason;
  } cases[] = {
      {"Content-Type: application/gzip\n", "x", "compressed"},
      {"Content-Type: application/x-compress\n", "x", "compressed"},
      {"Content-Type: text/cloud-config\n"
       "Content-Transfer-Encoding: quoted-printable\n",
       "a: b\n", "unknown encoding"},
      {"", "#cloud-config-jsonp\n[]", "JSON patch"},
      {"Content-Type: text/cloud-config-jsonp\n", "[]", "JSON patch"},
      {"", "#cloud-config-archive\na: b\n", "not a list"},
      {"", "#cloud-config-archive\n[", "not YAML"},
      {"", "## template: jinja\n#cloud-config\n[a", "before Jinja"},
  };
  for (const auto& each : cases) {
    const PartContent content = Content(each.headers, each.body);
    EXPECT_TRUE(content.MayConfigure()) << each.body;
    EXPECT_THAT(content.unreadable, HasSubstr(std::string(each.reason)));
  }
}

TEST(PartContentTest, AnArchiveHasTheConfigurationsOfItsEntries) {
  const PartContent content = Content(
      "",
      "#cloud-config-archive\n"
      "- |\n  #cloud-config\n  a: b\n"
      "- content: 'c: d'\n"
      "- type: text/cloud-config\n  content: 'e: f'\n"
      "- type: text/x-shellscript\n  content: 'g: h'\n"
      "- |\n  #!/bin/sh\n"
      "- content: |\n    ## template: jinja\n    #cloud-config\n    i: j\n");
  EXPECT_EQ(content.unreadable, "");
  EXPECT_THAT(content.configs, SizeIs(4));
  EXPECT_TRUE(content.fixed_merge);
  EXPECT_TRUE(
      Content("", "#cloud-config-archive\n- |\n  #include\n  x\n").fetched);
}

TEST(PartContentTest, SomeTellHowTheyMerge) {
  for (const absl::string_view header : {"Merge-Type", "X-Merge-Type"}) {
    EXPECT_TRUE(Content(absl::StrCat(header, ": list()\n"), "#cloud-config\n")
                    .fixed_merge);
  }
  for (const absl::string_view key : {"merge_how", "merge_type"}) {
    EXPECT_TRUE(Content("", absl::StrCat("#cloud-config\n", key, ": list()\n"))
                    .fixed_merge);
  }
}

}  // namespace
}  // namespace evroc::shim
