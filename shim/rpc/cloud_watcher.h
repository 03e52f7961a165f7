// Keeps the Watches of both services open as long as clusters need them, and
// feeds the CloudView from them.
//
// Each distinct scope has one pair of streams, however many clusters use it. A
// stream that ends is opened again where it stopped, after a jittered back-off.
//
// Thread-safe. One thread of its own opens and closes streams.

#ifndef SHIM_RPC_CLOUD_WATCHER_H_
#define SHIM_RPC_CLOUD_WATCHER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "evroc/common/v1/resources.pb.h"
#include "shim/rpc/scope_watch.h"

namespace evroc::shim {

struct CloudWatcherOptions {
  StreamPolicy policy;
  // Clusters are told of a cloud, or a service, that has been away so long.
  absl::Duration stale_after = absl::Minutes(5);
  // Called when a stream has ended, of "network-service" or "compute-service".
  std::function<void(absl::string_view service)> on_lost;
};

class CloudWatcher {
 public:
  // Everything must outlive the watcher.
  CloudWatcher(NetworkServiceClient& network, ComputeServiceClient& compute,
               CloudView& view, Clock& clock, CloudListener& listener,
               CloudWatcherOptions options = {});
  // Ends all streams.
  ~CloudWatcher();

  // Watches this cluster with this scope from now on, in place of the scope
  // that it had. Costs little where nothing changes. Does not block.
  void Hold(const std::string& cluster_id, const ScopePtr& scope);
  // Stops watching the cluster and forgets what is known of it.
  void Release(const std::string& cluster_id);

  // Whether CloudView knows every resource of this cluster in the cloud: a
  // resource that it lacks does not exist.
  bool Synced(const std::string& cluster_id) const;
  // The same of its machines alone.
  bool KnowsMachines(const std::string& cluster_id) const;

  // Whether the cloud of this cluster can be reached.
  CloudContact Contact(const std::string& cluster_id) const;

  // The number of distinct scopes that are watched.
  size_t scopes() const;

 private:
  using WatchPtr = std::shared_ptr<ScopeWatch>;
  struct Held {
    ScopeKey scope_key;
    WatchPtr watch;
  };

  // Null if the cluster is not held.
  WatchPtr WatchOf(const std::string& cluster_id) const;
  void Run();
  // Takes the cluster out of its scope.
  void LeaveLocked(const std::string& cluster_id, const Held& held)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Wake();

  const WatchEnv env_;

  mutable absl::Mutex mutex_;
  std::map<std::string, Held> held_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, WatchPtr> watches_ ABSL_GUARDED_BY(mutex_);
  bool wake_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_CLOUD_WATCHER_H_
