#include "shim/reconcile/object_cache.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shim/reconcile/identity/kept_annotations.h"
#include "shim/reconcile/identity/ownership.h"

namespace evroc::shim {
namespace {

std::string InNamespaceOf(const ObjectMeta& meta, absl::string_view name) {
  return name.empty() ? std::string()
                      : absl::StrCat(meta.key.name_space.str(), "/", name);
}

// The key of the owning Cluster as text, empty if there is none.
std::string OwnerCluster(const ObjectMeta& meta) {
  const OwnerReference* owner = meta.FindOwner(kCoreGroup, "Cluster");
  return owner == nullptr ? std::string() : InNamespaceOf(meta, owner->name);
}

template <typename T>
std::string IdOf(const T& object) {
  return std::string(KeptIdOf(object));
}

// Core rewrites references when it moves objects, so another uid is another
// object.
bool Refers(const OwnerReference& owner, const ObjectMeta& meta) {
  return owner.uid.empty() || meta.uid.empty() || owner.uid == meta.uid;
}

template <typename Pointer>
Pointer First(const std::vector<Pointer>& found) {
  return found.empty() ? nullptr : found.front();
}

}  // namespace

ObjectCache::ObjectCache()
    : clusters_by_owner_(evroc_clusters.AddIndex(
          [](const EvrocClusterObject& c) { return OwnerCluster(c.meta); })),
      clusters_by_id_(evroc_clusters.AddIndex(IdOf<EvrocClusterObject>)),
      clusters_by_uid_(evroc_clusters.AddIndex(
          [](const EvrocClusterObject& c) { return c.meta.uid.str(); })),
      clusters_by_secret_(
          evroc_clusters.AddIndex([](const EvrocClusterObject& c) {
            return InNamespaceOf(c.meta, c.spec.secret_name);
          })),
      clusters_by_proven_secret_(
          evroc_clusters.AddIndex([](const EvrocClusterObject& c) {
            return InNamespaceOf(
                c.meta, KeptAnnotation(c, kCredentialSecretAnnotation));
          })),
      clusters_by_config_map_(
          evroc_clusters.AddIndex([](const EvrocClusterObject& c) {
            return InNamespaceOf(c.meta, c.spec.cloud_config.config_map_name);
          })),
      machines_by_cluster_(
          evroc_machines.AddIndex([](const EvrocMachineObject& m) {
            return InNamespaceOf(m.meta, m.meta.cluster_name);
          })),
      machines_by_cluster_id_(
          evroc_machines.AddIndex([](const EvrocMachineObject& m) {
            return std::string(KeptAnnotation(m, kClusterIdAnnotation));
          })),
      machines_by_id_(evroc_machines.AddIndex(IdOf<EvrocMachineObject>)),
      templates_by_cluster_(
          templates.AddIndex([](const MachineTemplateObject& t) {
            return OwnerCluster(t.meta);
          })) {}

ClusterPtr ObjectCache::OwnerOf(const EvrocClusterObject& evroc_cluster) const {
  const OwnerReference* owner =
      evroc_cluster.meta.FindOwner(kCoreGroup, "Cluster");
  if (owner == nullptr) return nullptr;
  const ClusterPtr cluster =
      clusters.Find({evroc_cluster.meta.key.name_space, owner->name});
  return cluster != nullptr && Refers(*owner, cluster->meta) ? cluster
                                                             : nullptr;
}

MachinePtr ObjectCache::OwnerOf(const EvrocMachineObject& evroc_machine) const {
  const OwnerReference* owner =
      evroc_machine.meta.FindOwner(kCoreGroup, "Machine");
  if (owner == nullptr) return nullptr;
  const MachinePtr machine =
      machines.Find({evroc_machine.meta.key.name_space, owner->name});
  return machine != nullptr && Refers(*owner, machine->meta) ? machine
                                                             : nullptr;
}

bool ObjectCache::IsControlPlane(
    const EvrocMachineObject& evroc_machine) const {
  const ObjectMeta& meta = evroc_machine.meta;
  if (meta.control_plane || !meta.Annotation(kControlPlaneAnnotation).empty()) {
    return true;
  }
  const MachinePtr machine = OwnerOf(evroc_machine);
  return machine != nullptr && machine->meta.control_plane;
}

EvrocClusterPtr ObjectCache::EvrocClusterOf(const ObjectKey& cluster) const {
  const ClusterPtr named = clusters.Find(cluster);
  if (named != nullptr &&
      named->infrastructure_kind == kEvrocClusterType.kind) {
    EvrocClusterPtr evroc_cluster =
        evroc_clusters.Find({cluster.name_space, named->infrastructure_name});
    if (evroc_cluster != nullptr) return evroc_cluster;
  }
  return First(evroc_clusters.FindBy(clusters_by_owner_, ToString(cluster)));
}

std::vector<EvrocClusterPtr> ObjectCache::EvrocClustersOfId(
    const std::string& cluster_id) const {
  return evroc_clusters.FindBy(clusters_by_id_, cluster_id);
}

std::vector<EvrocMachinePtr> ObjectCache::EvrocMachinesOfId(
    const std::string& machine_id) const {
  return evroc_machines.FindBy(machines_by_id_, machine_id);
}

bool ObjectCache::MayHaveId(const EvrocClusterObject& evroc_cluster,
                            const std::string& cluster_id) const {
  if (cluster_id.empty()) return true;
  const std::string own = IdOf(evroc_cluster);
  if (!own.empty() && !IsExternallyManaged(evroc_cluster)) {
    return own == cluster_id;
  }
  // An external one has its UID as id, or that of before a move.
  if (evroc_cluster.meta.uid.str() == cluster_id) return true;
  const auto is_other = [&](const EvrocClusterPtr& each) {
    return each->meta.key != evroc_cluster.meta.key;
  };
  const auto with_id = EvrocClustersOfId(cluster_id);
  return evroc_clusters.FindBy(clusters_by_uid_, cluster_id).empty() &&
         std::none_of(with_id.begin(), with_id.end(), is_other);
}

Standing ObjectCache::StandingOf(
    const EvrocClusterObject& evroc_cluster) const {
  const std::string id = IdOf(evroc_cluster);
  return id.empty() ? Standing()
                    : StandingAmong(EvrocClustersOfId(id), evroc_cluster);
}

Standing ObjectCache::StandingOf(
    const EvrocMachineObject& evroc_machine) const {
  const std::string id = IdOf(evroc_machine);
  return id.empty() ? Standing()
                    : StandingAmong(EvrocMachinesOfId(id), evroc_machine);
}

std::vector<EvrocMachinePtr> ObjectCache::EvrocMachinesOf(
    const ObjectKey& cluster) const {
  return evroc_machines.FindBy(machines_by_cluster_, ToString(cluster));
}

std::vector<EvrocMachinePtr> ObjectCache::EvrocMachinesOf(
    const EvrocClusterObject& evroc_cluster) const {
  const ObjectMeta& meta = evroc_cluster.meta;
  const OwnerReference* owner = meta.FindOwner(kCoreGroup, "Cluster");
  std::vector<EvrocMachinePtr> found = EvrocMachinesOf(ObjectKey{
      meta.key.name_space, owner != nullptr ? owner->name : meta.cluster_name});
  const std::string id = IdOf(evroc_cluster);
  if (id.empty()) return found;
  for (const EvrocMachinePtr& machine :
       evroc_machines.FindBy(machines_by_cluster_id_, id)) {
    if (machine->meta.key.name_space != meta.key.name_space) continue;
    if (std::find(found.begin(), found.end(), machine) == found.end()) {
      found.push_back(machine);
    }
  }
  return found;
}

std::vector<EvrocClusterPtr> ObjectCache::EvrocClustersWithSecret(
    const ObjectKey& secret) const {
  std::vector<EvrocClusterPtr> found =
      evroc_clusters.FindBy(clusters_by_secret_, ToString(secret));
  for (EvrocClusterPtr& each :
       evroc_clusters.FindBy(clusters_by_proven_secret_, ToString(secret))) {
    if (each->spec.secret_name == secret.name.str()) continue;
    found.push_back(std::move(each));
  }
  return found;
}

std::vector<EvrocClusterPtr> ObjectCache::EvrocClustersWithConfigMap(
    const ObjectKey& config_map) const {
  return evroc_clusters.FindBy(clusters_by_config_map_, ToString(config_map));
}

std::vector<MachineTemplatePtr> ObjectCache::TemplatesOf(
    const ObjectKey& cluster) const {
  return templates.FindBy(templates_by_cluster_, ToString(cluster));
}

}  // namespace evroc::shim
