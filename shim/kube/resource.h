// The Kubernetes resources that the shim uses, and the keys of their objects.
// Values.

#ifndef SHIM_KUBE_RESOURCE_H_
#define SHIM_KUBE_RESOURCE_H_

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/json/json.h"
#include "common/text/interned_string.h"

namespace evroc::shim {

// One resource of the API.
struct ResourceType {
  absl::string_view group;    // "" for core
  absl::string_view version;  // "v1beta1"
  absl::string_view plural;   // "evrocmachines", as in paths
  absl::string_view kind;     // "EvrocMachine"
  bool namespaced = true;

  // "infrastructure.cluster.x-k8s.io/v1beta1", "v1" for core.
  std::string ApiVersion() const {
    return group.empty() ? std::string(version)
                         : absl::StrCat(group, "/", version);
  }
  friend bool operator==(const ResourceType&, const ResourceType&) = default;
};

inline constexpr ResourceType kClusterType{"cluster.x-k8s.io", "v1beta2",
                                           "clusters", "Cluster"};
inline constexpr ResourceType kMachineType{"cluster.x-k8s.io", "v1beta2",
                                           "machines", "Machine"};
inline constexpr ResourceType kEvrocClusterType{
    "infrastructure.cluster.x-k8s.io", "v1beta1", "evrocclusters",
    "EvrocCluster"};
inline constexpr ResourceType kEvrocMachineType{
    "infrastructure.cluster.x-k8s.io", "v1beta1", "evrocmachines",
    "EvrocMachine"};
inline constexpr ResourceType kEvrocMachineTemplateType{
    "infrastructure.cluster.x-k8s.io", "v1beta1", "evrocmachinetemplates",
    "EvrocMachineTemplate"};
inline constexpr ResourceType kSecretType{"", "v1", "secrets", "Secret"};
inline constexpr ResourceType kConfigMapType{"", "v1", "configmaps",
                                             "ConfigMap"};
inline constexpr ResourceType kNodeType{"", "v1", "nodes", "Node", false};
inline constexpr ResourceType kEventType{"events.k8s.io", "v1", "events",
                                         "Event"};
inline constexpr ResourceType kLeaseType{"coordination.k8s.io", "v1", "leases",
                                         "Lease"};

// Identifies an object among those of one resource. `name_space` is empty for
// cluster-scoped objects.
struct ObjectKey {
  InternedString name_space;
  InternedString name;

  friend bool operator==(const ObjectKey&, const ObjectKey&) = default;
  friend auto operator<=>(const ObjectKey&, const ObjectKey&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const ObjectKey& key) {
    return H::combine(std::move(state), key.name_space, key.name);
  }
};

// The key of an object as the API shows it.
inline ObjectKey KeyOf(JsonView object) {
  return {object.At("metadata.namespace").String(),
          object.At("metadata.name").String()};
}

// "namespace/name", or "name" for cluster-scoped objects.
inline std::string ToString(const ObjectKey& key) {
  return key.name_space.empty()
             ? key.name.str()
             : absl::StrCat(key.name_space.str(), "/", key.name.str());
}

}  // namespace evroc::shim

#endif  // SHIM_KUBE_RESOURCE_H_
