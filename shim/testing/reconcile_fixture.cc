#include "shim/testing/reconcile_fixture.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "shim/cache/store_sink.h"
#include "shim/reconcile/cluster/secret_release.h"

namespace evroc::shim {
namespace {

constexpr char kNamespace[] = "ns";

ObjectKey Key(const std::string& name) { return {kNamespace, name}; }

Json Object(const ResourceType& type, const std::string& name) {
  Json object =
      Json::Object({{"apiVersion", type.ApiVersion()}, {"kind", type.kind}});
  object.SetAt("metadata.name", name);
  object.SetAt("metadata.namespace", kNamespace);
  return object;
}

void SetOwner(Json& object, const ResourceType& type, const std::string& name,
              const std::string& uid) {
  object.SetAt("metadata.ownerReferences",
               Json::Array({Json::Object({{"apiVersion", type.ApiVersion()},
                                          {"kind", type.kind},
                                          {"name", name},
                                          {"uid", uid}})}));
}

void SetLabel(Json& object, absl::string_view key, absl::string_view value) {
  Json labels(object.At("metadata.labels"));
  if (!labels.view().is_object()) labels = Json::Object();
  labels.Set(key, value);
  object.SetAt("metadata.labels", std::move(labels));
}

Json Reference(const ResourceType& type, const std::string& name) {
  return Json::Object(
      {{"apiGroup", type.group}, {"kind", type.kind}, {"name", name}});
}

std::string UidOf(const Json& object) {
  return std::string(object.At("metadata.uid").String());
}

template <typename T>
void Load(const FakeKubeClient& kube, const ResourceType& type,
          ObjectStore<T>& store, T (*decode)(JsonView)) {
  StoreSink<T> sink(store, decode);
  sink.BeginList();
  for (const Json& object : kube.All(type)) sink.Upsert(object);
  sink.EndList("");
}

}  // namespace

ReconcileFixture::ReconcileFixture() : kube(clock) {
  Restart();
  AddSecret("creds", "config", "the credential");
  AddCluster("c");
}

void ReconcileFixture::Restart() {
  templates.reset();
  machines.reset();
  clusters.reset();
  access_.reset();
  watcher_.reset();
  secret_watches_.reset();
  secrets_ = std::make_unique<CredentialSecrets>(kube, clock);
  secret_watches_ = std::make_unique<SecretWatches>(kube, clock);
  cluster_infos_ = std::make_unique<ClusterInfoCache>();
  view_ = std::make_unique<CloudView>();
  watcher_ =
      std::make_unique<CloudWatcher>(network, compute, *view_, clock, *this);
  env_ = std::make_unique<ReconcileEnv>(ReconcileEnv{
      .cache = cache,
      .kube = kube,
      .network = network,
      .compute = compute,
      .view = *view_,
      .watcher = *watcher_,
      .nodes = nodes,
      .secrets = *secrets_,
      .secret_watches = *secret_watches_,
      .cluster_infos = *cluster_infos_,
      .quota = quota_,
      .failing_calls = failing_calls_,
      .clock = clock,
      .monotonic = clock,
      .provisioning_timeout = absl::Minutes(30),
      .retry_interval = kRetryInterval,
      .stale_after = absl::Minutes(5),
      .reference_interval = kReferenceInterval,
      .enqueue_cluster = [this](
                             const auto& key,
                             Priority /*priority*/) { Note("cluster", key); },
      .enqueue_machine = [this](
                             const auto& key,
                             Priority /*priority*/) { Note("machine", key); },
      .enqueue_template = [this](
                              const auto& key,
                              Priority /*priority*/) { Note("template", key); },
      .publish =
          [this](const StatusChange& change) {
            changes_.emplace_back(change.reason);
          }});
  access_ = std::make_unique<ClusterAccess>(*env_, ClusterAccess::Options{});
  clusters = std::make_unique<ClusterReconciler>(*env_, *access_);
  machines = std::make_unique<MachineReconciler>(*env_, *access_);
  templates = std::make_unique<TemplateReconciler>(*env_, *access_);
}

ReconcileFixture::~ReconcileFixture() = default;

bool ReconcileFixture::ReleaseIfUnused(const std::string& secret) {
  const absl::StatusOr<bool> released =
      shim::ReleaseIfUnused({}, *env_, {"ns", secret});
  EXPECT_TRUE(released.ok()) << released.status();
  return released.value_or(false);
}

void ReconcileFixture::AddSecret(const std::string& name,
                                 const std::string& key,
                                 const std::string& value) {
  Json secret = Object(kSecretType, name);
  Json data = Json::Object();
  data.Set(key, absl::Base64Escape(value));
  secret.Set("data", std::move(data));
  kube.Add(kSecretType, secret);
}

void ReconcileFixture::AddSecretCopy(const std::string& cluster,
                                     const std::string& value) {
  Json secret = Object(kSecretType, cluster + "-evroc-credentials");
  SetOwner(secret, kEvrocClusterType, cluster, UidOf(EvrocCluster(cluster)));
  secret.SetAt("data.config", absl::Base64Escape(value));
  kube.Add(kSecretType, secret);
}

void ReconcileFixture::AddCluster(const std::string& name) {
  Json cluster = Object(kClusterType, name);
  cluster.SetAt("spec.infrastructureRef", Reference(kEvrocClusterType, name));
  const std::string uid = UidOf(kube.Add(kClusterType, cluster));
  Json evroc = Object(kEvrocClusterType, name);
  SetOwner(evroc, kClusterType, name, uid);
  SetLabel(evroc, "cluster.x-k8s.io/cluster-name", name);
  evroc.Set("spec", Json::Parse(R"({
    "region": "se-sto", "project": "p", "identitySecretName": "creds",
    "failureDomains": ["a", "b", "c"],
    "network": {"vpc": {"name": "vpc"},
                "subnets": [{"name": "net", "cidrBlock": "10.0.1.0/24"}]}})")
                        .value());
  kube.Add(kEvrocClusterType, evroc);
}

