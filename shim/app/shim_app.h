// Makes the parts of the shim, connects them, and starts and stops their work.
//
// Everything is watched from the start; workers begin once this shim leads (or
// at once without --leader-elect) and the cache is complete. A lost lease ends
// the program: another shim continues.

#ifndef SHIM_APP_SHIM_APP_H_
#define SHIM_APP_SHIM_APP_H_

#include <atomic>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/server/http_endpoint.h"
#include "common/time/clock.h"
#include "prometheus/registry.h"
#include "shim/app/shim_flags.h"
#include "shim/app/shim_health.h"
#include "shim/app/watched_resources.h"
#include "shim/controller/controller.h"
#include "shim/diagnostics/shim_metrics.h"
#include "shim/kube/event_recorder.h"
#include "shim/kube/kube_client.h"
#include "shim/kube/leader_election.h"
#include "shim/node/desired_nodes.h"
#include "shim/node/node_reconciler.h"
#include "shim/node/workload_access.h"
#include "shim/reconcile/cluster/cluster_reconciler.h"
#include "shim/reconcile/cluster_access.h"
#include "shim/reconcile/event_handlers.h"
#include "shim/reconcile/machine/machine_reconciler.h"
#include "shim/reconcile/machine/template_reconciler.h"
#include "shim/reconcile/reconcile_env.h"
#include "shim/rpc/grpc_compute_service_client.h"
#include "shim/rpc/grpc_network_service_client.h"
#include "shim/rpc/scope_watch.h"

namespace evroc::shim {

class ShimApp : public CloudListener {
 public:
  // INVALID_ARGUMENT for a kubeconfig that can't be used, UNAVAILABLE where an
  // address can't be listened on.
  static absl::StatusOr<std::unique_ptr<ShimApp>> Make(const ShimFlags& flags);
  // Ends everything: cancels running reconciles and releases the lease.
  ~ShimApp() override;

  // Begins to watch, and to work once that is allowed. Does not block.
  void Start();

  // The address of /healthz.
  const std::string& address() const { return health_pages_->address(); }

  // Whether the program ends because the lease was lost.
  bool lost() const { return lost_; }

 private:
  ShimApp(const ShimFlags& flags,
          std::shared_ptr<prometheus::Registry> registry,
          std::unique_ptr<ShimMetrics> metrics,
          std::unique_ptr<KubeClient> kube,
          std::unique_ptr<KubeClient> lease_kube);

  void OnCloudChange(const std::string& cluster_id,
                     const std::string& machine_id) override;
  void OnScopeRefused(const std::vector<std::string>& cluster_ids,
                      const absl::Status& status) override;
  void OnContactChange(const std::vector<std::string>& cluster_ids) override;

  // Stops all work: nothing is written any more when it returns. Safe to
  // repeat.
  void StopWork();
  // Wraps a client so that it writes only while this shim leads.
  std::unique_ptr<KubeClient> Fenced(std::unique_ptr<KubeClient> client) const;
  ReconcileEnv MakeEnv();
  void MakeControllers();
  std::unique_ptr<Controller> MakeController(const std::string& kind,
                                             int workers,
                                             Controller::Reconcile reconcile,
                                             Controller::Options options = {});
  WorkloadClientFactory MakeWorkloadClients() const;
  // Null without --leader-elect.
  std::unique_ptr<LeaderElection> MakeElection();
  void BeginToLead();
  void StopLeading();
  // Waits for the cache, then lets the workers begin.
  void Work();
  void Publish(const StatusChange& change);
  void WatchResources();
  void MakeHealth();
  std::vector<Controller*> Controllers() const;
  absl::Status ServePages();

  const ShimFlags flags_;
  Clock& clock_;
  std::stop_source stop_;
  const std::shared_ptr<prometheus::Registry> registry_;
  const std::unique_ptr<ShimMetrics> metrics_;
  const std::unique_ptr<KubeClient> lease_kube_;
  const std::unique_ptr<LeaderElection> election_;
  const std::unique_ptr<KubeClient> kube_;

  ObjectCache cache_;
  GrpcNetworkServiceClient network_;
  GrpcComputeServiceClient compute_;
  CloudView view_;
  CredentialSecrets secrets_;
  ClusterInfoCache cluster_infos_;
  QuotaPacer quota_{clock_, flags_.retry_interval};
  FailingCalls failing_calls_;
  std::unique_ptr<EventRecorder> events_;

  std::unique_ptr<Controller> cluster_controller_;
  std::unique_ptr<Controller> machine_controller_;
  std::unique_ptr<Controller> template_controller_;
  std::unique_ptr<Controller> node_controller_;
  std::unique_ptr<Controller> secret_controller_;
  std::unique_ptr<EventHandlers> event_handlers_;
  std::unique_ptr<SecretWatches> secret_watches_;
  std::unique_ptr<DesiredNodes> desired_nodes_;
  std::unique_ptr<WorkloadAccess> workload_access_;
  std::unique_ptr<NodeReconciler> nodes_;
  std::unique_ptr<CloudWatcher> watcher_;
  std::unique_ptr<ReconcileEnv> env_;
  std::unique_ptr<ClusterAccess> access_;
  std::unique_ptr<ClusterReconciler> clusters_;
  std::unique_ptr<MachineReconciler> machines_;
  std::unique_ptr<TemplateReconciler> templates_;
  std::unique_ptr<WatchedResources> watched_;
  std::unique_ptr<ShimHealth> health_;
  std::unique_ptr<HttpEndpoint> health_pages_;
  std::unique_ptr<HttpEndpoint> diagnostics_;
  std::thread starter_;
  std::atomic<bool> lost_ = false;
};

}  // namespace evroc::shim

#endif  // SHIM_APP_SHIM_APP_H_
