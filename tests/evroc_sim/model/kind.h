// The kinds of objects in the simulated cloud, and their names in paths and
// bodies (evroc-api.md B.1). Constant data.

#ifndef TESTS_EVROC_SIM_MODEL_KIND_H_
#define TESTS_EVROC_SIM_MODEL_KIND_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace evroc::sim {

enum class Kind {
  kVpc,
  kSubnet,
  kSecurityGroup,
  kPublicIp,
  kVirtualMachine,
  kDisk,
  kSnapshot,
  kPlacementGroup,
  kHotswapAttachment,
  kLoadBalancer,
  kBackendPool,
  kBackendService,
  kL4Route,
  kBucket,
  kBucketServiceAccount,
  kCustomDiskImage,
};

struct KindInfo {
  Kind kind;
  absl::string_view service;     // "compute"
  absl::string_view version;     // "v1beta2"
  absl::string_view collection;  // "virtualMachines"
  absl::string_view name;        // "VirtualMachine"
  // Whether a condition "Ready" shows its readiness.
  bool has_conditions;
};

const std::vector<KindInfo>& AllKinds();
const KindInfo& InfoOf(Kind kind);
// Null if there is no such collection.
const KindInfo* FindKind(absl::string_view service,
                         absl::string_view collection);

// "compute/v1beta2".
std::string ApiVersion(const KindInfo& info);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_MODEL_KIND_H_
