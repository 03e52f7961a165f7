// Fixture of the reconcilers' tests: a fake API server, cloud and node
// initialiser, and objects as Cluster API creates them.
//
// Nothing runs by itself: a test runs single reconciles and inspects the
// result. Not thread-safe.

#ifndef SHIM_TESTING_RECONCILE_FIXTURE_H_
#define SHIM_TESTING_RECONCILE_FIXTURE_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/json/json.h"
#include "common/time/testing/fake_clock.h"
#include "shim/kube/testing/fake_kube_client.h"
#include "shim/node/testing/fake_node_initializer.h"
#include "shim/reconcile/cluster/cluster_reconciler.h"
#include "shim/reconcile/cluster_access.h"
#include "shim/reconcile/machine/machine_reconciler.h"
#include "shim/reconcile/machine/template_reconciler.h"
#include "shim/reconcile/reconcile_env.h"
#include "shim/rpc/testing/fake_compute_service_client.h"
#include "shim/rpc/testing/fake_network_service_client.h"

namespace evroc::shim {

class ReconcileFixture : public CloudListener {
 public:
  static constexpr absl::Duration kRetryInterval = absl::Minutes(3);

  // Adds Cluster and EvrocCluster "c" in namespace "ns", with credentials.
  ReconcileFixture();
  ~ReconcileFixture() override;

  FakeClock clock;
  FakeKubeClient kube;
  FakeNetworkServiceClient network;
  FakeComputeServiceClient compute;
  FakeNodeInitializer nodes;

  // --- Objects as Cluster API creates them.
  void AddSecret(const std::string& name, const std::string& key,
                 const std::string& value);
  // Adds the copy of the cluster's Secret that the official provider makes.
  void AddSecretCopy(const std::string& cluster, const std::string& value);
  void AddCluster(const std::string& name);
  // Adds a Machine with EvrocMachine "<name>-infra" and bootstrap Secret
  // "<name>-boot".
  void AddMachine(const std::string& name, bool control_plane,
                  const std::string& zone = "");
  // Sets the Cluster's status to provisioned and initialized, as core does.
  void SetProvisioned();

  // --- Reconciles. Each fills the cache first.
  ReconcileResult ReconcileCluster(const std::string& name = "c");
  ReconcileResult ReconcileMachine(const std::string& machine);
  ReconcileResult ReconcileTemplate(const std::string& name);
  // Fills the cache as the reflectors would, for reconciles by `clusters` and
  // `machines` themselves.
  void Sync();
  // Forgets what a shim has in memory, as one that starts.
  void Restart();
  // What becomes of a Secret with our label; whether it was released. The cache
  // is as the last reconcile left it.
  bool ReleaseIfUnused(const std::string& secret);
  // Reconciles the cluster until the network is ready, and sets provisioned.
  void MakeNetwork();
  // Forgets what was found out of the cluster, as a restart does.
  void Forget(const std::string& cluster = "c");
  // Reconciles until the machine runs and is provisioned.
  void MakeMachine(const std::string& machine);

  // --- Results.
  Json EvrocCluster(const std::string& name = "c") const;
  Json EvrocMachine(const std::string& machine) const;
  bool HasEvrocCluster(const std::string& name = "c") const;
  bool HasEvrocMachine(const std::string& machine) const;
  // "False/Reason", empty if there is no such condition.
  static std::string ConditionOf(const Json& object, absl::string_view type);
  static std::string MessageOf(const Json& object, absl::string_view type);
  std::string ClusterId(const std::string& name = "c") const;
  std::string MachineId(const std::string& machine) const;
  // The reasons of all published status changes.
  std::vector<std::string> changes() const { return changes_; }
  // The keys enqueued since the last call, as "cluster ns/c".
  std::set<std::string> TakeEnqueued();
  // What the flag of that name says.
  static constexpr absl::Duration kReferenceInterval = absl::Seconds(45);
  // The number of changes of which the CloudWatcher has notified.
  int cloud_changes();

  void Change(const ResourceType& type, const std::string& name,
              absl::string_view patch, absl::string_view subresource = "");
  void Delete(const ResourceType& type, const std::string& name);
  // Whether the object exists; deleted ones do while they have finalizers.
  bool IsThere(const ResourceType& type, const std::string& name) const;

  ObjectCache cache;

 private:
  void OnCloudChange(const std::string& cluster_id,
                     const std::string& machine_id) override;
  void OnScopeRefused(const std::vector<std::string>& cluster_ids,
                      const absl::Status& status) override;
  void OnContactChange(const std::vector<std::string>& cluster_ids) override;
  void AwaitSynced(const std::string& cluster);
  void Note(absl::string_view kind, const ObjectKey& key);

  absl::Mutex mutex_;
  std::set<std::string> enqueued_ ABSL_GUARDED_BY(mutex_);
  int cloud_changes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::string> changes_;

  std::unique_ptr<CredentialSecrets> secrets_;
  std::unique_ptr<SecretWatches> secret_watches_;
  std::unique_ptr<ClusterInfoCache> cluster_infos_;
  QuotaPacer quota_{clock, kRetryInterval};
  FailingCalls failing_calls_;
  std::unique_ptr<CloudView> view_;
  std::unique_ptr<CloudWatcher> watcher_;
  std::unique_ptr<ReconcileEnv> env_;
  std::unique_ptr<ClusterAccess> access_;

 public:
  std::unique_ptr<ClusterReconciler> clusters;
  std::unique_ptr<MachineReconciler> machines;
  std::unique_ptr<TemplateReconciler> templates;
};

}  // namespace evroc::shim

#endif  // SHIM_TESTING_RECONCILE_FIXTURE_H_
