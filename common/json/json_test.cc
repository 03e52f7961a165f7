#include "common/json/json.h"

#include <string>

#include "absl/strings/match.h"
#include "common/json/testing/must_parse.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

TEST(JsonTest, BuildsAndPrints) {
  Json json = Json::Object({{"id", "vm"}, {"port", 6443}, {"on", true}});
  json.SetAt("spec.placement.zone", "a").SetAt("spec.size", 20);
  json.Set("list", Json::Array({"x", 1}));
  EXPECT_EQ(json.Dump(),
            R"({"id":"vm","port":6443,"on":true,)"
            R"("spec":{"placement":{"zone":"a"},"size":20},"list":["x",1]})");
}

TEST(JsonTest, ReadsLeniently) {
  const Json json = MustParse(R"({"a":{"b":"text"},"n":7,"t":true,"l":[1]})");
  EXPECT_EQ(json.At("a.b").String(), "text");
  EXPECT_EQ(json.At("a.b.c").String("none"), "none");
  EXPECT_EQ(json["n"].String("none"), "none");
  EXPECT_EQ(json["n"].Integer(), 7);
  EXPECT_EQ(json["a"].Integer(-1), -1);
  EXPECT_TRUE(json["t"].Bool());
  EXPECT_EQ(json["l"].size(), 1);
  EXPECT_EQ(json["missing"].size(), 0);
  EXPECT_FALSE(json["missing"]["deeper"].exists());
}

TEST(JsonTest, StringsMayHoldAnyByte) {
  const std::string text("a\0b\"\n", 5);
  const Json json(text);
  EXPECT_EQ(json.view().String(), text);
  EXPECT_EQ(json.Dump(), R"("a\u0000b\"\n")");
}

TEST(JsonTest, CopiesAreDeep) {
  const Json original = MustParse(R"({"a":{"b":1}})");
  Json copy = original;
  copy.SetAt("a.b", 2);
  EXPECT_EQ(original.At("a.b").Integer(), 1);
  EXPECT_EQ(copy.At("a.b").Integer(), 2);
}

TEST(JsonTest, EqualityIgnoresTheOrderOfMembers) {
  EXPECT_EQ(MustParse(R"({"a":1,"b":[1,2]})"),
            MustParse(R"({"b":[1,2],"a":1})"));
  EXPECT_FALSE(MustParse("[1,2]") == MustParse("[2,1]"));
}

TEST(JsonTest, ErrorsSayWhereAndQuoteNothing) {
  const auto json = Json::Parse(R"({"token":"geheim",})");
  EXPECT_EQ(json.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(json.status().message(), "at byte 18"));
  EXPECT_FALSE(absl::StrContains(json.status().message(), "geheim"));
}

TEST(JsonTest, LimitsSizeAndDepth) {
  EXPECT_FALSE(Json::Parse("[1,2,3]", /*max_bytes=*/6).ok());
  EXPECT_TRUE(Json::Parse(std::string(64, '[') + std::string(64, ']')).ok());
  EXPECT_FALSE(Json::Parse(std::string(65, '[') + std::string(65, ']')).ok());
  EXPECT_FALSE(Json::Parse(std::string(1 << 20, '[')).ok());
  EXPECT_FALSE(Json::Parse("\"\xff\"").ok());
  EXPECT_FALSE(Json::Parse("").ok());
  EXPECT_FALSE(Json::Parse("{} {}").ok());
}

// The examples of RFC 7396, appendix A.
struct MergeCase {
  const char* original;
  const char* patch;
  const char* result;
};

TEST(JsonTest, MergePatchFollowsTheRfc) {
  for (const auto& [original, patch, result] : {
           MergeCase{R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
           MergeCase{R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
           MergeCase{R"({"a":"b"})", R"({"a":null})", R"({})"},
           MergeCase{R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
           MergeCase{R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})",
                     R"({"a":{"b":"d"}})"},
           MergeCase{R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
           MergeCase{R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
           MergeCase{R"({})", R"({"a":{"bb":{"ccc":null}}})",
                     R"({"a":{"bb":{}}})"},
       }) {
    Json json = MustParse(original);
    json.MergePatch(MustParse(patch));
    EXPECT_EQ(json, MustParse(result)) << original << " + " << patch;
  }
}

TEST(JsonTest, PatchBetweenTwoValuesLeadsFromOneToTheOther) {
  for (const auto& [from, to] :
       {std::pair{R"({"a":1,"b":{"c":2,"d":3}})", R"({"b":{"c":4},"e":[1]})"},
        std::pair{R"({})", R"({"a":{"b":1}})"},
        std::pair{R"({"a":[1,2]})", R"({"a":[2]})"}}) {
    const auto patch = MergePatchBetween(MustParse(from), MustParse(to));
    ASSERT_TRUE(patch.has_value());
    Json json = MustParse(from);
    json.MergePatch(*patch);
    EXPECT_EQ(json, MustParse(to));
  }
  EXPECT_FALSE(MergePatchBetween(MustParse(R"({"a":1})"),
                                 MustParse(R"({"a":1,"b":null})"))
                   .has_value());
}

TEST(SetTextTest, LeavesOutWhatIsEmpty) {
  Json object = Json::Object();
  SetText(object, "zone", "");
  EXPECT_EQ(object, MustParse("{}"));
  SetText(object, "placement.zone", "a");
  EXPECT_EQ(object, MustParse(R"({"placement": {"zone": "a"}})"));
}

}  // namespace
}  // namespace evroc
