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
#include "shim/reconcile/identity/ownership.h"
#include "shim/reconcile/object_cache.h"
#include "shim/reconcile/status_conditions.h"
#include "shim/reconcile/takeover/findings.h"
#include "shim/reconcile/takeover/official_marks.h"
#include "shim/reconcile/takeover/unasked_parts.h"

namespace evroc::shim {
namespace {

using NetworkState = network::v1::ClusterNetwork;

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
      recorder_(env, access, writer_),
      take_over_(env, access, writer_),
      deletion_(env, access, writer_) {}

absl::Status ClusterReconciler::Forget(const CallContext& context,
                                       const ObjectKey& key) {
  env_.failing_calls.Answered(WaiterName(kEvrocClusterType, key));
  deletion_.Forget(key);
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
  const SecretWatches::Renewal renewal(env_.secret_watches,
                                       WaiterName(kEvrocClusterType, key));
  const EvrocClusterPtr evroc = env_.cache.evroc_clusters.Find(key);
  if (evroc == nullptr) {
    EVROC_RETURN_IF_ERROR(Forget(context, key));
    return Gone{};
  }
  const ReconcileResult result = Step(context, request, evroc);
  env_.PublishRefusedWrite(kEvrocClusterType, evroc->meta, result.status());
  return result;
}

ReconcileResult ClusterReconciler::Step(const CallContext& context,
                                        const ReconcileRequest& request,
                                        EvrocClusterPtr evroc) {
  const ObjectKey& key = request.key;
  const ObjectKey before = env_.cluster_infos.SetSecret(key, SecretOf(*evroc));
  if (before != SecretOf(*evroc)) {
    EVROC_RETURN_IF_ERROR(ReleaseUnlessUsed(context, env_, before));
  }
  if (IsExternallyManaged(evroc->meta)) return Done{};
  const ClusterPtr cluster = env_.cache.OwnerOf(*evroc);
  if (evroc->meta.paused || (cluster != nullptr && cluster->paused)) {
    return WritePaused(context, request, evroc, cluster.get());
  }
  const auto restored = RestoreAnnotations(context, writer_, evroc);
  if (!restored.ok() && !IsRefusedWrite(restored.status())) {
    return restored.status();
  }
  env_.PublishRefusedWrite(kEvrocClusterType, evroc->meta, restored.status());
  evroc = restored.ok() ? *restored : WithKeptAnnotations(*evroc);
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
    return recorder_.Fail(context, evroc, checked);
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
        "delete this object, or remove the annotations ",
        kOwnerIdAnnotation, ", ", kOwnershipIdAnnotation, " and ",
        kCloudAnnotation,
        ", the copies in status.annotations, and the "
        "finalizer ",
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
    EnqueueMachinesOf(env_, *cluster);
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
    if (cluster != nullptr) EnqueueMachinesOf(env_, *cluster);
    return take_over_.GiveBack(context, request, evroc,
                               ClusterNameOf(*evroc, cluster),
                               [&](const absl::Status& status) {
                                 return recorder_.Fail(context, evroc, status);
                               });
  }
  if (!IsUntaken(*evroc) || IsCopyOfAnother(*evroc)) return std::nullopt;
  if (cluster == nullptr && !meta.deleting) return Wait{"its Cluster"};
  // Without an owner nothing was begun (IC-12).
  if (meta.FindOwner(kCoreGroup, "Cluster") == nullptr &&
      !MarksOf(*evroc, "").certain) {
    return std::nullopt;
  }
  return take_over_.Take(
      context, request, evroc, ClusterNameOf(*evroc, cluster),
      [&](const absl::Status& status) {
        return recorder_.Fail(context, evroc, status, kTakenOver);
      });
}

ReconcileResult ClusterReconciler::ReconcileLiving(
    const CallContext& context, const ReconcileRequest& request,
    EvrocClusterPtr evroc, const ClusterObject& cluster) {
  const std::optional<Bulkhead::Permit> permit =
      access_.EnterForCluster(*evroc, request);
  if (!permit.has_value()) return ClusterAccess::Busy();
  const absl::StatusOr<Access> access = access_.Open(context, *evroc, *permit);
  if (!access.ok()) return recorder_.Fail(context, evroc, access.status());
  absl::Status begun = Claim(context, *access, evroc);
  if (begun.ok()) begun = HoldSecret(context, *evroc);
  if (!begun.ok()) return Fail(context, evroc, *access, *permit, begun);
  const std::string id = ClusterIdOf(*evroc);
  env_.watcher.Hold(id, access->scope);
  if (env_.cluster_infos.SetScope(evroc->meta.key, id, access->scope,
                                  access->check)) {
    EnqueueMachinesOf(env_, cluster);
  }
  return Apply(context, std::move(evroc), cluster, *access, *permit);
}

ReconcileResult ClusterReconciler::Fail(const CallContext& context,
                                        const EvrocClusterPtr& evroc,
                                        const Access& access,
                                        const Bulkhead::Permit& permit,
                                        const absl::Status& error) {
  return recorder_.Fail(context, evroc, error, "",
                        Measure(context, *evroc, access, permit));
}

absl::Status ClusterReconciler::Claim(const CallContext& context,
                                      const Access& access,
                                      EvrocClusterPtr& evroc) {
  EVROC_ASSIGN_OR_RETURN(evroc, WriteMarks(context, evroc, access));
  if (access.abandons) PublishAbandoned(env_, kEvrocClusterType, evroc->meta);
  // Also in the status before anything is made.
  EvrocClusterStatus status = evroc->status;
  status.annotations = KeptAnnotations(evroc->meta);
  if (!status.conditions.IsTrue(kCloudIdentityMatched)) {
    SetCloudMatched(evroc->meta.generation, env_.clock.Now(),
                    status.conditions);
  }
  EVROC_ASSIGN_OR_RETURN(evroc, writer_.WriteStatus(context, evroc, status));
  return absl::OkStatus();
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
    annotations.Set(kKeptPortsAnnotation, kept);
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
  if (!machines.empty() && !env_.watcher.KnowsMachines(id)) {
    EVROC_RETURN_IF_ERROR(recorder_.WriteUnknown(context, evroc));
    return Wait{"the first complete snapshot of the cloud"};
  }
  const absl::StatusOr<InlineGroups> groups =
      GatherInlineGroups(*evroc, machines);
  if (!groups.ok()) {
    return Fail(context, evroc, access, permit, groups.status());
  }
  const absl::StatusOr<NetworkState> request = MakeNetworkRequest(
      {.cluster = *evroc,
       .cluster_id = id,
       .cluster_name = cluster.meta.key.name,
       .api_server_port = cluster.api_server_port,
       .zones = access.check.zones(),
       .inner_blocks = cluster.inner_blocks,
       .backends = BackendsOf(machines, env_.cache, env_.view.Machines(id)),
       .inline_groups = *groups});
  if (!request.ok()) {
    return Fail(context, evroc, access, permit, request.status());
  }
  const absl::StatusOr<NetworkState> network =
      Call(context, access, permit, *request);
  if (!network.ok()) {
    return Fail(context, evroc, access, permit, network.status());
  }
  const Placement placement =
      PlacementOf(*evroc, *network, access.check.zones());
  return recorder_.WriteApplied(
      context, std::move(evroc), cluster,
      {.network = *network, .check = access.check, .placement = placement});
}

std::optional<EvrocClusterStatus> ClusterReconciler::Measure(
    const CallContext& context, const EvrocClusterObject& evroc,
    const Access& access, const Bulkhead::Permit& permit) {
  if (!evroc.status.provisioned) return std::nullopt;
  const Bulkhead::Call call = permit.BeginCall();
  const absl::StatusOr<NetworkState> network = env_.network.GetClusterNetwork(
      context, access.scope->proto(), ClusterIdOf(evroc));
  if (!network.ok()) return std::nullopt;
  EvrocClusterStatus status = StatusOfNetwork(
      evroc, *network, PlacementOf(evroc, *network, access.check.zones()),
      HasEndpoint(evroc), env_.clock.Now());
  // The zones are those of the spec, which was not applied.
  status.failure_domains = evroc.status.failure_domains;
  return status;
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

}  // namespace evroc::shim
