#include "common/yaml/yaml.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

TEST(YamlTest, ReadsWhatPeopleWrite) {
  const auto json = ParseYaml(
      "a: text\n"
      "b: 12\n"
      "c: [true, \"true\", ~]\n"
      "d:\n"
      "  e: |\n"
      "    two\n"
      "    lines\n");
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ(*json, *Json::Parse(R"({"a": "text", "b": "12",
      "c": [true, "true", null], "d": {"e": "two\nlines\n"}})"));
}

TEST(YamlTest, ReadsJson) {
  EXPECT_EQ(*ParseYaml(R"({"a": {"b": ["c"]}})"),
            *Json::Parse(R"({"a": {"b": ["c"]}})"));
}

TEST(YamlTest, SaysWhereItIsWrongAndQuotesNothing) {
  const auto json = ParseYaml("token: secret\n  bad: [");
  ASSERT_EQ(json.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(json.status().message().find("line 2"), absl::string_view::npos)
      << json.status();
  EXPECT_EQ(json.status().message().find("secret"), absl::string_view::npos);
}

TEST(YamlTest, IsNotBlownUpByAliases) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 20; ++i) {
    const std::string last = absl::StrCat("*a", i - 1);
    absl::StrAppend(&text, "a", i, ": &a", i, " [", last, ", ", last, ", ",
                    last, ", ", last, "]\n");
  }
  EXPECT_FALSE(ParseYaml(text).ok());
}

TEST(YamlTest, LimitsDepthAndSize) {
  EXPECT_FALSE(ParseYaml(std::string(200, '[') + std::string(200, ']')).ok());
  EXPECT_FALSE(ParseYaml(std::string(20'000, '[')).ok());
  EXPECT_FALSE(ParseYaml(std::string(kMaxYamlBytes + 1, 'a')).ok());
}

TEST(YamlTest, UnambiguousTextIsOneDocument) {
  for (const char* text :
       {"a: b", "---\na: b\n...\n", "%YAML 1.2\n--- # c\na: |\n  text\n---\n",
        "a: b\n---\n# nothing\n...\n", "a: '---'\nb: --- c\n"}) {
    EXPECT_TRUE(ParseUnambiguousYaml(text).ok()) << text;
  }
  for (const char* text :
       {"a: b\n---\nc: d\n", "a: b\n...\nc: d\n", "--- a\n--- b\n",
        "a: b\r\n---\r\nc: d\r\n", "a: 'b\n---\nc'\n"}) {
    EXPECT_FALSE(ParseUnambiguousYaml(text).ok()) << text;
  }
}

// yaml-cpp's LoadAll goes on for ever with these.
TEST(YamlTest, EndsForMalformedText) {
  for (const char* text : {",", "]", "}", "a: b\n,", "? ,\n", ":\n,"}) {
    (void)ParseUnambiguousYaml(text);
    (void)ParseYaml(text);
  }
}

}  // namespace
}  // namespace evroc
