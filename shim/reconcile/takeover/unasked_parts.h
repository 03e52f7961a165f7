// What an object of Evroc's official provider has in the cloud although its
// spec does not ask for it: that provider takes such changes of the spec and
// ignores them. Nobody has asked this one to remove it. Pure functions.

#ifndef SHIM_RECONCILE_TAKEOVER_UNASKED_PARTS_H_
#define SHIM_RECONCILE_TAKEOVER_UNASKED_PARTS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "shim/cache/evroc_cluster.h"
#include "shim/cache/evroc_machine.h"
#include "shim/reconcile/takeover/findings.h"

namespace evroc::shim {

// The public IPs of a machine: what its virtual machine has, which is
// `public_ip_id`, and what was made for it.
std::vector<std::string> UnaskedAddresses(const EvrocMachineObject& machine,
                                          const TakeOverObjects& objects,
                                          const std::string& public_ip_id);

// What a spec without a public IP of the machine's own says: the id of an
// existing one, else "-". Empty if it asks for its own.
std::string PublicIpSpecOf(const EvrocMachineSpec& spec);

// Whether the machine keeps the addresses that its spec did not ask for when it
// was taken over, since the spec has said the same from then on.
bool KeepsPublicIp(const EvrocMachineObject& machine);

// The ports of the load balancer of a cluster with that resource prefix,
// sorted.
std::vector<int> UnaskedPorts(const EvrocClusterObject& cluster,
                              absl::string_view resource_prefix,
                              const TakeOverObjects& objects);

// Those that are kept: of kKeptPortsAnnotation, the ones that the spec has not
// had since, as its value.
std::string KeptPorts(const EvrocClusterObject& cluster);

// For the report: what is kept, and what will be wrong.
std::vector<std::string> ClusterRemarks(const EvrocClusterObject& cluster,
                                        absl::string_view resource_prefix,
                                        const TakeOverObjects& objects);
std::vector<std::string> MachineRemarks(const EvrocMachineObject& machine,
                                        const TakeOverObjects& objects,
                                        const std::string& public_ip_id);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_TAKEOVER_UNASKED_PARTS_H_
