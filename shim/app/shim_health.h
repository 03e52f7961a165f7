// What /healthz, /livez and /readyz of the shim say (operations.md#health).
// Thread-safe; one thread for each of the things that are tried.

#ifndef SHIM_APP_SHIM_HEALTH_H_
#define SHIM_APP_SHIM_HEALTH_H_

#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/server/http_endpoint.h"
#include "common/time/clock.h"
#include "shim/app/watched_resources.h"
#include "shim/controller/controller.h"
#include "shim/diagnostics/probe.h"
#include "shim/kube/kube_client.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

class ShimHealth {
 public:
  struct Options {
    // Asked for, to see whether the API server answers and knows who asks.
    ObjectKey lease;
    // Whether a service says that it serves.
    Probe::Try network_service;
    Probe::Try compute_service;
    // For how long what the shim needs may fail.
    absl::Duration tolerance;
  };

  // All references must outlive this. Begins to try at once.
  ShimHealth(KubeClient& kube, const WatchedResources& watched,
             std::vector<const Controller*> controllers, const Options& options,
             Clock& clock);

  // The lease is lost, and the program ends.
  void StoppedLeading();

  // The pages, by path. This must outlive them.
  std::map<std::string, HttpEndpoint::Handler> Pages() const;

 private:
  // What a restart would help with.
  absl::Status CheckReconciles() const;
  absl::Status CheckEnd() const;

  const WatchedResources& watched_;
  const std::vector<const Controller*> controllers_;
  const absl::Duration tolerance_;
  Clock& clock_;
  mutable absl::Mutex mutex_;
  absl::Time ending_since_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  Probe kubernetes_;
  Probe network_service_;
  Probe compute_service_;
};

}  // namespace evroc::shim

#endif  // SHIM_APP_SHIM_HEALTH_H_
