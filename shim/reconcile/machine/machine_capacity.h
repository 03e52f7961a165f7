// Computes the capacity of a compute profile's Nodes, which the cluster
// autoscaler needs before one exists (cluster-api-contract.md T-10). Pure
// functions.

#ifndef SHIM_RECONCILE_MACHINE_MACHINE_CAPACITY_H_
#define SHIM_RECONCILE_MACHINE_MACHINE_CAPACITY_H_

#include <cstdint>

#include "common/json/json.h"
#include "evroc/compute/v1/resources.pb.h"

namespace evroc::shim {

// EvrocMachineTemplate's status.capacity, a resource list:
// {"cpu": "4", "memory": "16Gi", "ephemeral-storage": "50Gi",
//  "nvidia.com/gpu": "1"}. Unknown quantities (zero) are left out.
// `root_disk_gb` is EvrocMachine.spec.rootDiskSize: Evroc's GB is 2^30 bytes.
Json CapacityOf(const compute::v1::ComputeProfile& profile,
                int64_t root_disk_gb);

// EvrocMachineTemplate's status.nodeInfo: {"architecture": "amd64",
// "operatingSystem": "linux"}, without the architecture if it is unknown.
Json NodeInfoOf(const compute::v1::ComputeProfile& profile);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_MACHINE_CAPACITY_H_
