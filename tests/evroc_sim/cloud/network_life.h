// The lives of VPCs, subnets, security groups and public IPs, and the addresses
// that they give out (evroc-api.md B.6). Pure but for the addresses taken.

#ifndef TESTS_EVROC_SIM_CLOUD_NETWORK_LIFE_H_
#define TESTS_EVROC_SIM_CLOUD_NETWORK_LIFE_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "tests/evroc_sim/cloud/life_context.h"

namespace evroc::sim {

NextStep BeginNetworkObject(Object& object, LifeContext& context);
NextStep AdvanceNetworkObject(Object& object, LifeContext& context);
// What a public IP says about its user; nothing to do for the other kinds.
void DeriveNetworkStatus(Object& object, const LifeContext& context);
// Marks what an object of a saved state has taken, and gives it back.
void MarkNetworkAddresses(const Object& object, LifeContext& context);
void ReleaseNetworkAddresses(const Object& object, LifeContext& context);

// Addresses of a subnet: four are reserved, the first given out ends in 2.
std::optional<std::string> TakeSubnetIpv4(const Object& subnet,
                                          AddressBook& addresses);
std::string TakeSubnetIpv6(const Object& subnet, AddressBook& addresses);
// `networking` is a machine's status.networking.
void MarkSubnetAddresses(absl::string_view subnet, JsonView networking,
                         AddressBook& addresses);
void ReleaseSubnetAddresses(absl::string_view subnet, JsonView networking,
                            AddressBook& addresses);

// The upper half of the data plane is for machines, the lower for public IPs.
std::string TakeDataPlaneAddress(const Ipv4Block& range,
                                 AddressBook& addresses);
void MarkDataPlaneAddress(absl::string_view address, AddressBook& addresses);
void ReleaseDataPlaneAddress(absl::string_view address, AddressBook& addresses);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_CLOUD_NETWORK_LIFE_H_
