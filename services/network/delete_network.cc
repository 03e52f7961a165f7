#include "services/network/delete_network.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/status/status_macros.h"
#include "services/identity/owner_labels.h"
#include "services/inventory/workload_objects.h"

namespace evroc::network {
namespace {

using cloud::Inventory;
using cloud::Known;
using cloud::Remaining;

constexpr char kWaitsForOthers[] = "waits for what was made in the cluster";

class Deleting {
 public:
  Deleting(const CallContext& context, NetworkInventories& inventories,
           const std::string& cluster_id, bool others_remain)
      : context_(context),
        inventories_(inventories),
        cluster_id_(cluster_id),
        others_remain_(others_remain) {}

  absl::StatusOr<std::vector<Remaining>> Run() {
    EVROC_RETURN_IF_ERROR(DeleteEndpoint());
    EVROC_RETURN_IF_ERROR(DeleteAll(inventories_.security_groups));
    // Subnets are used by balancers and the machines.
    if (others_remain_) {
      EVROC_RETURN_IF_ERROR(KeepAll(inventories_.subnets, kWaitsForOthers));
      EVROC_RETURN_IF_ERROR(KeepAll(inventories_.vpcs, kWaitsForOthers));
      return std::move(remaining_);
    }
    if (balancer_gone_) {
      EVROC_RETURN_IF_ERROR(HandOverSubnets());
      EVROC_RETURN_IF_ERROR(DeleteAll(inventories_.subnets));
    } else {
      EVROC_RETURN_IF_ERROR(
          KeepAll(inventories_.subnets, "waits for the load balancer"));
    }
    EVROC_RETURN_IF_ERROR(HandOverVpcs());
    if (remaining_.empty()) {
      EVROC_RETURN_IF_ERROR(DeleteAll(inventories_.vpcs));
    } else {
      EVROC_RETURN_IF_ERROR(
          KeepAll(inventories_.vpcs, "waits for what is in it"));
    }
    return std::move(remaining_);
  }

 private:
  template <typename T>
  absl::Status DeleteAll(Inventory<T>& inventory) {
    EVROC_ASSIGN_OR_RETURN(const std::vector<Known<T>> all,
                           inventory.ListByCluster(context_, cluster_id_));
    for (const Known<T>& each : all) {
      EVROC_ASSIGN_OR_RETURN(std::optional<Remaining> remaining,
                             RemoveObject(context_, inventory, each));
      if (remaining.has_value()) remaining_.push_back(*std::move(remaining));
    }
    return absl::OkStatus();
  }

  template <typename T>
  absl::Status KeepAll(Inventory<T>& inventory, const std::string& reason) {
    EVROC_ASSIGN_OR_RETURN(const std::vector<Known<T>> all,
                           inventory.ListByCluster(context_, cluster_id_));
    for (const Known<T>& each : all) {
      remaining_.push_back({std::string(cloud::kKindInfo<T>.kind),
                            each.object.metadata.id.value(), reason});
    }
    return absl::OkStatus();
  }

  // Balancer, routes, services, pools: each refers to the next, so each stage
  // waits for the one before it.
  absl::Status DeleteEndpoint() {
    if (inventories_.has_load_balancers) {
      EVROC_RETURN_IF_ERROR(DeleteAll(inventories_.load_balancers));
      balancer_gone_ = remaining_.empty();
      EVROC_RETURN_IF_ERROR(Stage(inventories_.l4_routes));
      EVROC_RETURN_IF_ERROR(Stage(inventories_.backend_services));
      EVROC_RETURN_IF_ERROR(Stage(inventories_.backend_pools));
    }
    if (balancer_gone_) return DeleteAll(inventories_.public_ips);
    return KeepAll(inventories_.public_ips, "waits for the load balancer");
  }

  template <typename T>
  absl::Status Stage(Inventory<T>& inventory) {
    if (remaining_.empty()) return DeleteAll(inventory);
    return KeepAll(inventory, "waits for what refers to it");
  }

  // --- Shared VPCs and subnets.

  std::optional<cloud::Owner> AnotherOwner(const cloud::Labels& labels) const {
    std::optional<cloud::Owner> owner = cloud::OwnerOf(labels);
    if (owner.has_value() && owner->cluster_id == cluster_id_) return {};
    return owner;
  }

  // Hands the object over to `heir`, or releases it.
  template <typename T>
  absl::Status HandOver(Inventory<T>& inventory, const Known<T>& known,
                        const std::optional<cloud::Owner>& heir) {
    return inventory
        .Modify(context_, known.object,
                [&](T& object) {
                  cloud::Labels labels =
                      cloud::WithoutOurs(object.metadata.labels);
                  if (heir.has_value()) {
                    labels.merge(cloud::OwnerLabels(
                        {heir->cluster_id, heir->cluster_name, "", ""}));
                  }
                  object.metadata.labels = std::move(labels);
                })
        .status();
  }

