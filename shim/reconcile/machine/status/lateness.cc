#include "shim/reconcile/machine/status/lateness.h"

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
                    absl::Duration waited, absl::Duration timeout) {
  if (provisioned || vm.waiting_since == absl::InfinitePast()) return {};
  const bool times_out = timeout > absl::ZeroDuration();
  const absl::Duration late =
      times_out ? std::min(kLateAfter, timeout / 6) : kLateAfter;
  const absl::Duration timed_out =
      times_out ? timeout : absl::InfiniteDuration();
  Lateness lateness{.since = vm.waiting_since, .next = late - waited};
  if (waited >= timed_out) {
    lateness.stage = Lateness::Stage::kTimedOut;
    lateness.next = absl::InfiniteDuration();
  } else if (waited >= late) {
    lateness.stage = Lateness::Stage::kLate;
    lateness.next = timed_out - waited;
  }
  return lateness;
}

void SetLateness(const Lateness& lateness, int64_t generation, absl::Time now,
                 EvrocMachineStatus& status) {
  const bool timed_out = lateness.stage == Lateness::Stage::kTimedOut;
  const KubeCondition* ready = status.conditions.Find("Ready");
  const std::string why = ready == nullptr ? "" : ready->message.str();
  const std::string message = absl::StrCat(
      timed_out ? "another machine should take its place, " : "it is late, ",
      "it waits since ",
      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", lateness.since,
                       absl::UTCTimeZone()),
      ": ", why);
  if (timed_out) status.state = "Failed";
  status.conditions.Set("Ready", ConditionStatus::kFalse,
                        timed_out ? kTimedOut : kLate, message, generation,
                        now);
}

bool IsLate(absl::string_view ready_reason) {
  return ready_reason == kLate || ready_reason == kTimedOut;
}

}  // namespace evroc::shim
