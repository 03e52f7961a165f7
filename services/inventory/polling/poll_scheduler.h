// The recurring tasks of one tenant, such as polling, which a pool runs.
//
// Each run of a task returns when to run it next. Thread-safe.

#ifndef SERVICES_INVENTORY_POLLING_POLL_SCHEDULER_H_
#define SERVICES_INVENTORY_POLLING_POLL_SCHEDULER_H_

#include <memory>
#include <utility>

#include "absl/time/time.h"
#include "common/time/clock.h"
#include "services/inventory/polling/poll_pool.h"

namespace evroc::cloud {

class PollScheduler {
 public:
  using Task = PollPool::Task;

  // A tenant of a pool that it shares with others.
  explicit PollScheduler(std::shared_ptr<PollPool> pool)
      : pool_(std::move(pool)), tenant_(pool_->AddTenant()) {}
  // With threads of its own. `clock` must outlive the scheduler.
  PollScheduler(int threads, Clock& clock)
      : PollScheduler(
            std::make_shared<PollPool>(PollPool::Options{.threads = threads,
                                                         .per_tenant = threads,
                                                         .unproven = threads,
                                                         .slow = threads},
                                       clock)) {}
  // All tasks must have been removed.
  ~PollScheduler() { pool_->RemoveTenant(tenant_); }
  PollScheduler(const PollScheduler&) = delete;
  PollScheduler& operator=(const PollScheduler&) = delete;

  // As PollPool's.
  int Add(Task task) { return pool_->Add(tenant_, std::move(task)); }
  void Wake(int id, absl::Duration delay = absl::ZeroDuration()) {
    pool_->Wake(id, delay);
  }
  void Remove(int id) { pool_->Remove(id); }
  bool TakeFollower() { return pool_->TakeFollower(); }
  void ReturnFollower() { pool_->ReturnFollower(); }

 private:
  const std::shared_ptr<PollPool> pool_;
  const int tenant_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_POLLING_POLL_SCHEDULER_H_
