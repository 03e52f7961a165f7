#include "shim/reconcile/cluster/cluster_reconciler.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/cloud/cloud_identity.h"
#include "common/status/status_macros.h"
#include "common/text/uuid.h"
#include "glog/logging.h"
#include "shim/cache/json_fields.h"
#include "shim/reconcile/backends.h"
#include "shim/reconcile/cluster/cluster_status.h"
#include "shim/reconcile/cluster/network_request.h"
#include "shim/reconcile/cluster/secret_release.h"
#include "shim/reconcile/deletion.h"
#include "shim/reconcile/identity/cloud_record.h"
#include "shim/reconcile/identity/kept_annotations.h"
#include "shim/reconcile/object_cache.h"
#include "shim/reconcile/ownership.h"
#include "shim/reconcile/status_conditions.h"
#include "shim/reconcile/takeover/findings.h"
#include "shim/reconcile/takeover/official_marks.h"
#include "shim/reconcile/takeover/unasked_parts.h"

namespace evroc::shim {
namespace {

using NetworkState = network::v1::ClusterNetwork;

// Between looks at whether machines have released a security group.
constexpr absl::Duration kReleaseDelay = absl::Seconds(15);

// Between looks at a ConfigMap, which is not watched.
constexpr absl::Duration kConfigMapDelay = absl::Minutes(2);

bool HasEndpoint(const EvrocClusterObject& evroc) {
  return !evroc.spec.endpoint.host.empty() && evroc.spec.endpoint.port != 0;
}

std::string ClusterIdOf(const EvrocClusterObject& evroc) {
  return std::string(evroc.meta.Annotation(kOwnerIdAnnotation));
}

// Known without the Cluster, too.
std::string ClusterNameOf(const EvrocClusterObject& evroc,
                          const ClusterObject* cluster) {
  if (cluster != nullptr) return cluster->meta.key.name;
  const OwnerReference* owner = evroc.meta.FindOwner(kCoreGroup, "Cluster");
  return owner != nullptr ? owner->name.str() : evroc.meta.key.name.str();
}

}  // namespace

ClusterReconciler::ClusterReconciler(ReconcileEnv& env, ClusterAccess& access)
    : env_(env),
      access_(access),
      writer_(env.kube, kEvrocClusterType, env.cache.evroc_clusters,
              DecodeEvrocCluster),
      cloud_config_(env.kube, env.clock),
      take_over_(env, access, writer_),
      deletion_(env, access, writer_) {}

absl::Status ClusterReconciler::Forget(const CallContext& context,
                                       const ObjectKey& key) {
  env_.secret_watches.Forget(WaiterName(kEvrocClusterType, key));
  const std::optional<ClusterInfo> record = env_.cluster_infos.Find(key);
  if (!record.has_value()) return absl::OkStatus();
  if (!record->cluster_id.empty()) env_.watcher.Release(record->cluster_id);
  // The last cluster releases the Secret, also where several went at once.
  EVROC_RETURN_IF_ERROR(ReleaseUnlessUsed(context, env_, record->secret));
  EVROC_RETURN_IF_ERROR(ReleaseUnlessUsed(context, env_, SecretCopyOf(key)));
  env_.cluster_infos.Remove(key);
  return absl::OkStatus();
}

absl::Status ClusterReconciler::HoldSecret(const CallContext& context,
                                           const EvrocClusterObject& evroc) {
  const ObjectKey used = env_.secrets.UsedBy(evroc);
  EVROC_RETURN_IF_ERROR(env_.secrets.Hold(context, used));
  const ObjectKey copy = SecretCopyOf(evroc.meta.key);
  if (used == copy || !env_.secrets.Holds(copy)) return absl::OkStatus();
  return ReleaseUnlessUsed(context, env_, copy);
}

ReconcileResult ClusterReconciler::Reconcile(const CallContext& context,
                                             const ReconcileRequest& request) {
  const ObjectKey& key = request.key;
  EvrocClusterPtr evroc = env_.cache.evroc_clusters.Find(key);
  if (evroc == nullptr) {
    EVROC_RETURN_IF_ERROR(Forget(context, key));
    return Gone{};
  }
  const ObjectKey before = env_.cluster_infos.SetSecret(key, SecretOf(*evroc));
  if (before != SecretOf(*evroc)) {
    EVROC_RETURN_IF_ERROR(ReleaseUnlessUsed(context, env_, before));
  }
  // Another controller manages it (IC-10).
  if (evroc->meta.managed_by) return Done{};
  const ClusterPtr cluster = env_.cache.OwnerOf(*evroc);
  if (evroc->meta.paused || (cluster != nullptr && cluster->paused)) {
    return WritePaused(context, request, evroc, cluster.get());
  }
  EVROC_ASSIGN_OR_RETURN(evroc, RestoreAnnotations(context, writer_, evroc));
  if (auto handed = HandOver(context, request, evroc, cluster.get());
      handed.has_value()) {
    return *std::move(handed);
  }
  if (evroc->meta.deleting) {
    return deletion_.Reconcile(context, request, evroc);
  }
  // Without its Cluster nothing is written (IC-01).
  if (cluster == nullptr) return Wait{"its Cluster"};
  if (const absl::Status checked = CheckIdentity(*evroc); !checked.ok()) {
    return Fail(context, evroc, checked);
  }
  return ReconcileLiving(context, request, evroc, *cluster);
}

bool ClusterReconciler::IsCopyOfAnother(const EvrocClusterObject& evroc) const {
  const std::string id(OwnerIdOf(evroc.meta));
  return !id.empty() && IsCopy(env_.cache.EvrocClustersOfId(id), evroc.meta);
}

absl::Status ClusterReconciler::CheckIdentity(
    const EvrocClusterObject& evroc) const {
  if (!ClusterIdOf(evroc).empty() && IsCopyOfAnother(evroc)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "it was copied from another EvrocCluster with its annotation ",
        kOwnerIdAnnotation,
        ", and what is in the cloud belongs to that one: "
        "delete this object, or remove the annotation and the finalizer ",
        kClusterFinalizer, " from it"));
  }
  if (LostIdentity(evroc.meta, kClusterFinalizer)) {
    return absl::FailedPreconditionError(
        absl::StrCat("somebody removed its annotation ", kOwnerIdAnnotation,
                     ", by which what is in the cloud is found: put it back",
                     RecoveredId(evroc)));
  }
  return absl::OkStatus();
}

