#include "services/network/network_parts.h"

#include <set>
#include <utility>

#include "common/status/status_macros.h"
#include "services/identity/owner_labels.h"
#include "services/network/desired.h"

namespace evroc::network {
namespace {

using cloud::Inventory;
using cloud::Known;

// Reads from the inventories, from memory alone if there is no context.
class Gathering {
 public:
  Gathering(const CallContext* context, NetworkInventories& inventories,
            const std::string& cluster_id, const NetworkWish* wish)
      : context_(context),
        inventories_(inventories),
        cluster_id_(cluster_id),
        wish_(wish) {}

  absl::StatusOr<NetworkParts> Run() {
    EVROC_RETURN_IF_ERROR(Owned(inventories_.security_groups, parts_.groups));
    if (inventories_.has_load_balancers) {
      EVROC_RETURN_IF_ERROR(
          Owned(inventories_.load_balancers, parts_.balancers));
      EVROC_RETURN_IF_ERROR(Owned(inventories_.backend_pools, parts_.pools));
      EVROC_RETURN_IF_ERROR(
          Owned(inventories_.backend_services, parts_.services));
      EVROC_RETURN_IF_ERROR(Owned(inventories_.l4_routes, parts_.routes));
    }
    EVROC_RETURN_IF_ERROR(GatherVpc());
    EVROC_RETURN_IF_ERROR(GatherSubnets());
    EVROC_RETURN_IF_ERROR(GatherAddress());
    return std::move(parts_);
  }

 private:
  // The cluster's own objects, not its machines'.
  template <typename T>
  absl::Status Owned(Inventory<T>& inventory, std::vector<Known<T>>& out) {
    if (context_ == nullptr) {
      out = inventory.RememberedByOwner({cluster_id_, ""});
    } else {
      EVROC_ASSIGN_OR_RETURN(out,
                             inventory.FindByCluster(*context_, cluster_id_));
      std::erase_if(out, [&](const Known<T>& each) {
        return !cloud::BelongsTo(each.object.metadata.labels,
                                 {cluster_id_, ""});
      });
    }
    parts_.owns_nothing = parts_.owns_nothing && out.empty();
    return absl::OkStatus();
  }

  template <typename T>
  absl::StatusOr<std::optional<Known<T>>> One(Inventory<T>& inventory,
                                              const Id<T>& id) {
    if (id.empty()) return std::optional<Known<T>>();
    if (context_ == nullptr) return inventory.Remembered(id);
    EVROC_ASSIGN_OR_RETURN(std::optional<Known<T>> found,
                           inventory.Find(*context_, id));
    return found;
  }

  template <typename T>
  void NoteOwner(const Known<T>& known) {
    if (cloud::BelongsTo(known.object.metadata.labels, {cluster_id_, ""})) {
      parts_.owns_nothing = false;
    }
  }

  absl::Status GatherVpc() {
    Id<cloud::Vpc> id;
    if (wish_ != nullptr) {
      id = wish_->vpc.id;
    } else {
      std::vector<Known<cloud::Vpc>> own;
      EVROC_RETURN_IF_ERROR(Owned(inventories_.vpcs, own));
      if (!own.empty()) {
        id = own[0].object.metadata.id;
      } else if (!parts_.groups.empty()) {
        id = parts_.groups[0].object.vpc;
      }
    }
    EVROC_ASSIGN_OR_RETURN(parts_.vpc, One(inventories_.vpcs, id));
    if (parts_.vpc.has_value()) NoteOwner(*parts_.vpc);
    return absl::OkStatus();
  }

  // Without a wish: the cluster's own, and those that its balancer reaches.
  absl::StatusOr<std::vector<Id<cloud::Subnet>>> SubnetIds() {
    std::vector<Id<cloud::Subnet>> ids;
    if (wish_ != nullptr) {
      for (const SubnetWish& subnet : wish_->subnets) ids.push_back(subnet.id);
      return ids;
    }
    std::set<Id<cloud::Subnet>> found;
    std::vector<Known<cloud::Subnet>> own;
    EVROC_RETURN_IF_ERROR(Owned(inventories_.subnets, own));
    for (const auto& subnet : own) found.insert(subnet.object.metadata.id);
    for (const auto& balancer : parts_.balancers) {
      if (!balancer.object.backend_network.has_value()) continue;
      for (const auto& each : balancer.object.backend_network->subnets) {
        found.insert(each.subnet);
      }
    }
    ids.assign(found.begin(), found.end());
    return ids;
  }

  absl::Status GatherSubnets() {
    EVROC_ASSIGN_OR_RETURN(const std::vector<Id<cloud::Subnet>> ids,
                           SubnetIds());
    for (const Id<cloud::Subnet>& id : ids) {
      EVROC_ASSIGN_OR_RETURN(std::optional<Known<cloud::Subnet>> subnet,
                             One(inventories_.subnets, id));
      if (!subnet.has_value()) continue;
      NoteOwner(*subnet);
      parts_.subnets.push_back(*std::move(subnet));
    }
    return absl::OkStatus();
  }

  absl::Status GatherAddress() {
    Id<cloud::PublicIp> id;
    if (wish_ != nullptr) {
      id = AddressId(*wish_);
    } else if (!parts_.balancers.empty()) {
      id = parts_.balancers[0].object.public_ip;
    } else {
      std::vector<Known<cloud::PublicIp>> own;
      EVROC_RETURN_IF_ERROR(Owned(inventories_.public_ips, own));
      if (!own.empty()) id = own[0].object.metadata.id;
    }
    EVROC_ASSIGN_OR_RETURN(parts_.address, One(inventories_.public_ips, id));
    if (parts_.address.has_value()) NoteOwner(*parts_.address);
    return absl::OkStatus();
  }

  const CallContext* const context_;
  NetworkInventories& inventories_;
  const std::string& cluster_id_;
  const NetworkWish* const wish_;
  NetworkParts parts_;
};

}  // namespace

std::string LabelOf(const cloud::Labels& labels, const char* key) {
  const auto label = labels.find(key);
  return label == labels.end() ? std::string() : label->second.str();
}

const Known<cloud::SecurityGroup>* FindRole(const NetworkParts& parts,
                                            absl::string_view role) {
  for (const auto& group : parts.groups) {
    if (LabelOf(group.object.metadata.labels, cloud::kRoleLabel) == role) {
      return &group;
    }
  }
  return nullptr;
}

absl::StatusOr<NetworkParts> GatherParts(const CallContext& context,
                                         NetworkInventories& inventories,
                                         const std::string& cluster_id,
                                         const NetworkWish* wish) {
  return Gathering(&context, inventories, cluster_id, wish).Run();
}

// Memory can't fail.
NetworkParts RememberParts(NetworkInventories& inventories,
                           const std::string& cluster_id,
                           const NetworkWish* wish) {
  return *Gathering(nullptr, inventories, cluster_id, wish).Run();
}

}  // namespace evroc::network