void ReconcileFixture::AddMachine(const std::string& name, bool control_plane,
                                  const std::string& zone) {
  AddSecret(name + "-boot", "value", "user data of " + name);
  Json machine = Object(kMachineType, name);
  SetLabel(machine, "cluster.x-k8s.io/cluster-name", "c");
  machine.SetAt("spec.clusterName", "c");
  machine.SetAt("spec.bootstrap.dataSecretName", name + "-boot");
  if (!zone.empty()) machine.SetAt("spec.failureDomain", zone);
  machine.SetAt("spec.infrastructureRef",
                Reference(kEvrocMachineType, name + "-infra"));
  Json evroc = Object(kEvrocMachineType, name + "-infra");
  SetLabel(evroc, "cluster.x-k8s.io/cluster-name", "c");
  evroc.Set("spec", Json::Parse(R"({"computeProfile": "c1a.s",
    "image": "ubuntu-minimal.24-04.1", "rootDiskSize": 20})")
                        .value());
  if (control_plane) {
    SetLabel(machine, "cluster.x-k8s.io/control-plane", "");
    SetLabel(evroc, "cluster.x-k8s.io/control-plane", "");
  }
  const std::string uid = UidOf(kube.Add(kMachineType, machine));
  SetOwner(evroc, kMachineType, name, uid);
  kube.Add(kEvrocMachineType, evroc);
}

void ReconcileFixture::SetProvisioned() {
  Change(kClusterType, "c",
         R"({"status": {"initialization": {"infrastructureProvisioned": true,
                                           "controlPlaneInitialized": true}}})",
         "status");
}

void ReconcileFixture::Sync() {
  Load(kube, kClusterType, cache.clusters, DecodeCluster);
  Load(kube, kMachineType, cache.machines, DecodeMachine);
  Load(kube, kEvrocClusterType, cache.evroc_clusters, DecodeEvrocCluster);
  Load(kube, kEvrocMachineType, cache.evroc_machines, DecodeEvrocMachine);
  Load(kube, kEvrocMachineTemplateType, cache.templates, DecodeMachineTemplate);
}

// The watcher's thread opens the streams.
void ReconcileFixture::AwaitSynced(const std::string& cluster) {
  const std::string id = ClusterId(cluster);
  if (id.empty()) return;
  const absl::MutexLock lock(&mutex_);
  const auto synced = [&] {
    mutex_.AssertReaderHeld();
    return cloud_changes_ >= 0 && watcher_->Synced(id);
  };
  mutex_.Await(absl::Condition(&synced));
}

ReconcileResult ReconcileFixture::ReconcileCluster(const std::string& name) {
  Sync();
  return clusters->Reconcile({.request_id = "test"}, {.key = Key(name)});
}

ReconcileResult ReconcileFixture::ReconcileMachine(const std::string& machine) {
  Sync();
  return machines->Reconcile({.request_id = "test"},
                             {.key = Key(machine + "-infra")});
}