std::string ClusterReconciler::IdByMachines(
    const EvrocClusterObject& evroc) const {
  for (const EvrocMachinePtr& machine : env_.cache.EvrocMachinesOf(evroc)) {
    std::string id(machine->meta.Annotation(kClusterIdAnnotation));
    if (!id.empty()) return id;
  }
  return "";
}

// What its machines remember of it, for people.
std::string ClusterReconciler::RecoveredId(
    const EvrocClusterObject& evroc) const {
  const std::string id = IdByMachines(evroc);
  return id.empty() ? " (label capi-cluster-id of its objects in the cloud)"
                    : absl::StrCat(" (its machines say \"", id, "\")");
}

ReconcileResult ClusterReconciler::WritePaused(const CallContext& context,
                                               const ReconcileRequest& request,
                                               const EvrocClusterPtr& evroc,
                                               const ClusterObject* cluster) {
  EvrocClusterStatus status = evroc->status;
  Outcome outcome = Wait{"the end of the pause"};
  if (IsUntaken(*evroc) && !GoesBack(*evroc) && !IsCopyOfAnother(*evroc)) {
    outcome = take_over_.Report(context, request, *evroc, cluster,
                                ClusterNameOf(*evroc, cluster), status);
  }
  SetPaused(cluster != nullptr && cluster->paused, evroc->meta.paused,
            evroc->meta.generation, env_.clock.Now(), status.conditions);
  EVROC_RETURN_IF_ERROR(writer_.WriteStatus(context, evroc, status).status());
  // Their reports depend on it.
  if (cluster != nullptr && status.conditions.ReasonOf(kTakenOver) !=
                                evroc->status.conditions.ReasonOf(kTakenOver)) {
    EnqueueMachines(*cluster);
  }
  return outcome;
}

