// The way into a workload cluster: the Secret "<cluster>-kubeconfig" that its
// control-plane provider keeps in the management cluster.
//
// The content is somebody else's: the factory lets it name neither files nor
// commands. It is remembered for a while, so that a cluster that does not come
// up costs no read of the Secret for each attempt. Thread-safe.

#ifndef SHIM_NODE_WORKLOAD_ACCESS_H_
#define SHIM_NODE_WORKLOAD_ACCESS_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/call_context.h"
#include "common/time/clock.h"
#include "shim/kube/kube_client.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

// Makes a client out of the bytes of a kubeconfig. INVALID_ARGUMENT saying what
// is wrong with them, never quoting them.
using WorkloadClientFactory =
    std::function<absl::StatusOr<std::unique_ptr<KubeClient>>(
        absl::string_view kubeconfig)>;

class WorkloadAccess {
 public:
  // `management` and `clock` must outlive this.
  WorkloadAccess(KubeClient& management, WorkloadClientFactory factory,
                 Clock& clock, absl::Duration max_age = absl::Minutes(2));

  struct Opened {
    std::unique_ptr<KubeClient> client;
    bool fresh = false;  // whether the Secret was read for it now
  };

  // NOT_FOUND: there is no such Secret yet. INVALID_ARGUMENT: it is of no use.
  // Else the error of reading it. Nothing is sent to the workload cluster.
  absl::StatusOr<Opened> Open(const CallContext& context,
                              const ObjectKey& cluster);

  // Forgets the content: the next Open reads the Secret.
  void Drop(const ObjectKey& cluster);

 private:
  struct CachedKubeconfig {
    std::string content;  // secret
    absl::Time read_at;
  };

  // Empty if nothing is remembered, or for too long.
  std::string Recall(const ObjectKey& cluster);
  absl::StatusOr<std::string> Read(const CallContext& context,
                                   const ObjectKey& cluster);

  KubeClient& management_;
  const WorkloadClientFactory factory_;
  Clock& clock_;
  const absl::Duration max_age_;
  absl::Mutex mutex_;
  std::map<ObjectKey, CachedKubeconfig> cached_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_NODE_WORKLOAD_ACCESS_H_
