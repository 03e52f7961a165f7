#include "tests/evroc_sim/rules/user_labels.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/model/object.h"

namespace evroc::sim {
namespace {

std::string Patched(const char* patch, bool replace) {
  const absl::StatusOr<LabelMap> labels = PatchUserLabels(
      {{"team", "blue"}, {"tier", "web"}}, *Json::Parse(patch), replace);
  return labels.ok() ? LabelsJson(*labels).Dump()
                     : std::string(labels.status().message());
}

TEST(UserLabelsTest, KeysHaveNoSlashAndValuesAreShort) {
  EXPECT_TRUE(CheckUserLabels({{"a_b.c", "x"}}).ok());
  EXPECT_EQ(HttpStatusOf(CheckUserLabels({{"a/b", "x"}})), 400);
  EXPECT_EQ(HttpStatusOf(CheckUserLabels({{"a", std::string(64, 'x')}})), 400);
}

TEST(UserLabelsTest, APatchMergesOrReplaces) {
  EXPECT_EQ(Patched(R"({"team": "red"})", false),
            R"({"team":"red","tier":"web"})");
  EXPECT_EQ(Patched(R"({"team": null})", false), R"({"tier":"web"})");
  EXPECT_EQ(Patched(R"({"team": "red"})", true), R"({"team":"red"})");
  EXPECT_EQ(Patched("null", true), R"({"team":"blue","tier":"web"})");
}

TEST(UserLabelsTest, APatchIsCheckedAsWell) {
  for (const char* patch : {"[]", R"({"a": 1})", R"({"a/b": "x"})"}) {
    EXPECT_EQ(
        HttpStatusOf(PatchUserLabels({}, *Json::Parse(patch), false).status()),
        400)
        << patch;
  }
}

}  // namespace
}  // namespace evroc::sim
