// Tracks how far an inventory is synchronized, and when it polls the cloud
// again. Not thread-safe: its WatchedView guards it.

#ifndef SERVICES_INVENTORY_SYNC_PROGRESS_H_
#define SERVICES_INVENTORY_SYNC_PROGRESS_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/inventory/polling/poll_intervals.h"

namespace evroc::cloud {

struct SyncState {
  bool synced = false;   // memory is complete
  absl::Status error;    // of the last attempt
  absl::Time confirmed;  // when the cloud last confirmed the memory
  // While attempts fail: when the last one before them succeeded, or the first
  // of them failed. The infinite future while they succeed.
  absl::Time failing_since = absl::InfiniteFuture();
};

class SyncProgress {
 public:
  explicit SyncProgress(const PollIntervals& poll_intervals)
      : poll_intervals_(poll_intervals) {}

  const SyncState& state() const { return state_; }
  // Whether a full list is due.
  bool IsListDue(absl::Time now) const { return list_due_ <= now; }

  // Records the outcome of cloud calls; `complete` if they covered everything.
  void NoteOutcome(const absl::Status& outcome, bool complete, absl::Time now);
  // Records that the cloud reported a change.
  void NoteSignOfLife(absl::Time now) { state_.confirmed = now; }

  // Returns when to poll again after `calls` calls with that outcome: soon
  // while something is in transition.
  absl::Duration DelayAfter(const absl::Status& outcome, int calls,
                            bool in_transition, absl::Time now) const;

 private:
  PollIntervals poll_intervals_;
  SyncState state_;
  absl::Time list_due_ = absl::InfinitePast();
  int failures_ = 0;
};

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_SYNC_PROGRESS_H_
