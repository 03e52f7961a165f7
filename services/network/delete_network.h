// Deletes a cluster's network in dependency order (ADR 27).

#ifndef SERVICES_NETWORK_DELETE_NETWORK_H_
#define SERVICES_NETWORK_DELETE_NETWORK_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "services/evroc/api/compute_api.h"
#include "services/evroc/api/network_api.h"
#include "services/identity/owner.h"
#include "services/inventory/removal.h"
#include "services/network/network_inventories.h"

namespace evroc::network {

struct NetworkDeletion {
  // What has its names is looked for as well: those that are not known, of
  // which there are more without a cluster's name, in lists of everything.
  cloud::Owner owner;
  // An earlier call has listed what there is.
  bool begun = false;
  // Objects of programs in the cluster are still in the subnets, which wait for
  // them.
  bool others_remain = false;
  // The load balancer that was made for it; empty: none that is known. It can't
  // be looked for in a cloud without load balancers, and is waited for.
  cloud::Id<cloud::LoadBalancer> balancer;
};

// Takes the next step and returns what still exists; nothing means that the
// cloud has confirmed the deletion. A VPC or subnet that another cluster uses
// is handed over to it and not waited for (ADR 8); one that somebody else uses
// is left and returned. `machines` shows who uses the subnets. Errors of
// Collection; the first one, after all others were tried.
absl::StatusOr<std::vector<cloud::Remaining>> DeleteNetwork(
    const CallContext& context, NetworkInventories& inventories,
    cloud::Collection<cloud::VirtualMachine>& machines,
    const NetworkDeletion& deletion);

// Deletes the public IP of a machine, as DeleteNetwork does.
absl::StatusOr<std::vector<cloud::Remaining>> DeleteAddress(
    const CallContext& context, NetworkInventories& inventories,
    const cloud::Owner& machine);

// Deletes what the cluster's own cloud controller manager, known by its
// identifier, made: load balancers and their parts, and public IPs. Returns
// what still exists. Errors of Collection.
absl::StatusOr<std::vector<cloud::Remaining>> DeleteWorkloadObjects(
    const CallContext& context, cloud::NetworkApi& api,
    const std::string& identifier);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_DELETE_NETWORK_H_
