// Answers reads from a memory that it keeps up to date between Start and Stop,
// by the cloud's watch where there is one, else by polling: quickly while
// something is in transition, slowly otherwise. Thread-safe.

#ifndef SERVICES_INVENTORY_WATCHED_VIEW_H_
#define SERVICES_INVENTORY_WATCHED_VIEW_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/labels/label_selector.h"
#include "common/time/call_context.h"
#include "common/time/clock.h"
#include "services/evroc/api/id.h"
#include "services/inventory/inventory_view.h"
#include "services/inventory/observed_collection.h"
#include "services/inventory/poll_round.h"
#include "services/inventory/polling/poll_intervals.h"
#include "services/inventory/polling/poll_scheduler.h"
#include "services/inventory/sync_progress.h"

namespace evroc::cloud {

template <typename T>
class WatchedView : public InventoryView<T> {
 public:
  struct Options {
    std::string selector;  // what is watched; empty: everything
    PollIntervals poll_intervals;
    // Called without locks after each poll and list, and after each failure of
    // the watch.
    std::function<void()> on_progress;
  };

  // `observed`, `scheduler` and `clock` must outlive the view.
  WatchedView(ObservedCollection<T>& observed, Options options,
              PollScheduler& scheduler, Clock& clock);
  ~WatchedView() override;

  // Not reentrant.
  void Start();
  void Stop();

  // Whether the memory is complete and kept up to date, so that it can answer
  // reads.
  bool IsSynced() const;
  SyncState sync_state() const;

  // An object that the selector leaves out does not exist here.
  absl::StatusOr<std::optional<Known<T>>> Get(const CallContext& context,
                                              const Id<T>& id) override;
  absl::StatusOr<std::optional<Known<T>>> GetFreshIfMissing(
      const CallContext& context, const Id<T>& id) override;
  absl::StatusOr<std::vector<Known<T>>> ListByCluster(
      const CallContext& context, const std::string& cluster_id) override;
  absl::StatusOr<std::vector<Known<T>>> ListAll(
      const CallContext& context) override;
  absl::Status RefreshIfStale(const CallContext& context,
                              const OwnerKey& owner) override;

  // Whether the cloud's watch reports every change.
  bool IsFollowing() const;
  // Polls soon, since something may be in transition. Makes no call if nothing
  // is.
  void PollSoon();
  // Records that the cloud may hold more of this cluster than the memory: an
  // object whose creation got no answer is not reported before the next full
  // list.
  void Doubt(const std::string& cluster_id);

 private:
  using Memory = InventoryMemory<T>;
  using Changes = typename Memory::Changes;

  bool IsInDoubt(const std::string& cluster_id) const;
  void RecordList(const absl::Status& outcome);

  // Polling.
  absl::Duration Poll();
  CallContext WithTimeout(CallContext context, absl::Duration timeout) const;
  PollRound<T> Plan() const;
  // Returns how many calls it made.
  int RunRound(const CallContext& context, const PollRound<T>& round);
  absl::Status RunStep(const CallContext& context, const PollStep<T>& step);
  absl::Duration DelayAfter(int calls);

  // The cloud's watch.
  void FollowWatch();
  absl::Duration PauseAfterFailure() const;
  absl::Status FollowOnce(const CallContext& context);
  void TakeEvent(const WatchEvent<T>& event);

  ObservedCollection<T>& observed_;
  const Options options_;
  const LabelSelector selected_;
  PollScheduler& scheduler_;
  Clock& clock_;
  const int task_;

  mutable absl::Mutex mutex_;
  bool watching_ ABSL_GUARDED_BY(mutex_) = false;
  bool following_ ABSL_GUARDED_BY(mutex_) = false;
  SyncProgress progress_ ABSL_GUARDED_BY(mutex_);
  // Clusters in doubt, and until when.
  std::map<std::string, absl::Time> doubtful_ ABSL_GUARDED_BY(mutex_);

  // Of Poll alone, which never runs twice at once.
  PollRecord<T> record_;

  std::unique_ptr<std::stop_source> stop_;
  std::thread follower_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_WATCHED_VIEW_H_
