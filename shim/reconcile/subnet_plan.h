// Plans a cluster's subnets and their zones from EvrocCluster.spec. Pure
// functions, so every reconcile and every restart gives the same plan.

#ifndef SHIM_RECONCILE_SUBNET_PLAN_H_
#define SHIM_RECONCILE_SUBNET_PLAN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "shim/cache/evroc_cluster.h"

namespace evroc::shim {

struct PlannedSubnet {
  std::string name;  // in the cloud; a full reference if the spec has that
  std::string zone;  // empty where the cloud has no zones
  std::string cidr_block;
  bool existing = false;
  // The name of its entry in the spec: its own name, or that of the divided
  // subnet.
  std::string entry;
  // Without it the cluster has no machines in its zone.
  bool optional = false;
  friend bool operator==(const PlannedSubnet&, const PlannedSubnet&) = default;
};

// `zones`: whether the cloud has any. A single subnet without a zone serves the
// one zone of spec.failureDomains (default "a"); with several zones it is cut
// into quarters, the first for zone "a", the second for "b" and so on, named
// "<name>-<zone>". Without subnets of its own the cluster is in existing ones:
// those of spec.network.subnetRefs, and the project's default subnets in other
// zones of spec.failureDomains, or in all zones: only where there are such,
// also if the zones are named. The official provider writes all zones into
// every object, so a name does not say that somebody has chosen it.
// INVALID_ARGUMENT naming the field if this is impossible.
absl::StatusOr<std::vector<PlannedSubnet>> PlanSubnets(
    const EvrocClusterSpec& spec, bool zones);

// The zones that machines can be placed in, sorted: those of the subnets that
// are also in spec.failureDomains, if that is set.
std::vector<std::string> ZonesOf(const EvrocClusterSpec& spec,
                                 const std::vector<PlannedSubnet>& subnets);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_SUBNET_PLAN_H_
