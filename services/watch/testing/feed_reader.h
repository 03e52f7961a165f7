// Reads a feed as a client of Watch does, and waits for what it will say. While
// it exists, the inventories behind the feed are watched.
//
// Belongs to one thread.

#ifndef SERVICES_WATCH_TESTING_FEED_READER_H_
#define SERVICES_WATCH_TESTING_FEED_READER_H_

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "common/time/testing/fake_clock.h"
#include "services/watch/change_log.h"
#include "services/watch/resource_feed.h"

namespace evroc::cloud {

class FeedReader {
 public:
  // `feed` must outlive the reader.
  explicit FeedReader(ResourceFeed& feed)
      : subscription_(feed.Subscribe("", "", [this] {
          absl::MutexLock lock(&mutex_);
          ++wakes_;
        })) {}

  // Waits for the next event. Errors of ChangeLog::Reader::Next.
  absl::Status Next(ChangeLog::Event* event) {
    while (true) {
      const int seen = wakes();
      bool found = false;
      absl::Status read = subscription_->reader().Next(event, &found);
      if (!read.ok() || found) return read;
      absl::MutexLock lock(&mutex_);
      const auto more = [&] {
        mutex_.AssertReaderHeld();
        return wakes_ > seen;
      };
      mutex_.Await(absl::Condition(&more));
    }
  }

  // As Next, for an event that time brings: `clock`, the feed's, goes on to
  // whatever the threads behind the feed wait for, and no further.
  absl::Status NextInTime(FakeClock& clock, ChangeLog::Event* event) {
    while (true) {
      bool found = false;
      absl::Status read = subscription_->reader().Next(event, &found);
      if (!read.ok() || found) return read;
      clock.AdvanceToNextDeadline();
    }
  }

  // Reads up to where everything that exists was told: from here on memory
  // answers.
  absl::Status AwaitSynced() {
    ChangeLog::Event event;
    absl::Status read;
    do {
      read = Next(&event);
    } while (read.ok() && event.type != ChangeLog::Event::Type::kSynced);
    return read;
  }

 private:
  int wakes() const {
    absl::MutexLock lock(&mutex_);
    return wakes_;
  }

  mutable absl::Mutex mutex_;
  int wakes_ ABSL_GUARDED_BY(mutex_) = 0;
  const std::unique_ptr<ResourceFeed::Subscription> subscription_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_WATCH_TESTING_FEED_READER_H_
