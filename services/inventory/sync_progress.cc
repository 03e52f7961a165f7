#include "services/inventory/sync_progress.h"

#include "common/time/backoff.h"
#include "common/time/jitter.h"

namespace evroc::cloud {

void SyncProgress::NoteList(const absl::Status& outcome, absl::Time now) {
  state_.error = outcome;
  if (!outcome.ok()) {
    if (failures_ == 0) {
      const bool ever = state_.confirmed != SyncState().confirmed;
      state_.failing_since = ever ? state_.confirmed : now;
    }
    list_due_ = now + BackoffDelay({.initial = poll_intervals_.fast,
                                    .max = poll_intervals_.longest_pause},
                                   ++failures_);
    return;
  }
  failures_ = 0;
  state_.failing_since = absl::InfiniteFuture();
  state_.confirmed = now;
  state_.synced = true;
  // Inventories must not all list at the same time.
  list_due_ = now + Jittered(poll_intervals_.slow, 0.8, 1.2);
}

void SyncProgress::NoteRound(const RoundOutcome& round, absl::Time now) {
  if (round.calls == 0) return;
  const bool all_failed = round.failures == round.calls;
  state_.error = all_failed ? round.error : absl::OkStatus();
  if (round.failures == 0) state_.confirmed = now;
}

}  // namespace evroc::cloud
