// Runs many tasks now and then on a few threads: whoever polls does it here.
//
// A task says after each run when it wants the next one. Thread-safe.

#ifndef SERVICES_INVENTORY_POLL_SCHEDULER_H_
#define SERVICES_INVENTORY_POLL_SCHEDULER_H_

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/clock.h"

namespace evroc::cloud {

class PollScheduler {
 public:
  // Returns how long to wait for the next run; infinite: until woken.
  using Task = std::function<absl::Duration()>;

  // `clock` must outlive the scheduler.
  PollScheduler(int threads, Clock& clock);
  // Waits for what runs. All tasks must have been removed.
  ~PollScheduler();

  // The task first runs when it is woken; never twice at once.
  int Add(Task task);

  // Lets the task run after `delay`, or sooner if that was settled before.
  void Wake(int id, absl::Duration delay = absl::ZeroDuration());

  // The task does not run any more once this returns. Not to be called by the
  // task itself.
  void Remove(int id);

 private:
  struct Entry {
    std::shared_ptr<Task> task;
    absl::Time due = absl::InfiniteFuture();
    bool running = false;
    bool removed = false;
  };

  void Work();
  void ScheduleLocked(int id, Entry& entry, absl::Time due)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Time NextDueLocked() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  Clock& clock_;
  absl::Mutex mutex_;
  std::map<int, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  // Of the entries that do not run.
  std::set<std::pair<absl::Time, int>> queue_ ABSL_GUARDED_BY(mutex_);
  int last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_POLL_SCHEDULER_H_
