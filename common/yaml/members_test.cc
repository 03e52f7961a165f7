#include "common/yaml/members.h"

#include "absl/strings/match.h"
#include "common/status/error_details.h"
#include "common/yaml/yaml.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

absl::Status Check(absl::string_view yaml,
                   UnknownMembers unknown = UnknownMembers::kRefused) {
  return CheckMembers(*ParseUnambiguousYaml(yaml), "c",
                      {{"base_url"},
                       {"key", KnownMember::Kind::kLines},
                       {"scopes", KnownMember::Kind::kTexts},
                       {"skip", KnownMember::Kind::kFlag},
                       {"user", KnownMember::Kind::kOther}},
                      unknown);
}

std::string FieldOf(const absl::Status& status) {
  EXPECT_FALSE(absl::StrContains(status.message(), "s3cr3t")) << status;
  const ErrorDetails details = DetailsOf(status);
  return details.field_violations.empty() ? ""
                                          : details.field_violations[0].field;
}

TEST(MembersTest, TakesWhatIsRead) {
  EXPECT_TRUE(
      Check("{base_url: x, scopes: [a, b], skip: yes, user: {a: b}}").ok());
  EXPECT_TRUE(Check("{base_url: ~, key: \"a\\nb\", skip: null}").ok());
  EXPECT_TRUE(Check("base_url: |\n  x\n").ok());
  EXPECT_TRUE(CheckMembers(JsonView(), "c", {}, UnknownMembers::kRefused).ok());
}

TEST(MembersTest, NamesWhatWouldBeLost) {
  EXPECT_EQ(FieldOf(Check("text")), "c");
  EXPECT_EQ(FieldOf(Check("[a]")), "c");
  for (const char* text :
       {"base_url: {a: s3cr3t}", "base_url: [s3cr3t]", "base_url: true",
        "base_url: on", "base_url: 0x1f", "base_url: 1e3",
        "base_url: 2026-01-01", R"(base_url: "a\r\ns3cr3t")",
        R"(base_url: "a\0")", "baseUrl: s3cr3t", "base-url: s3cr3t",
        "BASE_URL: s3cr3t"}) {
    EXPECT_EQ(FieldOf(Check(text)), "c.base_url") << text;
  }
  EXPECT_EQ(FieldOf(Check("skip: maybe")), "c.skip");
  EXPECT_EQ(FieldOf(Check("scopes: a")), "c.scopes");
  EXPECT_EQ(FieldOf(Check("scopes: [a, {b: c}]")), "c.scopes[1]");
  EXPECT_EQ(FieldOf(Check("key: \"a\\x01\"")), "c.key");
}

TEST(MembersTest, RefusesUnknownMembersWhereTheyMayNotBe) {
  EXPECT_EQ(FieldOf(Check("other: s3cr3t")), "c.other");
  EXPECT_EQ(FieldOf(Check("{base_url:s3cr3t}")), "c");
  EXPECT_TRUE(Check("other: a", UnknownMembers::kIgnored).ok());
  EXPECT_EQ(FieldOf(Check("baseURL: a", UnknownMembers::kIgnored)),
            "c.base_url");
}

TEST(MembersTest, TrimsTexts) {
  EXPECT_EQ(TrimmedText(*ParseUnambiguousYaml("a: \" b\\r\\n\""), "a"), "b");
  EXPECT_EQ(TrimmedText(JsonView(), "a"), "");
}

}  // namespace
}  // namespace evroc
