// Writes events.k8s.io/v1 Events about objects.
//
// Record never blocks: it drops events when the queue is full, or an object has
// too many of them. Namespaces share the queue evenly, so that none pushes out
// the others' events: once it is full, one that has fewer takes the place of
// the last event of the one that has most; and each has its turn to be written.
// Repeated events are counted, and their count is written from time to time. A
// thread of its own writes; Stop lets it write the rest for a moment.
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
#include "common/text/interned_string.h"
#include "common/time/clock.h"
#include "shim/kube/event.h"
#include "shim/kube/event_filter.h"
#include "shim/kube/kube_client.h"

namespace evroc::shim {

struct EventRecorderOptions {
  std::string instance;  // identifies this shim: its host's name
  size_t max_queue = 1000;
  absl::Duration call_timeout = absl::Seconds(10);
  // How long Stop waits for what is not written yet.
  absl::Duration flush_timeout = absl::Seconds(1);
  EventFilterOptions filter;
};

class EventRecorder {
 public:
  // `client` and `clock` must outlive the recorder.
  EventRecorder(KubeClient& client, EventRecorderOptions options, Clock& clock);
  ~EventRecorder() { Stop(); }

  // Returns at once. Cuts the message to kMaxEventMessage. Drops the event
  // after Stop.
  void Record(Event event);

  // Takes no more events, and drops those that can't be written soon; after it
  // returns nothing is written. Safe to repeat, by one thread at a time.
  void Stop();

  // The number of events that were not written: too many, refused, or stopped.
  int64_t dropped() const;
  // Blocks until every event recorded so far is written or dropped.
  void AwaitIdle() const;

 private:
  void Run();
  // Makes room in a full queue for an event of the namespace; false if that has
  // its share.
  bool MakeRoomLocked(const InternedString& name_space)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Event TakeLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
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
  EventFilter filter_;  // used by the thread only

  mutable absl::Mutex mutex_;
  // By namespace; never an empty queue.
  std::map<InternedString, std::deque<Event>> queues_ ABSL_GUARDED_BY(mutex_);
  size_t queued_ ABSL_GUARDED_BY(mutex_) = 0;
  InternedString last_turn_ ABSL_GUARDED_BY(mutex_);
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;  // takes no more
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;   // writes no more
  int64_t dropped_ ABSL_GUARDED_BY(mutex_) = 0;

  std::thread thread_;
};

}  // namespace evroc::shim

#endif  // SHIM_KUBE_EVENT_RECORDER_H_
