// Mirrors one resource into a ReflectorSink: lists it, then watches, and lists
// again when the watch can't continue. Errors are followed by growing, jittered
// pauses. Thread-safe; Start makes one thread, which the destructor joins.

#ifndef SHIM_KUBE_REFLECTOR_H_
#define SHIM_KUBE_REFLECTOR_H_

#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/backoff.h"
#include "common/time/clock.h"
#include "shim/kube/kube_client.h"
#include "shim/kube/reflector_sink.h"

namespace evroc::shim {

struct ReflectorOptions {
  // Between failed attempts.
  BackoffOptions backoff = {.max = absl::Seconds(30), .jitter = 0.5};
  // A watch that lasted no longer than this counts as failed.
  absl::Duration short_watch = absl::Seconds(1);
  // A watch that has lasted for so long was not refused: it works, also if
  // nothing has come yet.
  absl::Duration opening = absl::Seconds(15);
};

class Reflector {
 public:
  // The state of the reflector's connection.
  struct Health {
    // A list was complete at least once.
    bool synced = false;
    // OK while it lists, or a watch is open, else the last error.
    absl::Status last_error;
    // When it last changed from OK to an error or back.
    absl::Time since = absl::InfinitePast();
    int lists = 0;
    int watches = 0;
  };

  // The references must outlive the reflector.
  Reflector(KubeClient& client, const ResourceType& type, Selection selection,
            const ReflectorOptions& options, ReflectorSink& sink, Clock& clock);
  // Stops and joins the thread.
  ~Reflector();

  // Starts the thread, which ends when `cancel` is cancelled or the reflector
  // is destroyed. At most once.
  void Start(const std::stop_token& cancel);

  bool synced() const { return health().synced; }
  Health health() const;
  // Blocks until synced; false if cancelled or `deadline` has passed first.
  bool AwaitSynced(absl::Time deadline, const std::stop_token& cancel) const;

 private:
  void Run();
  absl::Status ListOnce();
  // Watches until an error, or until the stream ends (OK).
  absl::Status WatchOnce();
  absl::Status Take(const WatchEvent& event);
  void Report(const absl::Status& status);

  KubeClient& client_;
  const ResourceType type_;
  const Selection selection_;
  const ReflectorOptions options_;
  ReflectorSink& sink_;
  Clock& clock_;

  std::stop_source stop_;
  std::string version_;  // used by the thread only; empty: list first

  mutable absl::Mutex mutex_;
  Health health_ ABSL_GUARDED_BY(mutex_);
  // Of the running watch.
  absl::Time watch_began_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  std::unique_ptr<std::stop_callback<std::function<void()>>> on_cancel_;
  std::thread thread_;
};

}  // namespace evroc::shim

#endif  // SHIM_KUBE_REFLECTOR_H_
