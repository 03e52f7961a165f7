// A FeedSource that becomes synced when the test says so, and counts its starts
// and stops. A second start or stop in a row fails the test.
//
// Thread-safe.

#ifndef SERVICES_WATCH_TESTING_FAKE_FEED_SOURCE_H_
#define SERVICES_WATCH_TESTING_FAKE_FEED_SOURCE_H_

#include <functional>
#include <set>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "services/identity/owner.h"
#include "services/watch/resource_feed.h"

namespace evroc::cloud {

class FakeFeedSource {
 public:
  // `owners` returns the owners of the existing objects.
  explicit FakeFeedSource(std::function<std::set<OwnerKey>()> owners)
      : owners_(std::move(owners)) {}

  FeedSource source() {
    return {.start = [this] { Start(); },
            .stop = [this] { Stop(); },
            .state = [this] { return state(); },
            .owners = owners_};
  }

  // Set the state, which a start or stop resets. An error is ignored unless the
  // source runs.
  void SetSynced() {
    absl::MutexLock lock(&mutex_);
    state_.synced = true;
  }
  void SetError(const absl::Status& error) {
    absl::MutexLock lock(&mutex_);
    if (running_) state_.error = error;
  }
  void SetFailing(absl::Time since, const absl::Status& error) {
    absl::MutexLock lock(&mutex_);
    state_.failing_since = since;
    state_.error = error;
  }
  void SetConfirmed(absl::Time confirmed) {
    absl::MutexLock lock(&mutex_);
    state_.confirmed = confirmed;
  }

  SyncState state() const {
    absl::MutexLock lock(&mutex_);
    return state_;
  }
  bool running() const {
    absl::MutexLock lock(&mutex_);
    return running_;
  }
  int starts() const {
    absl::MutexLock lock(&mutex_);
    return starts_;
  }
  int stops() const {
    absl::MutexLock lock(&mutex_);
    return stops_;
  }

  // Waits until it was stopped `count` times.
  void AwaitStops(int count) const {
    absl::MutexLock lock(&mutex_);
    const auto enough = [&] {
      mutex_.AssertReaderHeld();
      return stops_ >= count;
    };
    mutex_.Await(absl::Condition(&enough));
  }

  // Waits until it runs and is not synced, and makes it synced. Returns false
  // if it is told to give up first.
  bool SyncOnceStarted() {
    absl::MutexLock lock(&mutex_);
    const auto is_due = [&] {
      mutex_.AssertReaderHeld();
      return given_up_ || (running_ && !state_.synced);
    };
    mutex_.Await(absl::Condition(&is_due));
    if (!given_up_) state_.synced = true;
    return !given_up_;
  }
  void GiveUp() {
    absl::MutexLock lock(&mutex_);
    given_up_ = true;
  }

 private:
  void Start() {
    absl::MutexLock lock(&mutex_);
    EXPECT_FALSE(running_);
    running_ = true;
    ++starts_;
    state_ = {};
  }
  void Stop() {
    absl::MutexLock lock(&mutex_);
    EXPECT_TRUE(running_);
    running_ = false;
    ++stops_;
    state_ = {};
  }

  const std::function<std::set<OwnerKey>()> owners_;
  mutable absl::Mutex mutex_;
  SyncState state_ ABSL_GUARDED_BY(mutex_);
  bool running_ ABSL_GUARDED_BY(mutex_) = false;
  bool given_up_ ABSL_GUARDED_BY(mutex_) = false;
  int starts_ ABSL_GUARDED_BY(mutex_) = 0;
  int stops_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace evroc::cloud

#endif  // SERVICES_WATCH_TESTING_FAKE_FEED_SOURCE_H_
