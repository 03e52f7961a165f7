// The names of kinds in dialect A (evroc-api.md A.1, A.3). Constant data.

#ifndef TESTS_EVROC_SIM_KCP_KCP_KIND_H_
#define TESTS_EVROC_SIM_KCP_KCP_KIND_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/evroc_sim/model/kind.h"

namespace evroc::sim {

inline constexpr absl::string_view kKcpVersion = "v1alpha1";

struct KcpKind {
  Kind kind;
  absl::string_view group;   // "compute.evroclabs.net"
  absl::string_view plural;  // "virtualmachines"
  absl::string_view name;    // "VirtualMachine"
};

const std::vector<KcpKind>& KcpKinds();
// Null if there is no such resource.
const KcpKind* FindKcpKind(absl::string_view group, absl::string_view plural);

// "compute.evroclabs.net/v1alpha1".
std::string KcpApiVersion(const KcpKind& kind);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_KCP_KCP_KIND_H_
