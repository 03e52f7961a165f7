#include "services/inventory/sync_progress.h"

#include "common/time/backoff.h"
#include "common/time/jitter.h"

namespace evroc::cloud {

void SyncProgress::NoteContact(const absl::Status& outcome, absl::Time now) {
  state_.error = outcome;
  if (outcome.ok()) {
    state_.failing_since = absl::InfiniteFuture();
  } else if (state_.failing_since == absl::InfiniteFuture()) {
    const bool ever = state_.confirmed != SyncState().confirmed;
    state_.failing_since = ever ? state_.confirmed : now;
  }
}

void SyncProgress::NoteList(const absl::Status& outcome, absl::Time now) {
  NoteContact(outcome, now);
  state_.partial = absl::IsDataLoss(outcome);
  if (!outcome.ok()) {
    list_due_ = now + BackoffDelay({.initial = poll_intervals_.fast,
                                    .max = poll_intervals_.longest_pause},
                                   ++failures_);
    return;
  }
  failures_ = 0;
  state_.confirmed = now;
  state_.synced = true;
  // Inventories must not all list at the same time.
  list_due_ = now + Jittered(poll_intervals_.slow, 0.8, 1.2);
}

void SyncProgress::NoteRound(const RoundOutcome& round, absl::Time now) {
  if (round.calls == 0) return;
  const bool all_failed = round.failures == round.calls;
  // One object that can't be read says nothing of the cloud, nor does an answer
  // to something else while lists fail.
  if (all_failed && round.calls > 1) {
    NoteContact(round.error, now);
  } else if (!all_failed && failures_ == 0) {
    NoteContact(absl::OkStatus(), now);
  }
  if (round.failures == 0) state_.confirmed = now;
}

}  // namespace evroc::cloud
