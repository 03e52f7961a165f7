#include "common/json/json_list_stream.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

struct Result {
  absl::Status status;
  std::vector<std::string> elements;
  std::string frame;
};

Result Split(absl::string_view text, size_t piece_size,
             ListForm form = ListForm::kBare) {
  Result result;
  JsonListStream stream("secret", [&](const Json& element) {
    result.elements.push_back(element.Dump());
    return absl::OkStatus();
  });
  for (; !text.empty() && result.status.ok();
       text.remove_prefix(std::min(piece_size, text.size()))) {
    result.status = stream.Feed(text.substr(0, piece_size));
  }
  if (!result.status.ok()) return result;
  const auto frame = stream.Finish(form);
  result.status = frame.status();
  if (frame.ok()) result.frame = frame->Dump();
  return result;
}

TEST(JsonListStreamTest, SplitsWhateverThePieces) {
  const std::string text = R"({"kind":"L", "items" : [ {"id":"a","items":[1]} ,
    {"id":"b,]}\"","spec":{"secret":"x\"y","n":[{"secret":"z"}]}},7 ],
    "metadata":{"resourceVersion":"9"}})";
  for (const size_t piece : {1, 2, 3, 7, 1000}) {
    const Result result = Split(text, piece);
    ASSERT_TRUE(result.status.ok()) << result.status;
    EXPECT_EQ(result.elements,
              (std::vector<std::string>{
                  R"({"id":"a","items":[1]})",
                  R"({"id":"b,]}\"","spec":{"secret":"","n":[{"secret":""}]}})",
                  "7"}));
    EXPECT_EQ(result.frame,
              R"({"kind":"L","items":[],"metadata":{"resourceVersion":"9"}})");
  }
}

TEST(JsonListStreamTest, SkipsObjectsAndArraysToo) {
  const std::string text =
      R"({"items":[{"secret":[{"a":"]}"},[1]],"b":{"secret":{"c":{}},"d":1}},)"
      R"({"e":{"secret":[]}}],"secret":[2]})";
  for (const size_t piece : {1, 5, 1000}) {
    const Result result = Split(text, piece);
    ASSERT_TRUE(result.status.ok()) << result.status;
    EXPECT_EQ(result.elements, (std::vector<std::string>{
                                   R"({"secret":[],"b":{"secret":{},"d":1}})",
                                   R"({"e":{"secret":[]}})"}));
    EXPECT_EQ(result.frame, R"({"items":[],"secret":[2]})");
  }
}

TEST(JsonListStreamTest, ItemsMayBeEmptyMissingOrNull) {
  for (const char* text :
       {R"({"items":[]})", R"({"items":[ ]})", "{}", R"({"items":null})",
        R"({"apiVersion":"v","kind":"DiskList","metadata":{}})",
        R"({"items":[],"other":1})"}) {
    const Result result = Split(text, 3);
    EXPECT_TRUE(result.status.ok()) << text << result.status;
    EXPECT_TRUE(result.elements.empty()) << text;
  }
}

TEST(JsonListStreamTest, AnotherAnswerIsNoEmptyList) {
  for (const char* text :
       {"null", "[]", "7", R"("items")", R"({"message":"upstream"})",
        R"({"items":null,"message":"upstream"})", R"({"other":{"items":[1]}})",
        R"({"items":{"a":1}})", R"({"items":"none"})",
        R"({"kind":"Status","metadata":{}})",
        R"({"kind":"Disk","metadata":{"id":"d"}})",
        R"({"item\u0073":[{"id":"d"}]})"}) {
    EXPECT_FALSE(Split(text, 3).status.ok()) << text;
  }
}

TEST(JsonListStreamTest, KubernetesSaysThatItIsAList) {
  for (const char* text : {R"({"kind":"DiskList","items":[{"a":1}]})",
                           R"({"items":null,"kind":"DiskList"})",
                           R"({"kind":"DiskList","metadata":{}})"}) {
    EXPECT_TRUE(Split(text, 3, ListForm::kTyped).status.ok()) << text;
  }
  for (const char* text :
       {"{}", R"({"items":[]})", R"({"kind":"Status","items":[]})",
        R"({"kind":7,"items":[]})", R"({"kind":"DiskList","items":7})"}) {
    EXPECT_FALSE(Split(text, 3, ListForm::kTyped).status.ok()) << text;
  }
}

TEST(JsonListStreamTest, OnlyValuesOfTheSkippedKeyAreSkipped) {
  const Result result =
      Split(R"({"items":[{"secret":7,"b":["kept"],"c":"secret"}]})", 100);
  ASSERT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.elements, std::vector<std::string>{
                                 R"({"secret":7,"b":["kept"],"c":"secret"})"});
}

TEST(JsonListStreamTest, RefusesWhatIsNotJson) {
  for (const char* text :
       {R"({"items":[{"a":1})", R"({"items":[1]}})", R"({"items":[}]})",
        R"({"items":[tru]})", "[", "x", ""}) {
    EXPECT_FALSE(Split(text, 2).status.ok()) << text;
  }
}

TEST(JsonListStreamTest, ErrorOfTheVisitorEndsIt) {
  JsonListStream stream(
      "", [](const Json&) { return absl::DataLossError("enough"); });
  EXPECT_EQ(stream.Feed(R"({"items":[1,2]})"), absl::DataLossError("enough"));
}

TEST(JsonListStreamTest, LimitsAnElement) {
  JsonListStream stream("", [](const Json&) { return absl::OkStatus(); });
  ASSERT_TRUE(stream.Feed(R"({"items":[")").ok());
  const std::string piece(1 << 20, 'x');
  absl::Status status;
  for (int i = 0; i < 5 && status.ok(); ++i) status = stream.Feed(piece);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace evroc
