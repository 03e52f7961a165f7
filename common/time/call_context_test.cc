#include "common/time/call_context.h"

#include <stop_token>

#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

TEST(CallContextTest, DefaultContextNeverStops) {
  EXPECT_TRUE(CheckAlive(CallContext{}, FakeClock()).ok());
}

TEST(CallContextTest, StopsAtTheDeadline) {
  FakeClock clock;
  const CallContext context{.deadline = clock.Now() + absl::Seconds(1)};
  EXPECT_TRUE(CheckAlive(context, clock).ok());
  clock.Advance(absl::Seconds(1));
  EXPECT_EQ(CheckAlive(context, clock).code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST(CallContextTest, StopsWhenCancelled) {
  std::stop_source source;
  const CallContext context{.cancel = source.get_token()};
  source.request_stop();
  EXPECT_EQ(CheckAlive(context, FakeClock()).code(),
            absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace evroc
