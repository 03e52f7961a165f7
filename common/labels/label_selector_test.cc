#include "common/labels/label_selector.h"

#include <string>

#include "gtest/gtest.h"

namespace evroc {
namespace {

const LabelMap kLabels = {{"team", "blue"}, {"tier", "web"}, {"empty", ""}};

struct Case {
  const char* selector;
  bool matches;
};

class LabelSelectorTest : public testing::TestWithParam<Case> {};

TEST_P(LabelSelectorTest, MatchesAsKubernetesDoes) {
  const auto selector = LabelSelector::Parse(GetParam().selector);
  ASSERT_TRUE(selector.ok()) << selector.status();
  EXPECT_EQ(selector->Matches(kLabels), GetParam().matches);
}

TEST_P(LabelSelectorTest, ReadsBackWhatItPrints) {
  const auto selector = LabelSelector::Parse(GetParam().selector);
  ASSERT_TRUE(selector.ok());
  const auto again = LabelSelector::Parse(selector->ToString());
  ASSERT_TRUE(again.ok()) << selector->ToString();
  EXPECT_EQ(again->Matches(kLabels), GetParam().matches);
}

INSTANTIATE_TEST_SUITE_P(
    Selectors, LabelSelectorTest,
    testing::Values(
        Case{"", true}, Case{"  ", true}, Case{"team", true},
        Case{"!team", false}, Case{"! other", true}, Case{"other", false},
        Case{"team=blue", true}, Case{"team==blue", true},
        Case{"team = blue", true}, Case{"team=red", false},
        Case{"team!=red", true}, Case{"other!=red", true},
        Case{"team!=blue", false}, Case{"empty=", true}, Case{"team=", false},
        Case{"team in (red,blue)", true},
        Case{"team in (red, blue),tier=web", true},
        Case{"team in (red)", false}, Case{"team notin (red,green)", true},
        Case{"other notin (x)", true}, Case{"team notin (blue)", false},
        Case{"team=blue,tier=db", false}, Case{"a.b/c_d-e!=1", true}));

TEST(LabelSelectorTest, RefusesWhatIsNoSelector) {
  for (const char* text :
       {",", "team=blue,", "=x", "team in red", "a b", "team in (a",
        "team within (a)", "!", "a=b=c", "(a)", "a in ((b))"}) {
    EXPECT_FALSE(LabelSelector::Parse(text).ok()) << text;
  }
}

TEST(LabelSelectorTest, ForAllAsksForEachLabel) {
  const LabelSelector selector =
      LabelSelector::ForAll({{"team", "blue"}, {"tier", "web"}});
  EXPECT_EQ(selector.ToString(), "team=blue,tier=web");
  EXPECT_TRUE(selector.Matches(kLabels));
  EXPECT_FALSE(selector.Matches({{"team", "blue"}}));
}

}  // namespace
}  // namespace evroc
