// Tracks how far an inventory is synchronized, and when it lists the collection
// again. A list that fails holds up no round of single reads. Not thread-safe:
// its WatchedView guards it.

#ifndef SERVICES_INVENTORY_SYNC_PROGRESS_H_
#define SERVICES_INVENTORY_SYNC_PROGRESS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/inventory/polling/poll_intervals.h"

namespace evroc::cloud {

struct SyncState {
  // Whether what memory has is of now, if not all there is.
  bool IsReadable() const { return synced || partial; }

  bool synced = false;  // memory is complete
  // The last list could be read in part: memory has what it showed.
  bool partial = false;
  absl::Status error;    // of the last attempt
  absl::Time confirmed;  // when the cloud last confirmed the memory
  // While attempts fail: when the last one before them succeeded, or the first
  // of them failed. The infinite future while they succeed.
  absl::Time failing_since = absl::InfiniteFuture();
};

// How the calls of a round ended.
struct RoundOutcome {
  int calls = 0;
  int failures = 0;
  absl::Status error;  // the first
};

class SyncProgress {
 public:
  explicit SyncProgress(PollIntervals poll_intervals)
      : poll_intervals_(std::move(poll_intervals)) {}

  const SyncState& state() const { return state_; }
  // When a full list is due.
  absl::Time list_due() const { return list_due_; }

  // Records how a full list ended; DATA_LOSS: it was read in part. After a
  // failure the next one is due soon, and later each time.
  void NoteList(const absl::Status& outcome, absl::Time now);
  // Records a round. One of which any call succeeded is no failure of the
  // cloud, but confirms the memory only if all did.
  void NoteRound(const RoundOutcome& round, absl::Time now);
  // Records that the cloud reported a change.
  void NoteSignOfLife(absl::Time now) { state_.confirmed = now; }

 private:
  // Since when the cloud does not answer, and why.
  void NoteContact(const absl::Status& outcome, absl::Time now);

  PollIntervals poll_intervals_;
  SyncState state_;
  absl::Time list_due_ = absl::InfinitePast();
  int failures_ = 0;  // of lists, in a row
};

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_SYNC_PROGRESS_H_