std::optional<ReconcileResult> ClusterReconciler::HandOver(
    const CallContext& context, const ReconcileRequest& request,
    const EvrocClusterPtr& evroc, const ClusterObject* cluster) {
  const ObjectMeta& meta = evroc->meta;
  if (GoesBack(*evroc)) {
    if (ClusterIdOf(*evroc).empty()) return Wait{"the official provider"};
    if (meta.deleting) return std::nullopt;
    if (cluster != nullptr) EnqueueMachines(*cluster);
    return take_over_.GiveBack(context, request, evroc,
                               ClusterNameOf(*evroc, cluster),
                               [&](const absl::Status& status) {
                                 return Fail(context, evroc, status);
                               });
  }
  if (!IsUntaken(*evroc) || IsCopyOfAnother(*evroc)) return std::nullopt;
  if (cluster == nullptr && !meta.deleting) return Wait{"its Cluster"};
  // Without an owner nothing was begun (IC-12).
  if (meta.FindOwner(kCoreGroup, "Cluster") == nullptr &&
      !MarksOf(*evroc, "").certain) {
    return std::nullopt;
  }
  return take_over_.Take(context, request, evroc,
                         ClusterNameOf(*evroc, cluster),
                         [&](const absl::Status& status) {
                           return Fail(context, evroc, status, kTakenOver);
                         });
}

ReconcileResult ClusterReconciler::ReconcileLiving(
    const CallContext& context, const ReconcileRequest& request,
    EvrocClusterPtr evroc, const ClusterObject& cluster) {
  const std::optional<Bulkhead::Permit> permit =
      access_.EnterForCluster(*evroc, request);
  if (!permit.has_value()) return ClusterAccess::Busy();
  const absl::StatusOr<Access> access = access_.Open(context, *evroc, *permit);
  if (!access.ok()) return Fail(context, evroc, access.status());
  EVROC_ASSIGN_OR_RETURN(evroc, Claim(context, evroc, *access));
  const std::string id = ClusterIdOf(*evroc);
  EVROC_RETURN_IF_ERROR(HoldSecret(context, *evroc));
  env_.watcher.Hold(id, access->scope);
  if (env_.cluster_infos.SetScope(evroc->meta.key, id, access->scope,
                                  access->check)) {
    EnqueueMachines(cluster);
  }
  return Apply(context, std::move(evroc), cluster, *access, *permit);
}

absl::StatusOr<EvrocClusterPtr> ClusterReconciler::Claim(
    const CallContext& context, EvrocClusterPtr evroc, const Access& access) {
  EVROC_ASSIGN_OR_RETURN(evroc, WriteMarks(context, evroc, access));
  if (access.abandons) PublishAbandoned(env_, kEvrocClusterType, evroc->meta);
  // Also in the status before anything is made.
  EvrocClusterStatus status = evroc->status;
  status.annotations = KeptAnnotations(evroc->meta);
  if (!status.conditions.IsTrue(kCloudIdentityMatched)) {
    SetCloudMatched(evroc->meta.generation, env_.clock.Now(),
                    status.conditions);
  }
  return writer_.WriteStatus(context, evroc, status);
}

absl::StatusOr<EvrocClusterPtr> ClusterReconciler::WriteMarks(
    const CallContext& context, const EvrocClusterPtr& evroc,
    const Access& access) {
  std::string id = ClusterIdOf(*evroc);
  // Of one that lost everything, unless its machines were copied.
  if (id.empty()) id = IdByMachines(*evroc);
  if (id.empty() || (id != ClusterIdOf(*evroc) &&
                     !env_.cache.EvrocClustersOfId(id).empty())) {
    id = RandomUuid();
  }
  Json annotations = Json::Object();
  for (const absl::string_view name :
       {kOwnerIdAnnotation, kOwnershipIdAnnotation}) {
    if (evroc->meta.Annotation(name) != id) annotations.Set(name, id);
  }
  // Of what was kept the spec decides again.
  if (const std::string kept = KeptPorts(*evroc);
      kept != evroc->meta.Annotation(kKeptPortsAnnotation)) {
    annotations.Set(kKeptPortsAnnotation, kept.empty() ? Json() : Json(kept));
  }
  const std::string cloud = EncodeCloudRecord(access.record);
  if (cloud != evroc->meta.Annotation(kCloudAnnotation)) {
    annotations.Set(kCloudAnnotation, cloud);
  } else if (!evroc->meta.Annotation(kAbandonCloudAnnotation).empty()) {
    // It has been done, or there is no reason for it: it must not stay.
    annotations.Set(kAbandonCloudAnnotation, Json());
  }
  const bool named = annotations == Json::Object();
  if (named && evroc->meta.HasFinalizer(kClusterFinalizer)) return evroc;
  Json patch = Json::Object();
  if (!named) patch.SetAt("metadata.annotations", std::move(annotations));
  if (!evroc->meta.HasFinalizer(kClusterFinalizer)) {
    auto finalizers = evroc->meta.finalizers;
    finalizers.emplace_back(kClusterFinalizer);
    patch.SetAt("metadata.finalizers", WriteTexts(finalizers));
  }
  return writer_.Patch(context, *evroc, "", std::move(patch));
}

