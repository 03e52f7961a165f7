#include "common/time/jitter.h"

#include <set>

#include "gtest/gtest.h"

namespace evroc {
namespace {

TEST(JitterTest, StaysWithinItsBounds) {
  for (int i = 0; i < 1000; ++i) {
    const absl::Duration jittered = Jittered(absl::Seconds(10), 0.8, 1.2);
    EXPECT_GE(jittered, absl::Seconds(8));
    EXPECT_LE(jittered, absl::Seconds(12));
  }
}

TEST(JitterTest, IsNotTheSameForEverybody) {
  std::set<absl::Duration> seen;
  for (int i = 0; i < 100; ++i) {
    seen.insert(Jittered(absl::Seconds(10), 0.8, 1.2));
  }
  EXPECT_GT(seen.size(), 1u);
}

TEST(JitterTest, WithEqualBoundsIsExact) {
  EXPECT_EQ(Jittered(absl::Seconds(10), 2, 2), absl::Seconds(20));
}

}  // namespace
}  // namespace evroc
