// Tells people what happened to an object, as events.k8s.io/v1 Events.
//
// Never blocks: what finds the queue full is dropped, and so is what an object
// has too much of. The same event again is counted, and written at most once
// in a while. A thread of its own writes; Stop ends it at once.
// Thread-safe.

#ifndef SHIM_KUBE_EVENT_RECORDER_H_
#define SHIM_KUBE_EVENT_RECORDER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <stop_token>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/clock.h"
#include "shim/kube/event.h"
#include "shim/kube/event_filter.h"
#include "shim/kube/kube_client.h"

namespace evroc::shim {

struct EventRecorderOptions {
  std::string instance;  // which of the shims: its host's name
  size_t max_queue = 1000;
  absl::Duration call_timeout = absl::Seconds(10);
  EventFilterOptions filter;
};

class EventRecorder {
 public:
  // `client` and `clock` must outlive the recorder.
  EventRecorder(KubeClient& client, EventRecorderOptions options, Clock& clock);
  ~EventRecorder() { Stop(); }

  // Returns at once. A message is cut to what an Event holds. Dropped after
  // Stop.
  void Record(Event event);

  // Drops what is not written yet; when it returns nothing is written any more.
  // Safe to repeat, by one thread at a time.
  void Stop();

  // Events that were not written: queue full, too many, refused, or stopped.
  int64_t dropped() const;
  // Blocks until what was recorded so far was dealt with.
  void AwaitIdle() const;

 private:
  void Run();
  void Write(const Event& event);
  absl::Status Create(const Event& event, const std::string& name,
                      absl::Time now);
  absl::Status Recount(const Event& event, const EventFilter::Verdict& verdict,
                       absl::Time now);
  void Drop(absl::string_view why, const Event& event);

  KubeClient& client_;
  const EventRecorderOptions options_;
  Clock& clock_;
  std::stop_source stop_;
  EventFilter filter_;  // the thread's

  mutable absl::Mutex mutex_;
  std::deque<Event> queue_ ABSL_GUARDED_BY(mutex_);
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t dropped_ ABSL_GUARDED_BY(mutex_) = 0;

  std::thread thread_;
};

}  // namespace evroc::shim

#endif  // SHIM_KUBE_EVENT_RECORDER_H_