  absl::Status HandOverSubnets() {
    if (!inventories_.has_load_balancers) return absl::OkStatus();
    EVROC_ASSIGN_OR_RETURN(
        const auto subnets,
        inventories_.subnets.ListByCluster(context_, cluster_id_));
    if (subnets.empty()) return absl::OkStatus();
    EVROC_ASSIGN_OR_RETURN(const auto balancers,
                           inventories_.load_balancers.ListAll(context_));
    for (const auto& subnet : subnets) {
      for (const auto& balancer : balancers) {
        const auto& network = balancer.object.backend_network;
        const auto heir = AnotherOwner(balancer.object.metadata.labels);
        const bool uses =
            network.has_value() && heir.has_value() &&
            std::any_of(network->subnets.begin(), network->subnets.end(),
                        [&](const auto& each) {
                          return each.subnet == subnet.object.metadata.id;
                        });
        if (!uses) continue;
        EVROC_RETURN_IF_ERROR(HandOver(inventories_.subnets, subnet, heir));
        break;
      }
    }
    return absl::OkStatus();
  }

  absl::Status HandOverVpcs() {
    EVROC_ASSIGN_OR_RETURN(const auto vpcs, inventories_.vpcs.ListByCluster(
                                                context_, cluster_id_));
    for (const auto& vpc : vpcs) {
      if (vpc.deleting) continue;
      EVROC_RETURN_IF_ERROR(HandOverVpc(vpc));
    }
    return absl::OkStatus();
  }

  absl::Status HandOverVpc(const Known<cloud::Vpc>& vpc) {
    bool others_inside = false;
    std::optional<cloud::Owner> heir;
    const auto look = [&](const auto& all) {
      for (const auto& each : all) {
        const cloud::Labels& labels = each.object.metadata.labels;
        if (each.object.vpc != vpc.object.metadata.id || each.deleting ||
            cloud::BelongsToCluster(labels, cluster_id_)) {
          continue;
        }
        others_inside = true;
        if (!heir.has_value()) heir = AnotherOwner(labels);
      }
    };
    EVROC_ASSIGN_OR_RETURN(const auto subnets,
                           inventories_.subnets.ListAll(context_));
    look(subnets);
    EVROC_ASSIGN_OR_RETURN(const auto groups,
                           inventories_.security_groups.ListAll(context_));
    look(groups);
    if (!others_inside) return absl::OkStatus();
    return HandOver(inventories_.vpcs, vpc, heir);
  }

  const CallContext& context_;
  NetworkInventories& inventories_;
  const std::string& cluster_id_;
  const bool others_remain_;
  bool balancer_gone_ = true;
  std::vector<Remaining> remaining_;
};

// Calls `read` with each inventory until one fails.
template <typename Read>
absl::Status ForEach(NetworkInventories& inventories, const Read& read) {
  absl::Status status;
  inventories.ForEach([&](auto& inventory) {
    if (status.ok()) status = read(inventory);
  });
  return status;
}

}  // namespace

// Memory may lag behind the cloud, so "nothing" is confirmed by the cloud.
absl::StatusOr<std::vector<Remaining>> DeleteNetwork(
    const CallContext& context, NetworkInventories& inventories,
    const std::string& cluster_id, bool others_remain) {
  EVROC_RETURN_IF_ERROR(ForEach(inventories, [&](auto& inventory) {
    return inventory.RefreshIfStale(context, cluster_id);
  }));
  EVROC_ASSIGN_OR_RETURN(
      std::vector<Remaining> remaining,
      Deleting(context, inventories, cluster_id, others_remain).Run());
  if (!remaining.empty() || others_remain) return remaining;
  EVROC_RETURN_IF_ERROR(ForEach(inventories, [&](auto& inventory) {
    return inventory.Refresh(context, cluster_id);
  }));
  return Deleting(context, inventories, cluster_id, others_remain).Run();
}

// All at once: what another one refers to is refused, or lingers, and the next
// call finds it.
absl::StatusOr<std::vector<Remaining>> DeleteWorkloadObjects(
    const CallContext& context, cloud::NetworkApi& api,
    const std::string& identifier) {
  std::vector<Remaining> remaining;
  const auto remove = [&](auto& collection) {
    return cloud::RemoveWorkloadObjects(context, collection, identifier,
                                        remaining);
  };
  if (api.capabilities().load_balancers) {
    EVROC_RETURN_IF_ERROR(remove(api.load_balancers()));
    EVROC_RETURN_IF_ERROR(remove(api.l4_routes()));
    EVROC_RETURN_IF_ERROR(remove(api.backend_services()));
    EVROC_RETURN_IF_ERROR(remove(api.backend_pools()));
  }
  EVROC_RETURN_IF_ERROR(remove(api.public_ips()));
  return remaining;
}

}  // namespace evroc::network
