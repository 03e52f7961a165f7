// Runs the recurring tasks of many tenants, such as polling, on a fixed number
// of threads. Thread-safe.
//
// A tenant has a limited number of them, one of which is for its tasks that did
// not take long the last time. So have those together whose last task
// took long, and those that have ended none yet: clouds that hang, however
// many, delay each other and nobody else (traps.md B9).

#ifndef SERVICES_INVENTORY_POLLING_POLL_POOL_H_
#define SERVICES_INVENTORY_POLLING_POLL_POOL_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/clock.h"

namespace evroc::cloud {

class PollPool {
 public:
  struct Options {
    int threads = 48;
    int per_tenant = 2;
    // For all tenants together that have ended no task, and whose last one took
    // longer than `slow_after`.
    int unproven = 24;
    int slow = 12;
    absl::Duration slow_after = absl::Seconds(5);
    // Threads beside the pool's that follow a watch of the cloud, which lasts.
    int followers = 256;
  };
  // Returns the delay of the next run; infinite: until the task is woken.
  using Task = std::function<absl::Duration()>;

  // `clock` must outlive the pool.
  PollPool(const Options& options, Clock& clock);
  // Waits for running tasks. All tasks must have been removed.
  ~PollPool();

  // Whether there may be one more thread that follows a watch; ReturnFollower
  // tells that it has ended.
  bool TakeFollower();
  void ReturnFollower();

  int AddTenant();
  void RemoveTenant(int tenant);

  // Adds a task, which first runs when it is woken and never twice at once.
  int Add(int tenant, Task task);
  // Runs the task after `delay`, or sooner if it is already due sooner.
  void Wake(int id, absl::Duration delay);
  // Once this returns, the task no longer runs. Must not be called by the task
  // itself.
  void Remove(int id);

 private:
  enum class Record { kUnproven, kProven, kSlow };
  struct Tenant {
    Record record = Record::kUnproven;
    int running = 0;
    int running_slow = 0;  // of them, those that took long the last time
  };
  struct Entry {
    int tenant = 0;
    std::shared_ptr<Task> task;
    absl::Time due = absl::InfiniteFuture();
    bool running = false;
    bool removed = false;
    bool slow = false;  // it took long the last time
  };

  void Work();
  void ScheduleLocked(int id, Entry& entry, absl::Time due)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Waits until a task may run and takes it out of the queue; nothing once the
  // pool stops.
  std::optional<int> TakeLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MayRunLocked(const Entry& entry) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  int RunningLocked(Record record) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void EndLocked(int id, Entry& entry, absl::Time began, absl::Duration delay)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  Clock& clock_;
  absl::Mutex mutex_;
  std::map<int, Tenant> tenants_ ABSL_GUARDED_BY(mutex_);
  std::map<int, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  // The entries that are not running.
  std::set<std::pair<absl::Time, int>> queue_ ABSL_GUARDED_BY(mutex_);
  uint64_t changes_ ABSL_GUARDED_BY(mutex_) = 0;
  int last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  int followers_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_POLLING_POLL_POOL_H_
