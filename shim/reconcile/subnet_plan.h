// Which subnets a cluster has, in which zones: what EvrocCluster.spec says of
// them, made explicit. A pure function of the spec, so that every reconcile and
// every restart comes to the same.

#ifndef SHIM_RECONCILE_SUBNET_PLAN_H_
#define SHIM_RECONCILE_SUBNET_PLAN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "shim/cache/evroc_cluster.h"

namespace evroc::shim {

struct PlannedSubnet {
  std::string name;  // in the cloud
  std::string zone;  // empty where the cloud has no zones
  std::string cidr_block;
  bool existing = false;
  // The entry of the spec that it is made from: its own name, or that of the
  // subnet that was divided.
  std::string entry;
  friend bool operator==(const PlannedSubnet&, const PlannedSubnet&) = default;
};

// `zones`: whether the cloud has any. A single subnet without a zone serves the
// one zone of spec.failureDomains (default "a"); with several zones there it is
// cut in four quarters, of which zone "a" gets the first, "b" the second and so
// on, named "<name>-<zone>". INVALID_ARGUMENT naming the field if that can't
// be.
absl::StatusOr<std::vector<PlannedSubnet>> PlanSubnets(
    const EvrocClusterSpec& spec, bool zones);

// The zones that machines can be placed in, sorted: those of the subnets,
// and of spec.failureDomains where that is given.
std::vector<std::string> ZonesOf(const EvrocClusterSpec& spec,
                                 const std::vector<PlannedSubnet>& subnets);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_SUBNET_PLAN_H_
