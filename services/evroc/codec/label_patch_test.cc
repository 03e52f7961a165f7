#include "services/evroc/codec/label_patch.h"

#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

TEST(LabelPatchTest, SaysWhatStaysAndWhatGoes) {
  EXPECT_EQ(LabelPatch({{"a", "1"}}, {{"a", "1"}}), std::nullopt);
  EXPECT_EQ(*LabelPatch({{"a", "1"}, {"b", "2"}}, {{"a", "1"}, {"c", "3"}}),
            *Json::Parse(R"({"a": "1", "b": null, "c": "3"})"));
  EXPECT_EQ(*LabelPatch({{"a", "1"}}, {}), *Json::Parse(R"({"a": null})"));
}

}  // namespace
}  // namespace evroc::cloud
