// The metadata of a Kubernetes object, as far as the shim reads it. Values.

#ifndef SHIM_CACHE_OBJECT_META_H_
#define SHIM_CACHE_OBJECT_META_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "common/json/json.h"
#include "common/text/interned_string.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

// An entry of metadata.ownerReferences.
struct OwnerReference {
  InternedString group;  // of apiVersion; empty for core
  InternedString kind;
  InternedString name;
  InternedString uid;
  friend bool operator==(const OwnerReference&,
                         const OwnerReference&) = default;
};

// Annotations by name.
using Annotations =
    absl::btree_map<InternedString, InternedString, std::less<>>;

struct ObjectMeta {
  ObjectKey key;
  InternedString uid;
  std::string resource_version;
  InternedString created;  // RFC 3339 in UTC, so that its order is that of time
  int64_t generation = 0;
  bool deleting = false;
  // The paused annotation, whatever its value (PA-01), or the annotation of a
  // move, which deletes the object here and keeps it elsewhere (MV-06).
  bool paused = false;
  bool managed_by = false;  // the annotation, whatever its value (IC-10)
  std::vector<InternedString> finalizers;
  std::vector<OwnerReference> owners;
  // The label cluster.x-k8s.io/cluster-name, empty if there is none.
  InternedString cluster_name;
  // The label cluster.x-k8s.io/control-plane, whatever its value.
  bool control_plane = false;
  // Those of the annotations below that are set, by name.
  Annotations annotations;

  bool HasFinalizer(absl::string_view finalizer) const;
  // The value of one of them, empty if it is not set.
  absl::string_view Annotation(absl::string_view name) const;
  // The first owner of that group and kind, controller or not (IC-02). Null if
  // there is none; lives as long as this.
  const OwnerReference* FindOwner(absl::string_view group,
                                  absl::string_view kind) const;

  friend bool operator==(const ObjectMeta&, const ObjectMeta&) = default;
};

// Annotations, which survive `clusterctl move`.
// A random UUID: the Owner's cluster_id or machine_id in the cloud (ADR 5).
inline constexpr absl::string_view kOwnerIdAnnotation = "evroc.com/owner-id";
// On an EvrocCluster: its owner id again, by the name that the official
// provider has for it. The identifier of the cluster's own cloud controller
// manager and CSI driver (evroc-api.md B.12).
inline constexpr absl::string_view kOwnershipIdAnnotation =
    "evroccluster.infrastructure.cluster.x-k8s.io/ownership-id";
// On an EvrocCluster: "true" deletes the CSI driver's disks with the cluster.
inline constexpr absl::string_view kDeleteCsiDisksAnnotation =
    "evroccluster.infrastructure.cluster.x-k8s.io/delete-csi-disks";
// On an EvrocCluster: "true" lets the Nodes' provider IDs become those of the
// machines (ADR 24). The official provider's too.
inline constexpr absl::string_view kExternalCloudProviderAnnotation =
    "infrastructure.cluster.x-k8s.io/external-cloud-provider";
// On an EvrocMachine: the UID of its virtual machine, where the provider ID
// does not have it, or has that of an earlier one.
inline constexpr absl::string_view kVmUidAnnotation = "evroc.com/vm-uid";
// On an EvrocMachine: the cluster_id of its cluster.
inline constexpr absl::string_view kClusterIdAnnotation =
    "evroc.com/cluster-id";
// On an EvrocMachine: its zone, which is picked once.
inline constexpr absl::string_view kZoneAnnotation = "evroc.com/zone";
// On an EvrocMachine: the entry of the cluster's subnets that its virtual
// machine was made in.
inline constexpr absl::string_view kSubnetAnnotation = "evroc.com/subnet";
// On an EvrocMachine: that it is of the control plane, whatever becomes of the
// labels that said so.
inline constexpr absl::string_view kControlPlaneAnnotation =
    "evroc.com/control-plane";
// On an EvrocMachine: the set of machines that it is spread with, which is
// determined once (ADR 22).
inline constexpr absl::string_view kSpreadGroupAnnotation =
    "evroc.com/spread-group";

// On both kinds: the prefix of its objects' names in the cloud, if it was taken
// over from the official provider.
inline constexpr absl::string_view kResourcePrefixAnnotation =
    "evroc.com/resource-prefix";
// On an EvrocMachine that was taken over with a public IP that its spec does
// not ask for: what the spec says instead (PublicIpSpecOf). As long as it says
// so, the machine keeps the address.
inline constexpr absl::string_view kKeptPublicIpAnnotation =
    "evroc.com/kept-public-ip";
// On an EvrocCluster: the ports that its load balancer had when it was taken
// over and that its spec has not had since, "80,9345".
inline constexpr absl::string_view kKeptPortsAnnotation =
    "evroc.com/kept-ports";
// On an EvrocCluster: "true" gives what was taken over back to the official
// provider.
inline constexpr absl::string_view kGiveBackAnnotation = "evroc.com/give-back";
// On an EvrocCluster: the cloud that it lives in (CloudRecord).
inline constexpr absl::string_view kCloudAnnotation = "evroc.com/cloud";
// On an EvrocCluster: the address of its endpoint's public IP, once it was the
// host of spec.controlPlaneEndpoint.
inline constexpr absl::string_view kEndpointAddressAnnotation =
    "evroc.com/endpoint-address";
// On an EvrocCluster: the PlaceName of the recorded cloud gives that cloud up.
inline constexpr absl::string_view kAbandonCloudAnnotation =
    "evroc.com/abandon-cloud";
// On an EvrocCluster: the name of the Secret that was last proven to lead to
// its cloud.
inline constexpr absl::string_view kCredentialSecretAnnotation =
    "evroc.com/credential-secret";
// On an EvrocMachine: its owner id again, by the name that the official
// provider has for it.
inline constexpr absl::string_view kMachineOwnershipIdAnnotation =
    "evrocmachine.infrastructure.cluster.x-k8s.io/ownership-id";
// Of the official provider, on an EvrocCluster.
inline constexpr absl::string_view kOfficialPrefixAnnotation =
    "evroccluster.infrastructure.cluster.x-k8s.io/resource-prefix";

// The owner id; that of the official provider where there is none of ours.
absl::string_view OwnerIdOf(const ObjectMeta& meta);

inline constexpr absl::string_view kClusterFinalizer =
    "evroccluster.infrastructure.cluster.x-k8s.io";
inline constexpr absl::string_view kMachineFinalizer =
    "evrocmachine.infrastructure.cluster.x-k8s.io";
// Of the official provider; that of its EvrocClusters is the same as ours.
inline constexpr absl::string_view kOfficialMachineFinalizer =
    "infrastructure.cluster.x-k8s.io/evrocmachine";
inline constexpr absl::string_view kSecretFinalizer =
    "infrastructure.cluster.x-k8s.io/evroc-credentials";

// On a credential Secret that is held: by it its changes are watched.
inline constexpr absl::string_view kSecretLabel =
    "infrastructure.cluster.x-k8s.io/evroc-credentials";

inline constexpr absl::string_view kCoreGroup = "cluster.x-k8s.io";
inline constexpr absl::string_view kInfrastructureGroup =
    "infrastructure.cluster.x-k8s.io";

// An object of texts.
Annotations DecodeAnnotations(JsonView object);
Json EncodeAnnotations(const Annotations& annotations);

// Decodes an object as the API server returns it; missing fields stay empty.
ObjectMeta DecodeMeta(JsonView object);

}  // namespace evroc::shim

#endif  // SHIM_CACHE_OBJECT_META_H_
