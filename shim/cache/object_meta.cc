#include "shim/cache/object_meta.h"

#include <algorithm>
#include <utility>

namespace evroc::shim {
namespace {

// The group of an apiVersion: "v1" has none.
absl::string_view GroupOf(absl::string_view api_version) {
  const size_t slash = api_version.find('/');
  return slash == absl::string_view::npos ? absl::string_view()
                                          : api_version.substr(0, slash);
}

std::vector<OwnerReference> DecodeOwners(JsonView owners) {
  std::vector<OwnerReference> decoded;
  decoded.reserve(owners.size());
  for (size_t i = 0; i < owners.size(); ++i) {
    decoded.push_back({.group = GroupOf(owners[i]["apiVersion"].String()),
                       .kind = owners[i]["kind"].String(),
                       .name = owners[i]["name"].String(),
                       .uid = owners[i]["uid"].String()});
  }
  return decoded;
}

}  // namespace

bool ObjectMeta::HasFinalizer(absl::string_view finalizer) const {
  return std::find(finalizers.begin(), finalizers.end(), finalizer) !=
         finalizers.end();
}

absl::string_view ObjectMeta::Annotation(absl::string_view name) const {
  const auto it = annotations.find(name);
  return it == annotations.end() ? absl::string_view()
                                 : absl::string_view(it->second);
}

const OwnerReference* ObjectMeta::FindOwner(absl::string_view group,
                                            absl::string_view kind) const {
  for (const OwnerReference& owner : owners) {
    if (owner.group == group && owner.kind == kind) return &owner;
  }
  return nullptr;
}

absl::string_view OwnerIdOf(const ObjectMeta& meta) {
  for (const absl::string_view name :
       {kOwnerIdAnnotation, kOwnershipIdAnnotation,
        kMachineOwnershipIdAnnotation}) {
    if (const absl::string_view id = meta.Annotation(name); !id.empty()) {
      return id;
    }
  }
  return "";
}

Annotations DecodeAnnotations(JsonView object) {
  Annotations annotations;
  object.ForEachMember([&](absl::string_view name, JsonView value) {
    annotations.emplace(name, value.String());
  });
  return annotations;
}

Json EncodeAnnotations(const Annotations& annotations) {
  Json object = Json::Object();
  for (const auto& [name, value] : annotations) object.Set(name, value);
  return object;
}

ObjectMeta DecodeMeta(JsonView object) {
  const JsonView metadata = object["metadata"];
  const JsonView labels = metadata["labels"];
  const JsonView annotations = metadata["annotations"];
  ObjectMeta meta;
  meta.key = {.name_space = metadata["namespace"].String(),
              .name = metadata["name"].String()};
  meta.uid = metadata["uid"].String();
  meta.resource_version = std::string(metadata["resourceVersion"].String());
  meta.created = metadata["creationTimestamp"].String();
  meta.generation = metadata["generation"].Integer();
  meta.deleting = metadata["deletionTimestamp"].is_string();
  meta.paused =
      annotations["cluster.x-k8s.io/paused"].exists() ||
      annotations["clusterctl.cluster.x-k8s.io/delete-for-move"].exists();
  meta.managed_by = annotations["cluster.x-k8s.io/managed-by"].exists();
  meta.finalizers.reserve(metadata["finalizers"].size());
  for (size_t i = 0; i < metadata["finalizers"].size(); ++i) {
    meta.finalizers.emplace_back(metadata["finalizers"][i].String());
  }
  meta.owners = DecodeOwners(metadata["ownerReferences"]);
  meta.cluster_name = labels["cluster.x-k8s.io/cluster-name"].String();
  meta.control_plane = labels["cluster.x-k8s.io/control-plane"].exists();
  for (const absl::string_view name : {kOwnerIdAnnotation,
                                       kOwnershipIdAnnotation,
                                       kDeleteCsiDisksAnnotation,
                                       kExternalCloudProviderAnnotation,
                                       kVmUidAnnotation,
                                       kClusterIdAnnotation,
                                       kZoneAnnotation,
                                       kSubnetAnnotation,
                                       kControlPlaneAnnotation,
                                       kSpreadGroupAnnotation,
                                       kResourcePrefixAnnotation,
                                       kKeptPublicIpAnnotation,
                                       kKeptPortsAnnotation,
                                       kGiveBackAnnotation,
                                       kCloudAnnotation,
                                       kAbandonCloudAnnotation,
                                       kEndpointAddressAnnotation,
                                       kCredentialSecretAnnotation,
                                       kMachineOwnershipIdAnnotation,
                                       kOfficialPrefixAnnotation}) {
    if (annotations[name].is_string()) {
      meta.annotations.emplace(name, annotations[name].String());
    }
  }
  return meta;
}

}  // namespace evroc::shim
