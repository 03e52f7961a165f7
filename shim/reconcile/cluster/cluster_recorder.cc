#include "shim/reconcile/cluster/cluster_recorder.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/cloud/cloud_identity.h"
#include "common/json/json.h"
#include "common/status/status_macros.h"
#include "shim/reconcile/cluster/cluster_placement.h"
#include "shim/reconcile/cluster/cluster_status.h"
#include "shim/reconcile/identity/cloud_record.h"
#include "shim/reconcile/identity/kept_annotations.h"
#include "shim/reconcile/identity/vm_identity.h"
#include "shim/reconcile/status_conditions.h"
#include "shim/reconcile/takeover/findings.h"

namespace evroc::shim {
namespace {

using NetworkState = network::v1::ClusterNetwork;

// Between looks at whether machines have released a security group: soon, since
// each of them is an Apply of a network that is known.
constexpr absl::Duration kReleaseDelay = absl::Seconds(15);

std::string ClusterIdOf(const EvrocClusterObject& evroc) {
  return std::string(evroc.meta.Annotation(kOwnerIdAnnotation));
}

// What the annotation evroc.com/endpoint-address has to say: the host of
// spec.controlPlaneEndpoint as it is going to be, if that is the public IP's
// address or was once.
std::string ItsAddress(
    const EvrocClusterObject& evroc,
    const network::v1::ControlPlaneEndpointStatus& endpoint) {
  const std::string& host = evroc.spec.endpoint.host;
  if (host.empty() || host == endpoint.host()) return endpoint.host();
  return WasItsAddress(evroc) ? host : std::string();
}

bool HasSpread(const std::vector<EvrocMachinePtr>& machines) {
  return std::any_of(
      machines.begin(), machines.end(),
      [](const EvrocMachinePtr& machine) { return IsSpread(*machine); });
}

// When to look again after an Apply.
Outcome NextLook(const ReconcileEnv& env, const NetworkState& network,
                 const EvrocClusterStatus& status) {
  if (network.state() == NetworkState::STATE_READY) return Done{};
  // No event comes when the last machine has released the group, or when it is
  // the cluster's again.
  const absl::string_view groups =
      status.conditions.ReasonOf("SecurityGroupsReady");
  if (groups == "Releasing" || groups == "Blocked") {
    return RetryAfter{kReleaseDelay, "a security group"};
  }
  // Nor when somebody makes what the spec refers to.
  if (network.state() == NetworkState::STATE_FAILED) {
    return RetryAfter{env.reference_interval, "what the spec refers to"};
  }
  return Wait{"the cloud"};
}

}  // namespace

void EnqueueMachinesOf(const ReconcileEnv& env, const ClusterObject& cluster) {
  for (const EvrocMachinePtr& machine :
       env.cache.EvrocMachinesOf(cluster.meta.key)) {
    env.enqueue_machine(machine->meta.key, PriorityOf(*machine));
  }
  for (const MachineTemplatePtr& each :
       env.cache.TemplatesOf(cluster.meta.key)) {
    env.enqueue_template(each->meta.key, Priority::kNormal);
  }
}

ReconcileResult ClusterRecorder::WriteApplied(const CallContext& context,
                                              EvrocClusterPtr evroc,
                                              const ClusterObject& cluster,
                                              const Answer& answer) {
  const absl::StatusOr<EvrocClusterPtr> with_found =
      WriteFound(context, evroc, answer.network);
  if (!with_found.ok()) return Fail(context, evroc, with_found.status());
  evroc = *with_found;
  const EvrocClusterPtr before = evroc;
  EvrocClusterStatus status = AppliedStatus(*evroc, answer);
  const absl::Status handed_out = cloud_config_.Write(
      context, *evroc, answer.network, answer.check, status);
  EVROC_ASSIGN_OR_RETURN(evroc, writer_.WriteStatus(context, evroc, status));
  if (env_.cluster_infos.SetNetwork(evroc->meta.key, answer.placement)) {
    EnqueueMachinesOf(env_, cluster);
  }
  PublishChanges(*before, *evroc);
  if (!handed_out.ok()) {
    // It is not watched before it has its label.
    return RetryAfter{env_.retry_interval,
                      absl::StrCat("the ConfigMap of spec.cloudConfig: ",
                                   handed_out.message())};
  }
  return NextLook(env_, answer.network, evroc->status);
}

absl::Status ClusterRecorder::WriteUnknown(const CallContext& context,
                                           const EvrocClusterPtr& evroc) {
  const ReconcileError none{.transient = true, .kubernetes = true};
  EvrocClusterStatus status = evroc->status;
  access_.SetContact(*evroc, ClusterIdOf(*evroc),
                     WaiterName(kEvrocClusterType, evroc->meta.key), &none,
                     evroc->meta.generation, status.conditions);
  EVROC_RETURN_IF_ERROR(writer_.WriteStatus(context, evroc, status).status());
  for (const absl::string_view type : {kCredentialsReady, kCloudReachable}) {
    env_.PublishCondition(kEvrocClusterType, evroc->meta, type,
                          evroc->status.conditions, status.conditions);
  }
  return absl::OkStatus();
}

bool ClusterRecorder::WasReady(const EvrocClusterObject& evroc) const {
  if (evroc.status.provisioned) return true;
  // Before that no machine is made.
  const std::vector<EvrocMachinePtr> machines =
      env_.cache.EvrocMachinesOf(evroc);
  return std::any_of(
      machines.begin(), machines.end(),
      [](const EvrocMachinePtr& machine) { return WasMade(*machine); });
}

EvrocClusterStatus ClusterRecorder::MeasuredStatus(
    const EvrocClusterObject& evroc, const Answer& answer) const {
  const absl::Time now = env_.clock.Now();
  EvrocClusterStatus status = StatusOfNetwork(
      evroc, answer.network, answer.placement, WasReady(evroc), now);
  status.project = answer.check.project();
  SetTakenOver(evroc.meta, now, status.conditions);
  return status;
}

EvrocClusterStatus ClusterRecorder::AppliedStatus(
    const EvrocClusterObject& evroc, const Answer& answer) const {
  const absl::Time now = env_.clock.Now();
  const int64_t generation = evroc.meta.generation;
  EvrocClusterStatus status = MeasuredStatus(evroc, answer);
  status.annotations = KeptAnnotations(evroc.meta);
  SetPaused(false, false, generation, now, status.conditions);
  SetCloudMatched(generation, now, status.conditions);
  SetAppliedTo(evroc, answer.network, now, status);
  access_.SetContact(evroc, ClusterIdOf(evroc),
                     WaiterName(kEvrocClusterType, evroc.meta.key), nullptr,
                     generation, status.conditions);
  status.conditions.KeepTransitions(evroc.status.conditions);
  return status;
}

void ClusterRecorder::PublishChanges(const EvrocClusterObject& before,
                                     const EvrocClusterObject& after) const {
  const Conditions& conditions = after.status.conditions;
  for (const absl::string_view type : {kCredentialsReady, kCloudReachable}) {
    env_.PublishCondition(kEvrocClusterType, after.meta, type,
                          before.status.conditions, conditions);
  }
  if (before.status.provisioned) {
    env_.PublishCondition(kEvrocClusterType, after.meta, "Ready",
                          before.status.conditions, conditions);
  } else if (after.status.provisioned) {
    env_.publish(
        {.type = kEvrocClusterType,
         .object = after.meta,
         .reason = "NetworkReady",
         .action = "Provision",
         .message = absl::StrCat("the network and the endpoint ",
                                 after.spec.endpoint.host, " are ready")});
  }
}

absl::StatusOr<EvrocClusterPtr> ClusterRecorder::WriteFound(
    const CallContext& context, const EvrocClusterPtr& evroc,
    const NetworkState& network) {
  Json patch = Json::Object();
  Json annotations = Json::Object();
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
  if (const std::string address = ItsAddress(*evroc, endpoint);
      address != evroc->meta.Annotation(kEndpointAddressAnnotation)) {
    annotations.Set(kEndpointAddressAnnotation, address);
  }
  CloudRecord record = CloudRecordOf(evroc->meta);
  const bool has_groups = HadPlacementGroups(record) ||
                          HasSpread(env_.cache.EvrocMachinesOf(*evroc));
  RecordObjects(network, record);
  if (has_groups) NotePlacementGroups(record);
  if (const std::string text = EncodeCloudRecord(record);
      text != evroc->meta.Annotation(kCloudAnnotation)) {
    annotations.Set(kCloudAnnotation, text);
  }
  if (annotations != Json::Object()) {
    patch.SetAt("metadata.annotations", std::move(annotations));
  }
  if (patch == Json::Object()) return evroc;
  return writer_.Patch(context, *evroc, "", std::move(patch));
}

ReconcileResult ClusterRecorder::FailBeside(const CallContext& context,
                                            const EvrocClusterPtr& evroc,
                                            const absl::Status& status,
                                            const Answer& measured) {
  const absl::StatusOr<EvrocClusterPtr> with_found =
      WriteFound(context, evroc, measured.network);
  env_.PublishRefusedWrite(kEvrocClusterType, evroc->meta, with_found.status());
  return Fail(context, with_found.ok() ? *with_found : evroc, status, "",
              &measured);
}

ReconcileResult ClusterRecorder::Fail(const CallContext& context,
                                      const EvrocClusterPtr& evroc,
                                      const absl::Status& status,
                                      absl::string_view condition,
                                      const Answer* measured) {
  ReconcileError error = access_.Explain(*evroc, status);
  if (IsOtherCloud(status)) {
    const ClusterPtr cluster = env_.cache.OwnerOf(*evroc);
    if (env_.cluster_infos.SetDoubt(evroc->meta.key, status) &&
        cluster != nullptr) {
      EnqueueMachinesOf(env_, *cluster);
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
  return access_.Fail(*evroc, error, access_.WaiterOf(*evroc), [&] {
    return RecordError(context, evroc, error, measured);
  });
}

absl::Status ClusterRecorder::RecordError(const CallContext& context,
                                          const EvrocClusterPtr& evroc,
                                          const ReconcileError& error,
                                          const Answer* measured) {
  EvrocClusterObject known = *evroc;
  if (measured != nullptr) {
    known.status = MeasuredStatus(*evroc, *measured);
    // The zones of a spec that is refused are not all of them.
    known.status.failure_domains = DomainsWith(
        evroc->status.failure_domains, measured->placement, measured->network);
    // It is tried again with the rest.
    cloud_config_
        .Write(context, *evroc, measured->network, measured->check,
               known.status)
        .IgnoreError();
  }
  EvrocClusterStatus status = StatusWithError(known, error, env_.clock.Now());
  status.annotations = AnnotationsAfter(*evroc, env_.cache.StandingOf(*evroc));
  SetPaused(false, false, evroc->meta.generation, env_.clock.Now(),
            status.conditions);
  access_.SetContact(*evroc, ClusterIdOf(*evroc),
                     WaiterName(kEvrocClusterType, evroc->meta.key), &error,
                     evroc->meta.generation, status.conditions);
  const Conditions before = evroc->status.conditions;
  status.conditions.KeepTransitions(before);
  EVROC_RETURN_IF_ERROR(
      writer_.WriteStatus(env_.ToTell(context), evroc, status).status());
  env_.PublishOutcome(kEvrocClusterType, evroc->meta, error, before,
                      status.conditions);
  return absl::OkStatus();
}

}  // namespace evroc::shim
