// Watches single Secrets by name while an object needs one that is missing or
// invalid (ADR 10), and notifies the waiters of its change.
//
// Each watched Secret has a thread of its own, up to a limit that namespaces
// share evenly: one that has fewer watches than another takes one of it.
// Waiters without a watch rely on their own retries. Thread-safe.

#ifndef SHIM_RECONCILE_SECRET_WATCHES_H_
#define SHIM_RECONCILE_SECRET_WATCHES_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/text/interned_string.h"
#include "common/time/clock.h"
#include "shim/controller/waiter_name.h"
#include "shim/kube/kube_client.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

class SecretWatches {
 public:
  using Callback = std::function<void()>;

  SecretWatches(KubeClient& client, Clock& clock, int max_watches = 64)
      : client_(client), clock_(clock), max_watches_(max_watches) {}
  // Ends all watches.
  ~SecretWatches();

  // Calls `changed` once, on the watch's thread, when the Secret exists in
  // another version than `seen` (empty: in any version). A repeat replaces the
  // callback of the waiter `who`.
  void Await(const ObjectKey& secret, const std::string& seen,
             const WaiterName& who, Callback changed);

  // Removes the waiter `who` from all Secrets.
  void Forget(const WaiterName& who);

  // One reconcile of the waiter `who`: what it does not wait for again while
  // this lives it waits for no more.
  class Renewal {
   public:
    Renewal(SecretWatches& watches, WaiterName who);
    ~Renewal();
    Renewal(const Renewal&) = delete;
    Renewal& operator=(const Renewal&) = delete;

   private:
    SecretWatches& watches_;
    const WaiterName who_;
    const uint64_t first_;  // the number of the first registration that stays
  };

  // How many Secrets of a namespace are watched.
  int CountOf(const InternedString& name_space) const;

 private:
  struct Waiter {
    uint64_t number = 0;  // of its registration
    Callback changed;
  };
  struct Watch {
    std::stop_source cancel;
    std::thread thread;
    std::map<WaiterName, Waiter> waiting;
  };
  using Watches = std::map<ObjectKey, std::unique_ptr<Watch>>;

  void Run(const ObjectKey& secret, const std::string& seen,
           const std::stop_token& cancel);
  bool WatchOnce(const ObjectKey& secret, const std::string& seen,
                 const std::stop_token& cancel);
  void Finish(const ObjectKey& secret);
  // Joins watches that have ended.
  void JoinEnded();
  // Removes the registrations of `who` before that number.
  void Forget(const WaiterName& who, uint64_t first);
  // Ends a watch; returns the next.
  Watches::iterator EndLocked(Watches::iterator watch)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether a Secret of that namespace may be watched; ends the watch of
  // another one for it.
  bool MakeRoomLocked(const InternedString& name_space)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int CountLocked(const InternedString& name_space) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  KubeClient& client_;
  Clock& clock_;
  const int max_watches_;
  mutable absl::Mutex mutex_;
  uint64_t next_number_ ABSL_GUARDED_BY(mutex_) = 0;
  Watches watches_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Watch>> ended_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_SECRET_WATCHES_H_
