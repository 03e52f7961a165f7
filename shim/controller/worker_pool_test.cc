#include "shim/controller/worker_pool.h"

#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/barrier.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "common/time/clock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

// Counts what is done to each key, and whether a key was ever with two workers.
class Ledger {
 public:
  void Begin(const ObjectKey& key) {
    absl::MutexLock lock(&mutex_);
    if (++busy_[key] > 1) overlapped_ = true;
  }
  void End(const ObjectKey& key) {
    absl::MutexLock lock(&mutex_);
    --busy_[key];
    ++done_;
  }
  void AwaitDone(int count) {
    absl::MutexLock lock(&mutex_);
    const auto enough = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return done_ >= count;
    };
    mutex_.Await(absl::Condition(&enough));
  }
  bool overlapped() {
    absl::MutexLock lock(&mutex_);
    return overlapped_;
  }

 private:
  absl::Mutex mutex_;
  std::map<ObjectKey, int> busy_ ABSL_GUARDED_BY(mutex_);
  bool overlapped_ ABSL_GUARDED_BY(mutex_) = false;
  int done_ ABSL_GUARDED_BY(mutex_) = 0;
};

TEST(WorkerPoolTest, WorksOnSeveralKeysAtATime) {
  WorkQueue queue(Clock::Real());
  auto* const all_here = new absl::Barrier(3);
  Ledger ledger;
  const WorkerPool pool(queue, 3, [&](const ReconcileRequest& request) {
    const ObjectKey& key = request.key;
    if (all_here->Block()) delete all_here;
    ledger.End(key);
  });
  for (int i = 0; i < 3; ++i) queue.Add({"default", absl::StrCat(i)});
  ledger.AwaitDone(3);
}

TEST(WorkerPoolTest, NeverWorksOnOneKeyTwiceAtATime) {
  WorkQueue queue(Clock::Real());
  Ledger ledger;
  const WorkerPool pool(queue, 4, [&](const ReconcileRequest& request) {
    const ObjectKey& key = request.key;
    ledger.Begin(key);
    ledger.End(key);
  });
  for (int done = 0; done < 500; ++done) {
    for (int key = 0; key < 3; ++key) {
      queue.Add({"default", absl::StrCat(key)});
    }
    ledger.AwaitDone(done);
  }
  EXPECT_FALSE(ledger.overlapped());
}

TEST(WorkerPoolTest, EndsOnceItsWorkHasReturned) {
  WorkQueue queue(Clock::Real());
  absl::Notification began;
  absl::Notification finish;
  bool returned = false;
  {
    const WorkerPool pool(queue, 2, [&](const ReconcileRequest&) {
      began.Notify();
      finish.WaitForNotification();
      returned = true;
    });
    queue.Add({"default", "a"});
    began.WaitForNotification();
    finish.Notify();
  }
  EXPECT_TRUE(returned);
  EXPECT_FALSE(queue.Get().has_value());
}

TEST(WorkerPoolTest, AThreadStartsOnlyWhenAllOthersAreAtWork) {
  WorkQueue queue(Clock::Real());
  Ledger ledger;
  absl::Mutex mutex;
  std::set<std::thread::id> threads;
  const WorkerPool pool(queue, 10, [&](const ReconcileRequest& request) {
    {
      absl::MutexLock lock(&mutex);
      threads.insert(std::this_thread::get_id());
    }
    ledger.End(request.key);
  });
  // One key is not handed out again before the worker that had it is free.
  for (int i = 1; i <= 20; ++i) {
    queue.Add({"default", "a"});
    ledger.AwaitDone(i);
  }
  absl::MutexLock lock(&mutex);
  EXPECT_LE(threads.size(), 2);
}

TEST(WorkerPoolTest, NeverHasMoreThreadsAtWorkThanItMay) {
  WorkQueue queue(Clock::Real());
  Ledger ledger;
  std::atomic<int> at_work = 0;
  std::atomic<int> most = 0;
  const WorkerPool pool(queue, 3, [&](const ReconcileRequest& request) {
    const int now = ++at_work;
    for (int seen = most; now > seen;) most.compare_exchange_weak(seen, now);
    std::this_thread::yield();
    --at_work;
    ledger.End(request.key);
  });
  for (int i = 0; i < 200; ++i) queue.Add({"default", absl::StrCat(i)});
  ledger.AwaitDone(200);
  EXPECT_LE(most, 3);
}

}  // namespace
}  // namespace evroc::shim
