// How far an inventory has come in keeping itself up to date, and when it looks
// at the cloud again. Not thread-safe: its Inventory guards it.

#ifndef SERVICES_INVENTORY_SYNC_PROGRESS_H_
#define SERVICES_INVENTORY_SYNC_PROGRESS_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/inventory/poll_intervals.h"

namespace evroc::cloud {

struct SyncState {
  bool synced = false;   // memory is complete
  absl::Status error;    // of the last attempt
  absl::Time confirmed;  // when the cloud last said that memory is true
};

class SyncProgress {
 public:
  explicit SyncProgress(const PollIntervals& poll_intervals)
      : poll_intervals_(poll_intervals) {}

  const SyncState& state() const { return state_; }
  // Whether it is time to list everything.
  bool IsListDue(absl::Time now) const { return list_due_ <= now; }

  // Calls of the cloud were made; `complete` if they showed everything.
  void NoteOutcome(const absl::Status& outcome, bool complete, absl::Time now);
  // The cloud showed something unasked.
  void NoteSignOfLife(absl::Time now) { state_.confirmed = now; }

  // When to look again after so many calls, with that outcome: quickly while
  // something is in transition.
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
