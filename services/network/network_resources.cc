#include "services/network/network_resources.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/status/status_macros.h"
#include "services/identity/owner_labels.h"
#include "services/network/desired.h"

namespace evroc::network {
namespace {

using cloud::Inventory;
using cloud::Known;

// Reads from the inventories, only from memory if there is no context.
class Gathering {
 public:
  Gathering(const CallContext* context, NetworkInventories& inventories,
            const std::string& cluster_id, const NetworkSpec* spec)
      : context_(context),
        inventories_(inventories),
        cluster_id_(cluster_id),
        spec_(spec) {}

  absl::StatusOr<NetworkResources> Run() {
    EVROC_RETURN_IF_ERROR(
        GatherOwned(inventories_.security_groups, resources_.groups));
    if (inventories_.has_load_balancers) {
      EVROC_RETURN_IF_ERROR(
          GatherOwned(inventories_.load_balancers, resources_.balancers));
      EVROC_RETURN_IF_ERROR(
          GatherOwned(inventories_.backend_pools, resources_.pools));
      EVROC_RETURN_IF_ERROR(
          GatherOwned(inventories_.backend_services, resources_.services));
      EVROC_RETURN_IF_ERROR(
          GatherOwned(inventories_.l4_routes, resources_.routes));
    }
    EVROC_RETURN_IF_ERROR(GatherVpc());
    EVROC_RETURN_IF_ERROR(GatherSubnets());
    EVROC_RETURN_IF_ERROR(GatherAddress());
    return std::move(resources_);
  }

 private:
  // The objects of the cluster itself, not of its machines.
  template <typename T>
  absl::Status GatherOwned(Inventory<T>& inventory,
                           std::vector<Known<T>>& out) {
    const cloud::OwnerKey cluster = {cluster_id_, ""};
    if (context_ == nullptr) {
      out = inventory.CachedByOwner(cluster);
    } else {
      EVROC_ASSIGN_OR_RETURN(out, inventory.ListByOwner(*context_, cluster));
    }
    resources_.owns_nothing = resources_.owns_nothing && out.empty();
    return absl::OkStatus();
  }

  template <typename T>
  absl::StatusOr<std::optional<Known<T>>> One(Inventory<T>& inventory,
                                              const Id<T>& id) {
    if (id.empty()) return std::optional<Known<T>>();
    if (context_ == nullptr) return inventory.Cached(id);
    EVROC_ASSIGN_OR_RETURN(std::optional<Known<T>> found,
                           inventory.Get(*context_, id));
    return found;
  }

  template <typename T>
  void NoteOwner(const Known<T>& known) {
    if (cloud::BelongsTo(known.object.metadata.labels, {cluster_id_, ""})) {
      resources_.owns_nothing = false;
    }
  }

  absl::Status GatherVpc() {
    Id<cloud::Vpc> id;
    if (spec_ != nullptr) {
      id = spec_->vpc.id;
    } else {
      std::vector<Known<cloud::Vpc>> own;
      EVROC_RETURN_IF_ERROR(GatherOwned(inventories_.vpcs, own));
      if (!own.empty()) {
        id = own[0].object.metadata.id;
      } else if (!resources_.groups.empty()) {
        id = resources_.groups[0].object.vpc;
      }
    }
    EVROC_ASSIGN_OR_RETURN(resources_.vpc, One(inventories_.vpcs, id));
    if (resources_.vpc.has_value()) NoteOwner(*resources_.vpc);
    return absl::OkStatus();
  }

  // Without a spec: the cluster's own subnets, and those that its balancer
  // reaches.
  absl::StatusOr<std::vector<Id<cloud::Subnet>>> SubnetIds() {
    std::vector<Id<cloud::Subnet>> ids;
    if (spec_ != nullptr) {
      for (const NetworkSpec::Subnet& subnet : spec_->subnets) {
        ids.push_back(subnet.id);
      }
      return ids;
    }
    std::set<Id<cloud::Subnet>> found;
    std::vector<Known<cloud::Subnet>> own;
    EVROC_RETURN_IF_ERROR(GatherOwned(inventories_.subnets, own));
    for (const auto& subnet : own) found.insert(subnet.object.metadata.id);
    for (const auto& balancer : resources_.balancers) {
      if (!balancer.object.backend_network.has_value()) {
        if (!resources_.vpc.has_value()) continue;
        const auto all = DefaultSubnetIds(resources_.vpc->object.metadata.id);
        found.insert(all.begin(), all.end());
        continue;
      }
      for (const auto& each : balancer.object.backend_network->subnets) {
        found.insert(each.subnet);
      }
    }
    ids.assign(found.begin(), found.end());
    return ids;
  }

  // Whether the network does without it, since it is in another VPC.
  bool IsLeftOut(const cloud::Subnet& subnet) const {
    if (spec_ == nullptr || subnet.vpc == spec_->vpc.id) return false;
    return std::any_of(spec_->subnets.begin(), spec_->subnets.end(),
                       [&](const NetworkSpec::Subnet& each) {
                         return each.optional && each.id == subnet.metadata.id;
                       });
  }

  absl::Status GatherSubnets() {
    EVROC_ASSIGN_OR_RETURN(const std::vector<Id<cloud::Subnet>> ids,
                           SubnetIds());
    for (const Id<cloud::Subnet>& id : ids) {
      EVROC_ASSIGN_OR_RETURN(std::optional<Known<cloud::Subnet>> subnet,
                             One(inventories_.subnets, id));
      if (!subnet.has_value() || IsLeftOut(subnet->object)) continue;
      NoteOwner(*subnet);
      resources_.subnets.push_back(*std::move(subnet));
    }
    return absl::OkStatus();
  }

  absl::Status GatherAddress() {
    Id<cloud::PublicIp> id;
    if (spec_ != nullptr) {
      id = AddressId(*spec_);
    } else if (!resources_.balancers.empty()) {
      id = resources_.balancers[0].object.public_ip;
    } else {
      std::vector<Known<cloud::PublicIp>> own;
      EVROC_RETURN_IF_ERROR(GatherOwned(inventories_.public_ips, own));
      if (!own.empty()) id = own[0].object.metadata.id;
    }
    EVROC_ASSIGN_OR_RETURN(resources_.address,
                           One(inventories_.public_ips, id));
    if (resources_.address.has_value()) NoteOwner(*resources_.address);
    return absl::OkStatus();
  }

  const CallContext* const context_;
  NetworkInventories& inventories_;
  const std::string& cluster_id_;
  const NetworkSpec* const spec_;
  NetworkResources resources_;
};

}  // namespace

const Known<cloud::SecurityGroup>* FindRole(const NetworkResources& resources,
                                            absl::string_view role) {
  for (const auto& group : resources.groups) {
    if (cloud::LabelOf(group.object.metadata.labels, cloud::kRoleLabel) ==
        role) {
      return &group;
    }
  }
  return nullptr;
}

absl::StatusOr<NetworkResources> GatherResources(
    const CallContext& context, NetworkInventories& inventories,
    const std::string& cluster_id, const NetworkSpec* spec) {
  return Gathering(&context, inventories, cluster_id, spec).Run();
}

// Reading memory can't fail.
NetworkResources CachedResources(NetworkInventories& inventories,
                                 const std::string& cluster_id,
                                 const NetworkSpec* spec) {
  return *Gathering(nullptr, inventories, cluster_id, spec).Run();
}

}  // namespace evroc::network
