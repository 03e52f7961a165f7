// Runs many recurring tasks on a few threads, such as polling.
//
// Each run of a task returns when to run it next. Thread-safe.

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
  // Returns the delay of the next run; infinite: until the task is woken.
  using Task = std::function<absl::Duration()>;

  // `clock` must outlive the scheduler.
  PollScheduler(int threads, Clock& clock);
  // Waits for running tasks. All tasks must have been removed.
  ~PollScheduler();

  // Adds a task, which first runs when it is woken and never twice at once.
  int Add(Task task);

  // Runs the task after `delay`, or sooner if it is already due sooner.
  void Wake(int id, absl::Duration delay = absl::ZeroDuration());

  // Once this returns, the task no longer runs. Must not be called by the task
  // itself.
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
  // The entries that are not running.
  std::set<std::pair<absl::Time, int>> queue_ ABSL_GUARDED_BY(mutex_);
  int last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_POLL_SCHEDULER_H_
