#include "services/inventory/sync_progress.h"

#include <algorithm>

#include "common/time/backoff.h"
#include "common/time/jitter.h"

namespace evroc::cloud {
namespace {

constexpr absl::Duration kLongestPause = absl::Seconds(30);

}  // namespace

void SyncProgress::NoteOutcome(const absl::Status& outcome, bool complete,
                               absl::Time now) {
  state_.error = outcome;
  failures_ = outcome.ok() ? 0 : failures_ + 1;
  if (outcome.ok()) {
    state_.failing_since = absl::InfiniteFuture();
  } else if (failures_ == 1) {
    const bool ever = state_.confirmed != SyncState().confirmed;
    state_.failing_since = ever ? state_.confirmed : now;
  }
  if (!outcome.ok()) return;
  state_.confirmed = now;
  if (!complete) return;
  state_.synced = true;
  // Inventories must not all list at the same time.
  list_due_ = now + Jittered(poll_intervals_.slow, 0.8, 1.2);
}

absl::Duration SyncProgress::DelayAfter(const absl::Status& outcome, int calls,
                                        bool in_transition,
                                        absl::Time now) const {
  if (!outcome.ok()) {
    return BackoffDelay({.initial = poll_intervals_.fast, .max = kLongestPause},
                        failures_);
  }
  const absl::Duration until_list =
      std::max(list_due_ - now, absl::ZeroDuration());
  if (!in_transition) return until_list;
  const absl::Duration pause =
      std::max(poll_intervals_.fast,
               absl::Seconds(calls / poll_intervals_.polls_per_second));
  return std::min(pause, until_list);
}

}  // namespace evroc::cloud