ReconcileResult ClusterReconciler::Apply(const CallContext& context,
                                         EvrocClusterPtr evroc,
                                         const ClusterObject& cluster,
                                         const Access& access,
                                         const Bulkhead::Permit& permit) {
  const std::string id = ClusterIdOf(*evroc);
  const std::vector<EvrocMachinePtr> machines =
      env_.cache.EvrocMachinesOf(*evroc);
  // Backends are a whole list: a list that was made without knowing all
  // machines would cut the others off.
  if (!machines.empty() && !env_.watcher.Synced(id)) {
    return Wait{"the first complete snapshot of the cloud"};
  }
  const absl::StatusOr<InlineGroups> groups =
      GatherInlineGroups(*evroc, machines);
  if (!groups.ok()) return Fail(context, evroc, groups.status());
  const absl::StatusOr<NetworkState> request = MakeNetworkRequest(
      {.cluster = *evroc,
       .cluster_id = id,
       .cluster_name = cluster.meta.key.name,
       .api_server_port = cluster.api_server_port,
       .zones = access.check.zones(),
       .backends = BackendsOf(machines, env_.cache, env_.view.Machines(id)),
       .inline_groups = *groups});
  if (!request.ok()) return Fail(context, evroc, request.status());
  const absl::StatusOr<NetworkState> network =
      Call(context, access, permit, *request);
  if (!network.ok()) return Fail(context, evroc, network.status());
  const Placement placement =
      PlacementOf(*evroc, *network, access.check.zones());
  return Record(context, std::move(evroc), cluster, *network, access.check,
                placement);
}

absl::StatusOr<NetworkState> ClusterReconciler::Call(
    const CallContext& context, const Access& access,
    const Bulkhead::Permit& permit, const NetworkState& request) {
  const Bulkhead::Call call = permit.BeginCall();
  const CloudView::Sequence sequence = env_.view.Now();
  EVROC_ASSIGN_OR_RETURN(NetworkState network,
                         env_.network.ApplyClusterNetwork(
                             context, access.scope->proto(), request));
  env_.view.Answered(sequence, network);
  return network;
}

ReconcileResult ClusterReconciler::Record(
    const CallContext& context, EvrocClusterPtr evroc,
    const ClusterObject& cluster, const NetworkState& network,
    const common::v1::CredentialCheck& check, const Placement& placement) {
  EVROC_ASSIGN_OR_RETURN(evroc, WriteFound(context, evroc, network));
  const bool was_provisioned = evroc->status.provisioned;
  EvrocClusterStatus status = StatusOfNetwork(
      *evroc, network, placement, HasEndpoint(*evroc), env_.clock.Now());
  SetPaused(false, false, evroc->meta.generation, env_.clock.Now(),
            status.conditions);
  SetTakenOver(evroc->meta, env_.clock.Now(), status.conditions);
  SetCloudMatched(evroc->meta.generation, env_.clock.Now(), status.conditions);
  status.annotations = KeptAnnotations(evroc->meta);
  const absl::Status handed_out =
      cloud_config_.Write(context, *evroc, network, check, status);
  EVROC_ASSIGN_OR_RETURN(evroc, writer_.WriteStatus(context, evroc, status));
  if (env_.cluster_infos.SetNetwork(evroc->meta.key, placement)) {
    EnqueueMachines(cluster);
  }
  if (!was_provisioned && evroc->status.provisioned) {
    env_.publish(
        {.type = kEvrocClusterType,
         .object = evroc->meta,
         .reason = "NetworkReady",
         .action = "Provision",
         .message = absl::StrCat("the network and the endpoint ",
                                 evroc->spec.endpoint.host, " are ready")});
  }
  if (!handed_out.ok()) {
    return RetryAfter{kConfigMapDelay,
                      absl::StrCat("the ConfigMap of spec.cloudConfig: ",
                                   handed_out.message())};
  }
  if (network.state() == NetworkState::STATE_READY) return Done{};
  // No event comes when the last machine has released the group, or when it is
  // the cluster's again.
  const absl::string_view groups =
      evroc->status.conditions.ReasonOf("SecurityGroupsReady");
  if (groups == "Releasing" || groups == "Blocked") {
    return RetryAfter{kReleaseDelay, "a security group"};
  }
  return Wait{"the cloud"};
}

