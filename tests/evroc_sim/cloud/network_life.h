// The life cycles of VPCs, subnets, security groups and public IPs, and their
// address allocation (evroc-api.md B.6). Pure functions, except for the
// addresses they take.

#ifndef TESTS_EVROC_SIM_CLOUD_NETWORK_LIFE_H_
#define TESTS_EVROC_SIM_CLOUD_NETWORK_LIFE_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "common/net/cidr.h"
#include "tests/evroc_sim/cloud/life_context.h"

namespace evroc::sim {

NextStep BeginNetworkObject(Object& object, LifeContext& context);
NextStep AdvanceNetworkObject(Object& object, LifeContext& context);
// Sets the user of a public IP; does nothing for other kinds.
void DeriveNetworkStatus(Object& object, const LifeContext& context);
// Marks the addresses of a restored object as taken; releases them.
void MarkNetworkAddresses(const Object& object, LifeContext& context);
void ReleaseNetworkAddresses(const Object& object, LifeContext& context);

// Takes an address of a subnet: four are reserved, the first one ends in 2.
std::optional<std::string> TakeSubnetIpv4(const Object& subnet,
                                          AddressBook& addresses);
std::string TakeSubnetIpv6(const Object& subnet, AddressBook& addresses);
// `networking` is a machine's status.networking.
void MarkSubnetAddresses(absl::string_view subnet, JsonView networking,
                         AddressBook& addresses);
void ReleaseSubnetAddresses(absl::string_view subnet, JsonView networking,
                            AddressBook& addresses);

// Machines get the upper half of the data plane, public IPs the lower.
std::string TakeDataPlaneAddress(const Cidr& range, AddressBook& addresses);
void MarkDataPlaneAddress(absl::string_view address, AddressBook& addresses);
void ReleaseDataPlaneAddress(absl::string_view address, AddressBook& addresses);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_CLOUD_NETWORK_LIFE_H_
