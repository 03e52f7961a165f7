#include "common/time/backoff.h"

#include <utility>

#include "gtest/gtest.h"

namespace evroc {
namespace {

constexpr BackoffOptions kOptions = {.initial = absl::Milliseconds(500),
                                     .max = absl::Minutes(5),
                                     .jitter = 0.25};

TEST(BackoffTest, DoublesUpToTheLimit) {
  const std::pair<int, absl::Duration> cases[] = {
      {1, absl::Milliseconds(500)}, {2, absl::Seconds(1)},
      {3, absl::Seconds(2)},        {10, absl::Seconds(256)},
      {11, absl::Minutes(5)},       {1000, absl::Minutes(5)}};
  for (const auto& [failures, full] : cases) {
    for (int i = 0; i < 100; ++i) {
      const absl::Duration delay = BackoffDelay(kOptions, failures);
      EXPECT_LE(delay, full);
      EXPECT_GE(delay, full * 0.75);
    }
  }
}

TEST(BackoffTest, IsNotTheSameForEverybody) {
  const absl::Duration first = BackoffDelay(kOptions, 5);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    differs = differs || BackoffDelay(kOptions, 5) != first;
  }
  EXPECT_TRUE(differs);
}

TEST(BackoffTest, WithoutJitterIsExact) {
  EXPECT_EQ(BackoffDelay({.initial = absl::Seconds(1), .jitter = 0}, 3),
            absl::Seconds(4));
}

}  // namespace
}  // namespace evroc