absl::StatusOr<EvrocClusterPtr> ClusterReconciler::WriteFound(
    const CallContext& context, const EvrocClusterPtr& evroc,
    const NetworkState& network) {
  Json patch = Json::Object();
  const auto& endpoint = network.control_plane_endpoint_status();
  // An endpoint that is set stays (IC-03, IC-04).
  if (!HasEndpoint(*evroc) && !endpoint.host().empty()) {
    if (evroc->spec.endpoint.host.empty()) {
      patch.SetAt("spec.controlPlaneEndpoint.host", endpoint.host());
    }
    if (evroc->spec.endpoint.port == 0) {
      patch.SetAt("spec.controlPlaneEndpoint.port", endpoint.port());
    }
  }
  CloudRecord record = CloudRecordOf(evroc->meta);
  if (network.objects_size() > 0) {
    *record.mutable_objects() = network.objects();
  }
  if (std::string text = EncodeCloudRecord(record);
      text != evroc->meta.Annotation(kCloudAnnotation)) {
    patch.SetAt("metadata.annotations",
                Json::Object({{kCloudAnnotation, std::move(text)}}));
  }
  if (patch == Json::Object()) return evroc;
  return writer_.Patch(context, *evroc, "", std::move(patch));
}

ReconcileResult ClusterReconciler::Fail(const CallContext& context,
                                        const EvrocClusterPtr& evroc,
                                        const absl::Status& status,
                                        absl::string_view condition) {
  ReconcileError error = access_.Explain(*evroc, status);
  if (IsOtherCloud(status)) {
    const ClusterPtr cluster = env_.cache.OwnerOf(*evroc);
    if (env_.cluster_infos.SetDoubt(evroc->meta.key, status) &&
        cluster != nullptr) {
      EnqueueMachines(*cluster);
    }
  } else if (!condition.empty()) {
    error.condition = std::string(condition);
  }
  if (error.reason == kQuotaExceededReason) {
    const ObjectKey& key = evroc->meta.key;
    error.retry_after =
        env_.quota.Refused(WaiterName(kEvrocClusterType, key), key,
                           [enqueue = env_.enqueue_cluster, key] {
                             enqueue(key, Priority::kNormal);
                           });
  }
  return access_.Fail(*evroc, error, access_.WaiterOf(*evroc),
                      [&] { return RecordError(context, evroc, error); });
}

absl::Status ClusterReconciler::RecordError(const CallContext& context,
                                            const EvrocClusterPtr& evroc,
                                            const ReconcileError& error) {
  EvrocClusterStatus status = StatusWithError(*evroc, error, env_.clock.Now());
  SetPaused(false, false, evroc->meta.generation, env_.clock.Now(),
            status.conditions);
  const bool changed =
      evroc->status.conditions.ReasonOf(
          error.condition.empty() ? "Ready" : error.condition) != error.reason;
  EVROC_RETURN_IF_ERROR(writer_.WriteStatus(context, evroc, status).status());
  if (changed) env_.PublishError(kEvrocClusterType, evroc->meta, error);
  return absl::OkStatus();
}

void ClusterReconciler::EnqueueMachines(const ClusterObject& cluster) const {
  for (const EvrocMachinePtr& machine :
       env_.cache.EvrocMachinesOf(cluster.meta.key)) {
    env_.enqueue_machine(machine->meta.key, PriorityOf(*machine));
  }
  for (const MachineTemplatePtr& each :
       env_.cache.TemplatesOf(cluster.meta.key)) {
    env_.enqueue_template(each->meta.key, Priority::kNormal);
  }
}

}  // namespace evroc::shim
