#include "services/evroc/connection/fair_share.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

class FairShareTest : public ::testing::Test {
 protected:
  // Takes places until the tenant has its share; returns how many it has then.
  int TakeAll(const std::string& tenant) {
    while (auto place = Take(tenant)) places_.push_back(*std::move(place));
    return share_.Held(tenant);
  }
  std::optional<FairShare::Place> Take(const std::string& tenant) {
    absl::StatusOr<FairShare::Place> place = share_.Take(tenant);
    if (!place.ok()) return std::nullopt;
    return *std::move(place);
  }

  FairShare share_{900, "calls at once"};
  std::vector<FairShare::Place> places_;
};

TEST_F(FairShareTest, OneAloneGetsANinth) { EXPECT_EQ(TakeAll("a"), 100); }

TEST_F(FairShareTest, WhatManyTakeAndKeepLeavesSomeToTheNext) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_LE(TakeAll(absl::StrCat("hostile-", i)), 100);
  }
  EXPECT_GE(TakeAll("next"), 8);
}

TEST_F(FairShareTest, AllGetTheSameAsTheyComeAndGo) {
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 4; ++i) {
      if (auto place = Take(absl::StrCat("t-", i))) {
        places_.push_back(*std::move(place));
      }
    }
  }
  for (int i = 0; i < 4; ++i) EXPECT_EQ(share_.Held(absl::StrCat("t-", i)), 75);
}

TEST_F(FairShareTest, WhatIsGivenBackCanBeTakenAgain) {
  TakeAll("a");
  EXPECT_FALSE(Take("a").has_value());
  places_.pop_back();
  EXPECT_TRUE(Take("a").has_value());
  places_.clear();
  EXPECT_EQ(share_.Held("a"), 0);
}

TEST_F(FairShareTest, TheErrorSaysThatItIsForAWhile) {
  TakeAll("a");
  const absl::Status refused = share_.Take("a").status();
  EXPECT_TRUE(absl::IsResourceExhausted(refused));
  EXPECT_EQ(refused.message(),
            "the tenant has 100 calls at once, which is its share");
  EXPECT_EQ(DetailsOf(refused).reason, kThrottled);
  EXPECT_GT(DetailsOf(refused).retry_after, absl::ZeroDuration());
}

}  // namespace
}  // namespace evroc::cloud
