#include "services/inventory/polling/poll_pool.h"

#include <atomic>
#include <map>
#include <set>
#include <vector>

#include "absl/synchronization/notification.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

// 100 tenants with eight tasks each, 20 of which have a cloud that never
// answers.
class PollPoolShareTest : public testing::Test {
 protected:
  static constexpr int kTenants = 100;
  static constexpr int kTasks = 8;
  static bool IsDead(int tenant) { return tenant % 5 == 0; }

  PollPoolShareTest() {
    for (int i = 0; i < kTenants; ++i) {
      tenants_.push_back(pool_.AddTenant());
      for (int k = 0; k < kTasks; ++k) {
        tasks_.push_back(
            pool_.Add(tenants_.back(), [this, i] { return Run(i); }));
      }
    }
  }
  ~PollPoolShareTest() override {
    if (!release_.HasBeenNotified()) release_.Notify();
    for (const int task : tasks_) pool_.Remove(task);
    for (const int tenant : tenants_) pool_.RemoveTenant(tenant);
  }

  absl::Duration Run(int tenant) {
    {
      absl::MutexLock lock(&mutex_);
      most_ = std::max(most_, ++running_[tenant]);
      if (IsDead(tenant)) ++dead_running_;
    }
    if (IsDead(tenant)) release_.WaitForNotification();
    absl::MutexLock lock(&mutex_);
    --running_[tenant];
    if (IsDead(tenant)) --dead_running_;
    if (!IsDead(tenant)) ++finished_;
    return absl::InfiniteDuration();
  }

  // Waits until the tasks of the others have run.
  void AwaitOthers() {
    const auto are_done = [this] {
      mutex_.AssertReaderHeld();
      return finished_ == (kTenants - kTenants / 5) * kTasks;
    };
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&are_done));
    finished_ = 0;
  }

  FakeClock clock_;
  mutable absl::Mutex mutex_;
  std::map<int, int> running_ ABSL_GUARDED_BY(mutex_);
  int most_ ABSL_GUARDED_BY(mutex_) = 0;
  int dead_running_ ABSL_GUARDED_BY(mutex_) = 0;
  int finished_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Notification release_;
  PollPool pool_{{.threads = 16, .per_tenant = 2, .unproven = 8, .slow = 4},
                 clock_};
  std::vector<int> tenants_;
  std::vector<int> tasks_;
};

TEST_F(PollPoolShareTest, DeadCloudsHoldAShareOfTheThreads) {
  // The others have answered once.
  for (size_t i = 0; i < tasks_.size(); ++i) {
    if (!IsDead(static_cast<int>(i) / kTasks)) pool_.Wake(tasks_[i], {});
  }
  AwaitOthers();
  // The dead ones first.
  for (size_t i = 0; i < tasks_.size(); ++i) {
    if (IsDead(static_cast<int>(i) / kTasks)) pool_.Wake(tasks_[i], {});
  }
  for (size_t i = 0; i < tasks_.size(); ++i) {
    if (!IsDead(static_cast<int>(i) / kTasks)) pool_.Wake(tasks_[i], {});
  }
  AwaitOthers();
  absl::MutexLock lock(&mutex_);
  EXPECT_LE(most_, 2) << "of one tenant";
  EXPECT_LE(dead_running_, 8) << "of all that have never answered";
}

TEST(PollPoolTest, ATenantWhoseTasksTakeLongSharesLittle) {
  FakeClock clock;
  PollPool pool({.threads = 3, .per_tenant = 2, .unproven = 3, .slow = 1},
                clock);
  const int tenant = pool.AddTenant();
  std::atomic<int> runs = 0;
  const int slow = pool.Add(tenant, [&] {
    clock.Advance(absl::Seconds(30));
    ++runs;
    return absl::InfiniteDuration();
  });
  const auto run_once = [&](int task) {
    const int before = runs;
    pool.Wake(task, {});
    while (runs == before) {
    }
  };
  run_once(slow);
  absl::Notification started;
  absl::Notification go_on;
  const int waiting = pool.Add(tenant, [&] {
    started.Notify();
    go_on.WaitForNotification();
    return absl::InfiniteDuration();
  });
  std::atomic<bool> second_ran = false;
  const int second = pool.Add(tenant, [&] {
    second_ran = true;
    return absl::InfiniteDuration();
  });
  pool.Wake(waiting, {});
  started.WaitForNotification();
  pool.Wake(second, {});
  EXPECT_FALSE(second_ran) << "one at a time of all that are slow";
  go_on.Notify();
  while (!second_ran) {
  }
  for (const int task : {slow, waiting, second}) pool.Remove(task);
  pool.RemoveTenant(tenant);
}

// Kinds of objects whose reads hang leave a thread to the others of their
// tenant.
TEST(PollPoolTest, SlowTasksLeaveAThreadOfTheirTenant) {
  FakeClock clock;
  PollPool pool({.threads = 4, .per_tenant = 2, .unproven = 4, .slow = 4},
                clock);
  const int tenant = pool.AddTenant();
  std::atomic<int> runs = 0;
  absl::Notification release;
  const auto hang = [&] {
    if (++runs > 2) {
      release.WaitForNotification();
    } else {
      clock.Advance(absl::Seconds(30));
    }
    return absl::InfiniteDuration();
  };
  std::vector<int> tasks = {pool.Add(tenant, hang), pool.Add(tenant, hang)};
  for (int i = 0; i < 2; ++i) {
    pool.Wake(tasks[i], {});
    while (runs <= i) {
    }
  }
  absl::Notification ran;
  tasks.push_back(pool.Add(tenant, [&] {
    ran.Notify();
    return absl::InfiniteDuration();
  }));
  for (const int task : tasks) pool.Wake(task, {});
  ran.WaitForNotification();
  release.Notify();
  for (const int task : tasks) pool.Remove(task);
  pool.RemoveTenant(tenant);
}

TEST(PollPoolTest, FollowersAreCounted) {
  FakeClock clock;
  PollPool pool({.threads = 1, .followers = 2}, clock);
  EXPECT_TRUE(pool.TakeFollower());
  EXPECT_TRUE(pool.TakeFollower());
  EXPECT_FALSE(pool.TakeFollower());
  pool.ReturnFollower();
  EXPECT_TRUE(pool.TakeFollower());
}

}  // namespace
}  // namespace evroc::cloud
