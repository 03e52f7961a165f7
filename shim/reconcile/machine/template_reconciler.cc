#include "shim/reconcile/machine/template_reconciler.h"

#include <optional>
#include <utility>

#include "common/status/status_macros.h"
#include "shim/reconcile/machine/machine_capacity.h"

namespace evroc::shim {
namespace {

constexpr absl::Duration kKeepCatalogue = absl::Hours(1);
constexpr size_t kMaxCatalogues = 256;

// The EvrocCluster of the Cluster in the template's owner references; null if
// there is none.
EvrocClusterPtr ClusterOf(const ObjectCache& cache,
                          const MachineTemplateObject& each) {
  const OwnerReference* owner = each.meta.FindOwner(kCoreGroup, "Cluster");
  if (owner == nullptr) return nullptr;
  return cache.EvrocClusterOf({each.meta.key.name_space, owner->name});
}

}  // namespace

TemplateReconciler::TemplateReconciler(ReconcileEnv& env, ClusterAccess& access)
    : env_(env),
      access_(access),
      writer_(env.kube, kEvrocMachineTemplateType, env.cache.templates,
              DecodeMachineTemplate) {}

absl::StatusOr<std::vector<compute::v1::ComputeProfile>>
TemplateReconciler::ProfilesOf(const CallContext& context,
                               const EvrocClusterObject& evroc_cluster,
                               const ClusterInfo& record,
                               const Bulkhead::Permit& permit) {
  const absl::Time now = env_.monotonic.Now();
  {
    const absl::MutexLock lock(&mutex_);
    const auto it = catalogues_.find(evroc_cluster.meta.key);
    if (it != catalogues_.end() && now < it->second.read + kKeepCatalogue) {
      return it->second.profiles;
    }
  }
  const Bulkhead::Call call = permit.BeginCall();
  EVROC_ASSIGN_OR_RETURN(
      std::vector<compute::v1::ComputeProfile> profiles,
      env_.compute.ListComputeProfiles(context, record.scope->proto()));
  const absl::MutexLock lock(&mutex_);
  if (catalogues_.size() >= kMaxCatalogues) catalogues_.clear();
  catalogues_[evroc_cluster.meta.key] = {profiles, now};
  return profiles;
}

ReconcileResult TemplateReconciler::Reconcile(const CallContext& context,
                                              const ReconcileRequest& request) {
  const MachineTemplatePtr each = env_.cache.templates.Find(request.key);
  if (each == nullptr) return Gone{};
  if (each->meta.deleting || each->meta.paused) return Done{};
  const EvrocClusterPtr evroc_cluster = ClusterOf(env_.cache, *each);
  if (evroc_cluster == nullptr) return Wait{"its Cluster"};
  const ClusterPtr cluster = env_.cache.OwnerOf(*evroc_cluster);
  if (cluster == nullptr || cluster->paused) return Wait{"its Cluster"};
  const std::optional<ClusterInfo> record =
      env_.cluster_infos.Find(evroc_cluster->meta.key);
  if (!record.has_value() || record->scope == nullptr) {
    return Wait{"the cluster's credentials"};
  }
  const std::optional<Bulkhead::Permit> permit =
      access_.EnterForTemplate(*evroc_cluster, request);
  if (!permit.has_value()) return ClusterAccess::Busy();
  EVROC_ASSIGN_OR_RETURN(
      const std::vector<compute::v1::ComputeProfile> profiles,
      ProfilesOf(context, *evroc_cluster, *record, *permit));
  return WriteCapacity(context, *each, profiles);
}

ReconcileResult TemplateReconciler::WriteCapacity(
    const CallContext& context, const MachineTemplateObject& each,
    const std::vector<compute::v1::ComputeProfile>& profiles) {
  for (const compute::v1::ComputeProfile& profile : profiles) {
    if (profile.name() != each.compute_profile) continue;
    std::optional<Json> difference = MergePatchBetween(
        each.status,
        Json::Object({{"capacity", CapacityOf(profile, each.root_disk_size_gb)},
                      {"nodeInfo", NodeInfoOf(profile)}}));
    if (!difference.has_value()) return Done{};
    Json patch = Json::Object();
    patch.Set("status", *std::move(difference));
    const absl::Status written =
        writer_.Patch(context, each, "status", std::move(patch)).status();
    env_.PublishRefusedWrite(kEvrocMachineTemplateType, each.meta, written);
    EVROC_RETURN_IF_ERROR(written);
    return Done{};
  }
  return Done{};
}

}  // namespace evroc::shim
