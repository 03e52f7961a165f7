// The names that Evroc's official provider gives to its cloud objects, for
// owners that were taken over from it: the only place that builds or reads
// them. Pure functions.

#ifndef COMMON_NAMES_OFFICIAL_NAMES_H_
#define COMMON_NAMES_OFFICIAL_NAMES_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace evroc {

// The part `name` of the endpoint's port for the Kubernetes API; those of other
// ports are named as ours are, "port-9345".
inline constexpr char kApiPortName[] = "kube-apiserver";

// The name of a machine's object of that kind and part, if its virtual machine
// is called `prefix`. Nothing for kinds that the official provider does not
// make.
std::optional<std::string> OfficialMachineName(absl::string_view prefix,
                                               absl::string_view kind,
                                               absl::string_view name);

// As OfficialMachineName, for the objects of a cluster with that resource
// prefix.
std::optional<std::string> OfficialClusterName(absl::string_view prefix,
                                               absl::string_view kind,
                                               absl::string_view name);

// The name of an inline security group of a machine or cluster with that
// prefix. Empty if the cloud would not take it.
std::string OfficialGroupName(absl::string_view prefix,
                              absl::string_view group);

// The port whose route that is, beside the Kubernetes API's; nothing if it is
// no port's.
std::optional<int> OfficialRoutePort(absl::string_view prefix,
                                     absl::string_view name);

// What the user calls a machine's additional disk with that name.
std::string OfficialDiskPart(absl::string_view prefix, absl::string_view name);

// The resource prefix of the cluster whose load balancer has that name; nothing
// if none has.
std::optional<std::string> OfficialPrefixOfBalancer(absl::string_view name);

// The name of the public IP that clusters with that prefix had in the place of
// a load balancer, before version 0.2.0; a machine has it.
std::string OfficialAddressWithoutBalancer(absl::string_view prefix);

// Whether a cluster's load balancer may have a public IP of that name.
bool IsOfficialEndpointAddress(absl::string_view name);

}  // namespace evroc

#endif  // COMMON_NAMES_OFFICIAL_NAMES_H_
