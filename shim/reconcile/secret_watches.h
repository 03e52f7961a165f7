// Watches single Secrets by name while an object needs one that is missing or
// invalid (ADR 10), and notifies the waiters of its change.
//
// Each watched Secret has a thread of its own, up to a limit; beyond it nothing
// is watched, and waiters rely on their own retries. Thread-safe.

#ifndef SHIM_RECONCILE_SECRET_WATCHES_H_
#define SHIM_RECONCILE_SECRET_WATCHES_H_

#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/time/clock.h"
#include "shim/kube/kube_client.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

// The name of one of our objects among the waiters for a Secret.
inline std::string WaiterName(const ResourceType& type, const ObjectKey& key) {
  return absl::StrCat(type.kind, " ", ToString(key));
}

class SecretWatches {
 public:
  using Callback = std::function<void()>;

  SecretWatches(KubeClient& client, Clock& clock, int max_watches = 64)
      : client_(client), clock_(clock), max_watches_(max_watches) {}
  // Ends all watches.
  ~SecretWatches();

  // Calls `changed` once, on the watch's thread, when the Secret exists in
  // another version than `seen` (empty: in any version). `who` identifies the
  // waiter: a repeat replaces its callback.
  void Await(const ObjectKey& secret, const std::string& seen,
             const std::string& who, Callback changed);

  // Removes the waiter `who` from all Secrets.
  void Forget(const std::string& who);

 private:
  struct Watch {
    std::stop_source cancel;
    std::thread thread;
    std::map<std::string, Callback> waiting;
  };

  void Run(const ObjectKey& secret, const std::string& seen,
           const std::stop_token& cancel);
  bool WatchOnce(const ObjectKey& secret, const std::string& seen,
                 const std::stop_token& cancel);
  void Finish(const ObjectKey& secret);
  // Joins watches that have ended.
  void JoinEnded();

  KubeClient& client_;
  Clock& clock_;
  const int max_watches_;
  absl::Mutex mutex_;
  std::map<ObjectKey, std::unique_ptr<Watch>> watches_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Watch>> ended_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_SECRET_WATCHES_H_
