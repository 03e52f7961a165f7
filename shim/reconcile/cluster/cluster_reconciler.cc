#include "shim/reconcile/cluster/cluster_reconciler.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/cloud/cloud_identity.h"
#include "common/status/status_macros.h"
#include "common/text/uuid.h"
#include "glog/logging.h"
#include "shim/cache/json_fields.h"
#include "shim/reconcile/backends.h"
#include "shim/reconcile/cluster/cluster_placement.h"
#include "shim/reconcile/cluster/cluster_status.h"
#include "shim/reconcile/cluster/network_request.h"
#include "shim/reconcile/cluster/secret_release.h"
#include "shim/reconcile/deletion.h"
#include "shim/reconcile/identity/cloud_record.h"
#include "shim/reconcile/identity/copies.h"
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

// The only port that can be emptied once it is set.
constexpr int kEmptiedPort = 6443;

std::string ClusterIdOf(const EvrocClusterObject& evroc) {
  return std::string(evroc.meta.Annotation(kOwnerIdAnnotation));
}

LeftAside CopyLeftAside(const EvrocClusterObject& evroc,
                        const Standing& standing) {
  const absl::Status error =
      StandingError(kEvrocClusterType, evroc.meta, standing, kClusterFinalizer);
  return {kCopyOf, std::string(error.message())};
}

// Known without the Cluster, too.
std::string ClusterNameOf(const EvrocClusterObject& evroc,
                          const ClusterObject* cluster) {
  if (cluster != nullptr) return cluster->meta.key.name.str();
  const OwnerReference* owner = evroc.meta.FindOwner(kCoreGroup, "Cluster");
  return owner != nullptr ? owner->name.str() : evroc.meta.key.name.str();
}

// Whether a network was made for it: also one that was moved, and has no status
// yet.
bool HasNetwork(const EvrocClusterObject& evroc) {
  return evroc.status.provisioned ||
         (HasEndpoint(evroc) && !CloudRecordOf(evroc.meta).objects().empty());
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
  for (const ObjectKey& secret : record->secrets) {
    EVROC_RETURN_IF_ERROR(ReleaseUnlessUsed(context, env_, secret));
  }
  EVROC_RETURN_IF_ERROR(ReleaseUnlessUsed(context, env_, SecretCopyOf(key)));
  env_.cluster_infos.Remove(key);
  return absl::OkStatus();
}

absl::Status ClusterReconciler::ReleaseOthers(const CallContext& context,
                                              const EvrocClusterObject& evroc) {
  const ObjectKey& key = evroc.meta.key;
  const std::string uid = evroc.meta.uid.str();
  const ObjectKey used = env_.secrets.UsedBy(evroc);
  const auto info = env_.cluster_infos.Find(key).value_or(ClusterInfo{});
  for (const ObjectKey& secret : info.secrets) {
    if (secret == used || secret == SecretOf(evroc)) continue;
    EVROC_RETURN_IF_ERROR(ReleaseUnlessUsed(context, env_, secret, uid));
    env_.cluster_infos.RemoveSecret(key, secret);
  }
  const ObjectKey copy = SecretCopyOf(key);
  if (used == copy || !env_.secrets.Holds(copy)) return absl::OkStatus();
  return ReleaseUnlessUsed(context, env_, copy, uid);
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
  ReconcileResult result = Step(context, request, evroc);
  env_.PublishRefusedWrite(kEvrocClusterType, evroc->meta, result.status());
  return result;
}

ReconcileResult ClusterReconciler::Step(const CallContext& context,
                                        const ReconcileRequest& request,
                                        EvrocClusterPtr evroc) {
  const ObjectKey& key = request.key;
  for (const ObjectKey& secret : {SecretOf(*evroc), ProvenSecretOf(*evroc)}) {
    env_.cluster_infos.AddSecret(key, secret);
  }
  if (IsExternallyManaged(*evroc)) return Done{};
  // Not after what may end the reconcile: a pause, a doubt, a full bulkhead.
  if (!IsEmptied(*evroc)) KeepProvenSecret(context, env_, *evroc);
  const ClusterPtr cluster = env_.cache.OwnerOf(*evroc);
  if (evroc->meta.paused || (cluster != nullptr && cluster->paused)) {
    return WritePaused(context, request, evroc, cluster.get());
  }
  const bool held =
      !GoesBack(*evroc) && KeepsFinalizer(*evroc, env_.cache.StandingOf(*evroc),
                                          /*has_cluster=*/cluster != nullptr);
  const auto restored =
      RestoreMarks(context, writer_, evroc, held ? kClusterFinalizer : "");
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
  EVROC_ASSIGN_OR_RETURN(evroc, RestoreEndpoint(context, evroc));
  return ReconcileLiving(context, request, evroc, *cluster);
}

absl::Status ClusterReconciler::CheckIdentity(
    const EvrocClusterObject& evroc) const {
  const Standing standing = env_.cache.StandingOf(evroc);
  // A copy without an id of ours gets one of its own.
  if (standing.kind == Standing::Kind::kDoubted ||
      (!standing.owns() && !ClusterIdOf(evroc).empty())) {
    return StandingError(kEvrocClusterType, evroc.meta, standing,
                         kClusterFinalizer);
  }
  if (LostIdentity(evroc.meta, kClusterFinalizer)) {
    return absl::FailedPreconditionError(
        absl::StrCat("somebody removed its annotation ", kOwnerIdAnnotation,
                     ", by which what is in the cloud is found: put it back",
                     RecoveredId(evroc)));
  }
  return absl::OkStatus();
}