ReconcileResult ReconcileFixture::ReconcileTemplate(const std::string& name) {
  Sync();
  return templates->Reconcile({.request_id = "test"},
                              {Key(name), Priority::kNormal});
}

void ReconcileFixture::MakeNetwork() {
  ASSERT_TRUE(ReconcileCluster().ok());
  AwaitSynced("c");
  network.FinishNetwork(ClusterId());
  ASSERT_TRUE(ReconcileCluster().ok());
  SetProvisioned();
}

void ReconcileFixture::Forget(const std::string& cluster) {
  cluster_infos_->Remove(Key(cluster));
}

void ReconcileFixture::MakeMachine(const std::string& machine) {
  ASSERT_TRUE(ReconcileMachine(machine).ok());
  compute.Run(MachineId(machine));
  ASSERT_TRUE(ReconcileMachine(machine).ok());
}

Json ReconcileFixture::EvrocCluster(const std::string& name) const {
  return kube.Find(kEvrocClusterType, Key(name)).value();
}

Json ReconcileFixture::EvrocMachine(const std::string& machine) const {
  return kube.Find(kEvrocMachineType, Key(machine + "-infra")).value();
}

bool ReconcileFixture::HasEvrocCluster(const std::string& name) const {
  return IsThere(kEvrocClusterType, name);
}

bool ReconcileFixture::HasEvrocMachine(const std::string& machine) const {
  return IsThere(kEvrocMachineType, machine + "-infra");
}

bool ReconcileFixture::IsThere(const ResourceType& type,
                               const std::string& name) const {
  return kube.Find(type, Key(name)).has_value();
}

std::string ReconcileFixture::ConditionOf(const Json& object,
                                          absl::string_view type) {
  const Conditions conditions =
      Conditions::Decode(object.At("status.conditions"));
  const KubeCondition* condition = conditions.Find(type);
  if (condition == nullptr) return "";
  const char* status = condition->status == ConditionStatus::kTrue ? "True/"
                       : condition->status == ConditionStatus::kFalse
                           ? "False/"
                           : "Unknown/";
  return absl::StrCat(status, condition->reason.str());
}

std::string ReconcileFixture::MessageOf(const Json& object,
                                        absl::string_view type) {
  const Conditions conditions =
      Conditions::Decode(object.At("status.conditions"));
  const KubeCondition* condition = conditions.Find(type);
  return condition == nullptr ? std::string() : condition->message.str();
}

std::string ReconcileFixture::ClusterId(const std::string& name) const {
  return std::string(
      DecodeMeta(EvrocCluster(name)).Annotation(kOwnerIdAnnotation));
}

std::string ReconcileFixture::MachineId(const std::string& machine) const {
  return std::string(
      DecodeMeta(EvrocMachine(machine)).Annotation(kOwnerIdAnnotation));
}

void ReconcileFixture::Change(const ResourceType& type, const std::string& name,
                              absl::string_view patch,
                              absl::string_view subresource) {
  kube.Change(type, Key(name), Json::Parse(patch).value(), subresource);
}

void ReconcileFixture::Delete(const ResourceType& type,
                              const std::string& name) {
  kube.Delete(type, Key(name));
}

std::set<std::string> ReconcileFixture::TakeEnqueued() {
  const absl::MutexLock lock(&mutex_);
  return std::exchange(enqueued_, {});
}

void ReconcileFixture::Note(absl::string_view kind, const ObjectKey& key) {
  const absl::MutexLock lock(&mutex_);
  enqueued_.insert(absl::StrCat(kind, " ", ToString(key)));
}

void ReconcileFixture::OnCloudChange(const std::string& /*cluster_id*/,
                                     const std::string& /*machine_id*/) {
  const absl::MutexLock lock(&mutex_);
  ++cloud_changes_;
}

int ReconcileFixture::cloud_changes() {
  const absl::MutexLock lock(&mutex_);
  return cloud_changes_;
}

void ReconcileFixture::OnScopeRefused(
    const std::vector<std::string>& /*cluster_ids*/,
    const absl::Status& /*status*/) {
  const absl::MutexLock lock(&mutex_);
  ++cloud_changes_;
}

void ReconcileFixture::OnContactChange(
    const std::vector<std::string>& /*cluster_ids*/) {
  const absl::MutexLock lock(&mutex_);
  ++cloud_changes_;
}

}  // namespace evroc::shim
