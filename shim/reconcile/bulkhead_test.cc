#include "shim/reconcile/bulkhead.h"

#include <optional>

#include "common/time/fake_clock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

TEST(BulkheadTest, QuickPassesDoNotHinderEachOther) {
  FakeClock clock;
  Bulkhead bulkhead({}, clock);
  const auto a = bulkhead.Enter("t");
  const auto b = bulkhead.Enter("t");
  const auto c = bulkhead.Enter("t");
  EXPECT_TRUE(a.has_value() && b.has_value() && c.has_value());
}

TEST(BulkheadTest, B9ATargetThatHangsTakesNoFurtherWorkers) {
  FakeClock clock;
  Bulkhead bulkhead({}, clock);
  std::optional<Bulkhead::Pass> a = bulkhead.Enter("hangs");
  const auto b = bulkhead.Enter("hangs");
  clock.Advance(absl::Seconds(3));
  EXPECT_FALSE(bulkhead.Enter("hangs").has_value());
  EXPECT_TRUE(bulkhead.Enter("other").has_value());
  a.reset();
  EXPECT_TRUE(bulkhead.Enter("hangs").has_value());
}

}  // namespace
}  // namespace evroc::shim
