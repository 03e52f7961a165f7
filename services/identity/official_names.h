// The names that Evroc's official provider gives to its cloud objects, for
// owners that were taken over from it. Pure functions.

#ifndef SERVICES_IDENTITY_OFFICIAL_NAMES_H_
#define SERVICES_IDENTITY_OFFICIAL_NAMES_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace evroc::cloud {

// The part `name` of the endpoint's port for the Kubernetes API; those of other
// ports are named as ours are, "port-9345".
inline constexpr char kApiPortName[] = "kube-apiserver";

// The name of a machine's object of that kind and part (see ObjectName), if its
// virtual machine is called `prefix`. Nothing for kinds that the official
// provider does not make.
std::optional<std::string> OfficialMachineName(absl::string_view prefix,
                                               absl::string_view kind,
                                               absl::string_view name);

// As OfficialMachineName, for the objects of a cluster with that resource
// prefix.
std::optional<std::string> OfficialClusterName(absl::string_view prefix,
                                               absl::string_view kind,
                                               absl::string_view name);

}  // namespace evroc::cloud

#endif  // SERVICES_IDENTITY_OFFICIAL_NAMES_H_
