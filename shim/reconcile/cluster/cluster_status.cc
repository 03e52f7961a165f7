#include "shim/reconcile/cluster/cluster_status.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/cloud/cloud_identity.h"
#include "shim/reconcile/cluster/cluster_placement.h"
#include "shim/reconcile/stack_type.h"
#include "shim/reconcile/status_conditions.h"

namespace evroc::shim {
namespace {

namespace v1 = network::v1;

void CopySubnets(const v1::ClusterNetwork& network,
                 EvrocClusterStatus& status) {
  status.subnets.clear();
  status.subnets.reserve(network.subnet_statuses_size());
  for (const v1::SubnetStatus& subnet : network.subnet_statuses()) {
    status.subnets.push_back({.name = subnet.id(),
                              .zone = subnet.zone(),
                              .cidr_block = subnet.ipv4_cidr_block(),
                              .ready = subnet.ready(),
                              .owned = subnet.owned()});
  }
}

// Whether the endpoint's public IP was made for the cluster: also one that the
// spec names since.
bool OwnsAddress(const EvrocClusterObject& cluster,
                 const v1::ControlPlaneEndpointStatus& endpoint) {
  if (endpoint.public_ip_id().empty()) return false;
  return cluster.spec.existing_public_ip_id.empty() ||
         (cluster.status.public_ip_owned &&
          cluster.status.public_ip_id == endpoint.public_ip_id());
}

void CopyEndpoint(const EvrocClusterObject& cluster,
                  const v1::ControlPlaneEndpointStatus& endpoint,
                  EvrocClusterStatus& status) {
  switch (endpoint.type()) {
    case v1::ControlPlaneEndpoint::TYPE_LOAD_BALANCER:
      status.endpoint_type = "LoadBalancer";
      break;
    case v1::ControlPlaneEndpoint::TYPE_PUBLIC_IP:
      status.endpoint_type = std::string(kPublicIpEndpoint);
      break;
    default:
      status.endpoint_type.clear();
  }
  status.public_ip_id = endpoint.public_ip_id();
  status.public_ip_owned = OwnsAddress(cluster, endpoint);
  status.load_balancer_id = endpoint.load_balancer_id();
}

void SetReady(ConditionStatus state, absl::string_view reason,
              absl::string_view message, int64_t generation, absl::Time now,
              EvrocClusterStatus& status) {
  status.conditions.Set("Ready", state, reason, message, generation, now);
}

// Returns whether the endpoint leads elsewhere: spec.controlPlaneEndpoint never
// changes, but its public IP may have been replaced by one with another
// address.
bool CheckAddress(const EvrocClusterObject& cluster,
                  const v1::ControlPlaneEndpointStatus& endpoint,
                  absl::Time now, EvrocClusterStatus& status) {
  const std::string& host = cluster.spec.endpoint.host;
  if (endpoint.host().empty()) return false;
  if (endpoint.host() == host || !WasItsAddress(cluster)) {
    status.endpoint_address = endpoint.host();
    return false;
  }
  status.endpoint_address = host;
  const std::string message = absl::StrCat(
      "public IP ", endpoint.public_ip_id(), " has the address ",
      endpoint.host(), ", and spec.controlPlaneEndpoint.host is ", host);
  for (const char* type : {"ControlPlaneEndpointReady", "NetworkReady"}) {
    status.conditions.Set(type, ConditionStatus::kFalse, "AddressChanged",
                          message, cluster.meta.generation, now);
  }
  return true;
}

// Sets Ready of a network that was ready once: it speaks of the endpoint, not
// of what was asked for (ADR 29). A part that is being repaired, or added, says
// nothing of what runs: without Ready no machine is remediated (IC-09).
void SetServes(const CloudConditions& reported, bool elsewhere,
               int64_t generation, absl::Time now, EvrocClusterStatus& status) {
  const CloudCondition* const serving = FindCondition(reported, kServing);
  if (elsewhere) {
    const KubeCondition network = *status.conditions.Find("NetworkReady");
    SetReady(ConditionStatus::kFalse, network.reason, network.message,
             generation, now, status);
  } else if (serving != nullptr &&
             serving->status != common::v1::Condition::STATUS_TRUE) {
    SetReady(ConditionStatus::kFalse, serving->reason, serving->message,
             generation, now, status);
  } else {
    SetReady(ConditionStatus::kTrue, "Ready", "", generation, now, status);
  }
}

bool IsMeasured(absl::string_view condition) {
  return condition == "NetworkReady" || condition == "VPCReady" ||
         condition == "SubnetsReady" || condition == "SecurityGroupsReady" ||
         condition == "ControlPlaneEndpointReady";
}

// Sets Ready of a network that is not ready yet.
void SetWaiting(bool ready, int64_t generation, absl::Time now,
                EvrocClusterStatus& status) {
  const KubeCondition* found = status.conditions.Find("NetworkReady");
  if (ready || found == nullptr) {
    return SetReady(ConditionStatus::kFalse, "WaitingForEndpoint",
                    "the control-plane endpoint has no address yet", generation,
                    now, status);
  }
  const KubeCondition network = *found;
  SetReady(ConditionStatus::kFalse, network.reason, network.message, generation,
           now, status);
}

}  // namespace

bool HasEndpoint(const EvrocClusterObject& cluster) {
  return !cluster.spec.endpoint.host.empty() && cluster.spec.endpoint.port != 0;
}

bool WasItsAddress(const EvrocClusterObject& cluster) {
  const std::string& host = cluster.spec.endpoint.host;
  return !host.empty() &&
         (cluster.meta.Annotation(kEndpointAddressAnnotation) == host ||
          cluster.status.endpoint_address == host);
}

EvrocClusterStatus StatusOfNetwork(const EvrocClusterObject& cluster,
                                   const v1::ClusterNetwork& network,
                                   const Placement& placement, bool was_ready,
                                   absl::Time now) {
  const int64_t generation = cluster.meta.generation;
  EvrocClusterStatus status = cluster.status;
  status.observed_generation = generation;
  status.vpc_id = network.vpc_id();
  if (!cluster.spec.stack_type.empty()) {
    status.stack_type = cluster.spec.stack_type;
  } else if (status.stack_type.empty()) {
    status.stack_type = std::string(kDefaultStackType);
  }
  CopySubnets(network, status);
  status.common_groups = placement.common_groups;
  status.control_plane_groups = placement.control_plane_groups;
  status.worker_groups = placement.worker_groups;
  CopyEndpoint(cluster, network.control_plane_endpoint_status(), status);
  const CloudConditions reported = ConditionsOf(network.conditions());
  CopyConditions(reported, "NetworkReady", generation, now, status.conditions);
  const bool elsewhere = CheckAddress(
      cluster, network.control_plane_endpoint_status(), now, status);
  const bool ready = network.state() == v1::ClusterNetwork::STATE_READY;
  if (HasEndpoint(cluster) && (ready || was_ready)) {
    // Domains come before or with provisioned (IC-07), never half a list.
    if (ready || network.state() == v1::ClusterNetwork::STATE_PROVISIONING) {
      status.failure_domains = DomainsOf(placement);
    } else if (network.state() == v1::ClusterNetwork::STATE_FAILED) {
      status.failure_domains =
          DomainsWith(cluster.status.failure_domains, placement, network);
    }
    status.provisioned = true;
    SetServes(reported, elsewhere, generation, now, status);
  } else {
    SetWaiting(ready, generation, now, status);
  }
  status.conditions.KeepTransitions(cluster.status.conditions);
  return status;
}

void SetAppliedTo(const EvrocClusterObject& cluster,
                  const v1::ClusterNetwork& network, absl::Time now,
                  EvrocClusterStatus& status) {
  const int64_t generation = cluster.meta.generation;
  SetApplied(generation, now, status.conditions);
  // Of a network that was never ready only what can't come true by waiting is
  // not met.
  if (!status.provisioned &&
      network.state() != v1::ClusterNetwork::STATE_FAILED) {
    return;
  }
  SetUnmet({"VPCReady", "SubnetsReady", "SecurityGroupsReady",
            "ControlPlaneEndpointReady"},
           generation, now, status.conditions);
}

EvrocClusterStatus StatusWithError(const EvrocClusterObject& cluster,
                                   const ReconcileError& error,
                                   absl::Time now) {
  EvrocClusterStatus status = cluster.status;
  const int64_t generation = cluster.meta.generation;
  if (!error.transient) status.observed_generation = generation;
  SetRefused(error, generation, now, status.conditions);
  const bool names_other = !error.condition.empty() && !error.transient;
  if (status.provisioned) {
    if (names_other && !IsMeasured(error.condition)) {
      SetFailed(error.condition, error, generation, now, status.conditions);
    }
    return status;
  }
  // What an earlier error said.
  RemoveUnmet({"VPCReady", "SubnetsReady", "SecurityGroupsReady",
               "ControlPlaneEndpointReady"},
              status.conditions);
  if (names_other) {
    SetFailed(error.condition, error, generation, now, status.conditions);
  }
  SetFailed("NetworkReady", error, generation, now, status.conditions);
  SetFailed("Ready", error, generation, now, status.conditions);
  status.conditions.KeepTransitions(cluster.status.conditions);
  return status;
}

}  // namespace evroc::shim
