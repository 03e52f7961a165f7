#include "shim/reconcile/machine/lateness.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

namespace evroc::shim {
namespace {

constexpr absl::Duration kLateAfter = absl::Minutes(5);
constexpr absl::string_view kLate = "ProvisioningLate";
constexpr absl::string_view kTimedOut = "ProvisioningTimedOut";

}  // namespace

Lateness LatenessOf(const MachineSnapshot& vm, bool provisioned,
                    absl::Duration timeout, absl::Time now) {
  if (provisioned || vm.waiting_since == absl::InfinitePast()) return {};
  const bool times_out = timeout > absl::ZeroDuration();
  const absl::Time late =
      vm.waiting_since +
      (times_out ? std::min(kLateAfter, timeout / 6) : kLateAfter);
  const absl::Time timed_out =
      times_out ? vm.waiting_since + timeout : absl::InfiniteFuture();
  if (now >= timed_out) return {.stage = Lateness::Stage::kTimedOut};
  if (now >= late) return {.stage = Lateness::Stage::kLate, .next = timed_out};
  return {.next = late};
}

void SetLateness(const Lateness& lateness, int64_t generation, absl::Time now,
                 EvrocMachineStatus& status) {
  const bool timed_out = lateness.stage == Lateness::Stage::kTimedOut;
  const KubeCondition* ready = status.conditions.Find("Ready");
  const std::string why = ready == nullptr ? "" : ready->message.str();
  const std::string message =
      timed_out ? absl::StrCat(
                      "it was not made in time, and another machine "
                      "should take its place: ",
                      why)
                : absl::StrCat("it is late: ", why);
  if (timed_out) status.state = "Failed";
  status.conditions.Set("Ready", ConditionStatus::kFalse,
                        timed_out ? kTimedOut : kLate, message, generation,
                        now);
}

bool IsLate(absl::string_view ready_reason) {
  return ready_reason == kLate || ready_reason == kTimedOut;
}

}  // namespace evroc::shim
