// Makes the request to the compute service from EvrocMachine.spec. Pure
// functions.

#ifndef SHIM_RECONCILE_MACHINE_MACHINE_REQUEST_H_
#define SHIM_RECONCILE_MACHINE_MACHINE_REQUEST_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "evroc/compute/v1/resources.pb.h"
#include "shim/cache/core_objects.h"
#include "shim/cache/evroc_cluster.h"
#include "shim/cache/evroc_machine.h"
#include "shim/reconcile/cluster_info_cache.h"

namespace evroc::shim {

struct MachineRequestInput {
  const EvrocMachineObject& machine;
  const EvrocClusterObject& cluster;
  const Placement& network;
  common::v1::Owner owner;
  bool control_plane = false;
  std::string zone;       // the picked zone
  std::string user_data;  // secret; empty for a machine that exists
};

struct MachineRequest {
  // What can be asked for, without the public IP. A machine that exists keeps
  // its subnet and its security groups where they can't; a new one must not be
  // made then.
  compute::v1::VirtualMachine vm;
  // INVALID_ARGUMENT naming the field of the CRD; FAILED_PRECONDITION while an
  // inline security group does not exist yet.
  absl::Status refused;
};

MachineRequest MakeMachineRequest(const MachineRequestInput& input);

// The set of machines that a machine is spread with: the control plane, its
// MachineDeployment, else its MachineSet, else the cluster's other machines.
// The machines of a MachineDeployment share it across a rolling update (ADR
// 22).
std::string SpreadGroupOf(const MachineObject& machine, bool control_plane);

// The keys of spec.sshKey, one on each of its lines; comments are none.
std::vector<std::string> SshKeysOf(const EvrocMachineSpec& spec);

// The labels of the cluster and the machine; the machine's take precedence.
std::map<std::string, std::string> LabelsOf(const EvrocMachineObject& machine,
                                            const EvrocClusterObject& cluster);

// The subnet of a machine in `zone`: that of its spec, else the one that it was
// made in, else the first. INVALID_ARGUMENT naming spec.subnetName or the zone
// if there is none.
absl::StatusOr<PlannedSubnet> SubnetFor(const EvrocMachineObject& machine,
                                        const Placement& network,
                                        const std::string& zone);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_MACHINE_REQUEST_H_
