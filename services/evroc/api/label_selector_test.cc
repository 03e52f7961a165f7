#include "services/evroc/api/label_selector.h"

#include <gtest/gtest.h>

namespace evroc::cloud {
namespace {

struct Case {
  const char* selector;
  bool matches;
};

class MatchesSelectorTest : public testing::TestWithParam<Case> {};

TEST_P(MatchesSelectorTest, AgainstTierFrontendAndEnvProd) {
  const Labels labels = {{"tier", "frontend"}, {"env", "prod"}};
  const absl::StatusOr<bool> matches =
      MatchesSelector(labels, GetParam().selector);
  ASSERT_TRUE(matches.ok()) << matches.status();
  EXPECT_EQ(*matches, GetParam().matches) << GetParam().selector;
}

INSTANTIATE_TEST_SUITE_P(
    All, MatchesSelectorTest,
    testing::Values(Case{"", true}, Case{"tier", true}, Case{"absent", false},
                    Case{"!absent", true}, Case{"!tier", false},
                    Case{"tier=frontend", true}, Case{"tier==backend", false},
                    Case{"tier!=backend", true}, Case{"absent!=x", true},
                    Case{"tier in (frontend, backend)", true},
                    Case{"tier in (backend)", false},
                    Case{"tier notin (backend,cache)", true},
                    Case{"absent notin (x)", true}, Case{"absent=", false},
                    Case{"tier in (frontend,backend),env=prod", true},
                    Case{"tier=frontend,env=dev", false}));

TEST(MatchesSelectorErrorTest, RefusesWhatIsNoSelector) {
  for (const char* bad : {"=x", "a=b,", "tier in frontend", "a b", "a=b c"}) {
    EXPECT_EQ(MatchesSelector({}, bad).status().code(),
              absl::StatusCode::kInvalidArgument)
        << bad;
  }
}

TEST(SelectorForTest, JoinsLabelsInOrder) {
  EXPECT_EQ(SelectorFor({{"b", "2"}, {"a", "1"}}), "a=1,b=2");
  EXPECT_EQ(SelectorFor({}), "");
}

}  // namespace
}  // namespace evroc::cloud