absl::StatusOr<EvrocClusterPtr> ClusterReconciler::RestoreEndpoint(
    const CallContext& context, const EvrocClusterPtr& evroc) {
  const absl::string_view host =
      evroc->meta.Annotation(kEndpointAddressAnnotation);
  if (!evroc->spec.endpoint.host.empty() || host.empty()) return evroc;
  Json patch = Json::Object();
  patch.SetAt("spec.controlPlaneEndpoint.host", std::string(host));
  if (evroc->spec.endpoint.port == 0) {
    patch.SetAt("spec.controlPlaneEndpoint.port", kEmptiedPort);
  }
  return writer_.Patch(context, *evroc, "", std::move(patch));
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
  const bool untaken = IsUntaken(*evroc) && !GoesBack(*evroc);
  const Standing standing = env_.cache.StandingOf(*evroc);
  if (untaken && !standing.owns()) {
    SetLeftAside(CopyLeftAside(*evroc, standing), /*paused=*/true,
                 evroc->meta.generation, env_.clock.Now(), status.conditions);
  } else if (untaken) {
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
  const Standing standing = env_.cache.StandingOf(*evroc);
  if (GoesBack(*evroc)) {
    if (ClusterIdOf(*evroc).empty()) return Wait{"the official provider"};
    if (meta.deleting || !standing.owns()) return std::nullopt;
    if (cluster != nullptr) EnqueueMachinesOf(env_, *cluster);
    return take_over_.GiveBack(context, request, evroc,
                               ClusterNameOf(*evroc, cluster),
                               [&](const absl::Status& status) {
                                 return recorder_.Fail(context, evroc, status);
                               });
  }
  if (!IsUntaken(*evroc)) return std::nullopt;
  if (!standing.owns()) {
    // Without the finalizer it is a new cluster, which gets an id of its own.
    const bool begun = meta.HasFinalizer(kClusterFinalizer);
    if (meta.deleting || !begun) return std::nullopt;
    return take_over_.LeaveAside(context, evroc,
                                 CopyLeftAside(*evroc, standing));
  }
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
  // What is recorded as proven is held from then on.
  absl::Status begun = env_.secrets.Hold(context, env_.secrets.UsedBy(*evroc));
  if (begun.ok()) begun = Claim(context, *access, evroc);
  if (begun.ok()) begun = ReleaseOthers(context, *evroc);
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
  const std::optional<NetworkState> network =
      Measure(context, *evroc, access, permit);
  if (!network.has_value()) return recorder_.Fail(context, evroc, error);
  const Placement placement =
      NotePlacement(*evroc, *network, access.check.zones());
  return recorder_.FailBeside(
      context, evroc, error,
      {.network = *network, .check = access.check, .placement = placement});
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
  if (const ObjectKey used = env_.secrets.UsedBy(*evroc);
      used != ProvenSecretOf(*evroc)) {
    annotations.Set(kCredentialSecretAnnotation, used.name.str());
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
  const absl::Status refused =
      CheckNetworkRequest(*evroc, access.check.zones());
  // Once something was made it holds up nothing else (ADR 29).
  if (!refused.ok() && !HasNetwork(*evroc)) {
    return Fail(context, evroc, access, permit, refused);
  }
  const InlineGroups groups = GatherInlineGroups(*evroc, machines);
  const absl::StatusOr<NetworkState> network = Call(
      context, access, permit,
      MakeNetworkRequest(
          {.cluster = *evroc,
           .cluster_id = id,
           .cluster_name = cluster.meta.key.name,
           .api_server_port = cluster.api_server_port,
           .zones = access.check.zones(),
           .inner_blocks = cluster.inner_blocks,
           .backends = BackendsOf(machines, env_.cache, env_.view.Machines(id)),
           .inline_groups = groups}));
  const bool is_first =
      !network.ok() && ComesFirst(access_.Explain(*evroc, network.status()));
  if (!refused.ok() && !is_first) {
    return Fail(context, evroc, access, permit, refused);
  }
  if (!network.ok()) {
    return Fail(context, evroc, access, permit, network.status());
  }
  const Placement placement =
      PlacementOf(*evroc, *network, access.check.zones());
  return recorder_.WriteApplied(
      context, std::move(evroc), cluster,
      {.network = *network, .check = access.check, .placement = placement});
}

std::optional<NetworkState> ClusterReconciler::Measure(
    const CallContext& context, const EvrocClusterObject& evroc,
    const Access& access, const Bulkhead::Permit& permit) {
  if (!HasNetwork(evroc)) return std::nullopt;
  const Bulkhead::Call call = permit.BeginCall();
  absl::StatusOr<NetworkState> network = env_.network.GetClusterNetwork(
      context, access.scope->proto(), ClusterIdOf(evroc));
  if (!network.ok()) return std::nullopt;
  return *std::move(network);
}

Placement ClusterReconciler::NotePlacement(const EvrocClusterObject& evroc,
                                           const NetworkState& network,
                                           bool zones) {
  const ObjectKey& key = evroc.meta.key;
  const auto record = env_.cluster_infos.Find(key).value_or(ClusterInfo{});
  const std::optional<Placement> placement =
      PlacementBesideRefusal(evroc, network, zones, record.network.get());
  if (!placement.has_value()) return PlacementOf(evroc, network, zones);
  const ClusterPtr cluster = env_.cache.OwnerOf(evroc);
  if (env_.cluster_infos.SetNetwork(key, *placement) && cluster != nullptr) {
    EnqueueMachinesOf(env_, *cluster);
  }
  return *placement;
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
