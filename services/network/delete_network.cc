#include "services/network/delete_network.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/status_macros.h"
#include "services/evroc/api/existence.h"
#include "services/evroc/api/kinds.h"
#include "services/identity/owner_labels.h"
#include "services/inventory/workload_objects.h"
#include "services/network/spec/part_names.h"

namespace evroc::network {
namespace {

using cloud::Inventory;
using cloud::Known;
using cloud::Remaining;
using cloud::Sweep;

constexpr char kWaitsForOthers[] = "waits for what was made in the cluster";
constexpr char kNotShown[] =
    "the API that this credential is for does not show load balancers: use one "
    "for the REST API";

// Its own users are gone when an object is deleted, so these are others.
absl::StatusOr<std::string> UserOf(const cloud::PublicIp& address) {
  const std::string& user = address.status.used_by;
  return user.empty() ? user : absl::StrCat(user, ": release it there");
}

absl::StatusOr<std::string> MachinesIn(const cloud::SecurityGroup& group) {
  return absl::StrJoin(
      group.status.members, ", ",
      [](std::string* out, const cloud::Id<cloud::VirtualMachine>& machine) {
        absl::StrAppend(out, cloud::DescribeId(machine));
      });
}

// --- Shared VPCs and subnets.

template <typename T>
absl::Status GiveTo(const CallContext& context, cloud::Inventory<T>& inventory,
                    const Known<T>& known, const cloud::Owner& heir) {
  return inventory
      .Modify(context, known.object,
              [&](T& object) {
                cloud::Labels labels =
                    cloud::WithoutOurs(object.metadata.labels);
                labels.merge(cloud::OwnerLabels(
                    {heir.cluster_id, heir.cluster_name, "", ""}));
                object.metadata.labels = std::move(labels);
              })
      .status();
}

bool IsIn(const cloud::LoadBalancer& balancer,
          const cloud::Id<cloud::Subnet>& subnet) {
  const auto& network = balancer.backend_network;
  return network.has_value() &&
         std::any_of(network->subnets.begin(), network->subnets.end(),
                     [&](const auto& each) { return each.subnet == subnet; });
}

// Who keeps an object: nobody, another cluster, or somebody without owner.
struct Claim {
  std::optional<cloud::Owner> heir;  // another cluster that uses it
  // Something else that uses it, for people; empty: nothing.
  std::string user;
};

// Hands over what another cluster uses of a cluster's VPCs and subnets, and
// finds what somebody else uses of them (ADR 8).
class SharedNetwork {
 public:
  // All must outlive this.
  SharedNetwork(const CallContext& context, NetworkInventories& inventories,
                cloud::Collection<cloud::VirtualMachine>& machines,
                const std::string& cluster_id)
      : context_(context),
        inventories_(inventories),
        machines_(machines),
        cluster_id_(cluster_id) {}

  // Who uses the object. The first call lists machines and load balancers, also
  // those of others. Errors of List.
  absl::StatusOr<Claim> ClaimOn(const cloud::Known<cloud::Subnet>& subnet);
  absl::StatusOr<Claim> ClaimOn(const cloud::Known<cloud::Vpc>& vpc);

  // Gives the object to the other cluster, by its labels.
  absl::Status HandOver(const cloud::Known<cloud::Subnet>& subnet,
                        const cloud::Owner& heir);
  absl::Status HandOver(const cloud::Known<cloud::Vpc>& vpc,
                        const cloud::Owner& heir);

 private:
  absl::Status ListUsers();
  template <typename T>
  void Look(const T& object, Claim& claim) const;

  const CallContext& context_;
  NetworkInventories& inventories_;
  cloud::Collection<cloud::VirtualMachine>& machines_;
  const std::string& cluster_id_;
  bool listed_ = false;
  std::vector<cloud::VirtualMachine> all_machines_;
  std::vector<cloud::LoadBalancer> all_balancers_;
};

// Without the right to see machines, or in a cloud that does not say where they
// are, the cloud alone keeps a subnet that they use.
absl::Status SharedNetwork::ListUsers() {
  if (listed_) return absl::OkStatus();
  auto machines = machines_.List(context_, "");
  if (machines.ok()) {
    all_machines_ = std::move(machines->items);
  } else if (!cloud::IsWithheld(machines.status())) {
    return machines.status();
  }
  if (inventories_.has_load_balancers) {
    EVROC_ASSIGN_OR_RETURN(all_balancers_,
                           inventories_.load_balancers.ListEveryones(context_));
  }
  listed_ = true;
  return absl::OkStatus();
}

template <typename T>
void SharedNetwork::Look(const T& object, Claim& claim) const {
  const cloud::Labels& labels = object.metadata.labels;
  std::optional<cloud::Owner> owner = cloud::OwnerOf(labels);
  if (owner.has_value() && owner->cluster_id != cluster_id_) {
    if (!claim.heir.has_value()) claim.heir = std::move(owner);
  } else if (claim.user.empty()) {
    claim.user = absl::StrCat(cloud::DescribeId(object.metadata.id), " of ",
                              cloud::DescribeOwner(labels));
  }
}

absl::StatusOr<Claim> SharedNetwork::ClaimOn(
    const Known<cloud::Subnet>& subnet) {
  EVROC_RETURN_IF_ERROR(ListUsers());
  const cloud::Id<cloud::Subnet>& id = subnet.object.metadata.id;
  Claim claim;
  for (const auto& machine : all_machines_) {
    if (machine.subnet == id) Look(machine, claim);
  }
  for (const auto& balancer : all_balancers_) {
    if (IsIn(balancer, id)) Look(balancer, claim);
  }
  return claim;
}

absl::StatusOr<Claim> SharedNetwork::ClaimOn(const Known<cloud::Vpc>& vpc) {
  Claim claim;
  const auto look = [&](const auto& all) {
    for (const auto& each : all) {
      const bool is_other =
          each.vpc == vpc.object.metadata.id &&
          !cloud::BelongsToCluster(each.metadata.labels, cluster_id_);
      if (is_other) Look(each, claim);
    }
  };
  EVROC_ASSIGN_OR_RETURN(const auto subnets,
                         inventories_.subnets.ListEveryones(context_));
  look(subnets);
  EVROC_ASSIGN_OR_RETURN(const auto groups,
                         inventories_.security_groups.ListEveryones(context_));
  look(groups);
  return claim;
}

absl::Status SharedNetwork::HandOver(const Known<cloud::Subnet>& subnet,
                                     const cloud::Owner& heir) {
  return GiveTo(context_, inventories_.subnets, subnet, heir);
}

absl::Status SharedNetwork::HandOver(const Known<cloud::Vpc>& vpc,
                                     const cloud::Owner& heir) {
  return GiveTo(context_, inventories_.vpcs, vpc, heir);
}

// One step of the deletion of a cluster's network.
class Deleting {
 public:
  Deleting(const CallContext& context, NetworkInventories& inventories,
           cloud::Collection<cloud::VirtualMachine>& machines,
           const NetworkDeletion& deletion)
      : context_(context),
        inventories_(inventories),
        deletion_(deletion),
        cluster_id_(deletion.owner.cluster_id),
        shared_(context, inventories, machines, cluster_id_),
        sweep_(context) {}

  // `always`: asks the cloud also if memory seems to be up to date.
  absl::StatusOr<std::vector<Remaining>> Run(bool always) {
    inventories_.ForEach([&](auto& inventory) {
      const cloud::OwnerKey owner = {cluster_id_, ""};
      sweep_.Note(always ? inventory.Refresh(context_, owner)
                         : inventory.RefreshIfStale(context_, owner));
    });
    DeleteEndpoint();
    sweep_.RemoveAll<cloud::SecurityGroup>(inventories_.security_groups,
                                           Owned(inventories_.security_groups),
                                           MachinesIn);
    // Subnets are used by balancers and the machines.
    if (deletion_.others_remain) {
      sweep_.Keep(Owned(inventories_.subnets), kWaitsForOthers);
      sweep_.Keep(Owned(inventories_.vpcs), kWaitsForOthers);
      return sweep_.Finish();
    }
    if (balancer_gone_) {
      DeleteShared(inventories_.subnets);
    } else {
      sweep_.Keep(Owned(inventories_.subnets), "waits for the load balancer");
    }
    if (sweep_.IsClear()) {
      DeleteShared(inventories_.vpcs);
    } else {
      sweep_.Keep(Owned(inventories_.vpcs), "waits for what is in it");
    }
    return sweep_.Finish();
  }

 private:
  template <typename T>
  std::vector<Known<T>> Owned(const Inventory<T>& inventory) const {
    return inventory.CachedByCluster(cluster_id_);
  }

  // Balancer, routes, services, pools: each refers to the next, so each stage
  // waits for the one before it.
  void DeleteEndpoint() {
    if (inventories_.has_load_balancers) {
      sweep_.RemoveAll(inventories_.load_balancers,
                       Owned(inventories_.load_balancers));
      balancer_gone_ = sweep_.IsClear();
      Stage(inventories_.l4_routes);
      Stage(inventories_.backend_services);
      Stage(inventories_.backend_pools);
    } else if (!deletion_.balancer.empty()) {
      sweep_.Add(RemainingOf(deletion_.balancer, kNotShown));
      balancer_gone_ = false;
    }
    if (balancer_gone_) {
      sweep_.RemoveAll<cloud::PublicIp>(inventories_.public_ips,
                                        Owned(inventories_.public_ips), UserOf);
    } else {
      sweep_.Keep(Owned(inventories_.public_ips),
                  "waits for the load balancer");
    }
  }

  template <typename T>
  void Stage(Inventory<T>& inventory) {
    if (sweep_.IsClear()) {
      sweep_.RemoveAll(inventory, Owned(inventory));
    } else {
      sweep_.Keep(Owned(inventory), "waits for what refers to it");
    }
  }

  // --- Shared VPCs and subnets.

  template <typename T>
  void DeleteShared(Inventory<T>& inventory) {
    for (const Known<T>& each : Owned(inventory)) {
      if (inventory.WasJustDeleted(each.object.metadata.id)) {
        sweep_.Remove(inventory, each);
        continue;
      }
      const absl::StatusOr<Claim> claim = shared_.ClaimOn(each);
      sweep_.Note(claim.status());
      if (!claim.ok()) continue;
      if (claim->heir.has_value()) {
        sweep_.Note(shared_.HandOver(each, *claim->heir));
      } else if (!claim->user.empty()) {
        sweep_.Add(
            RemainingOf(each.object.metadata.id,
                        absl::StrCat("in use by ", claim->user,
                                     ": delete that, or take ", "the labels ",
                                     cloud::DescribeLabels({cluster_id_, ""}),
                                     " off this one to leave it")));
      } else {
        sweep_.Remove(inventory, each);
      }
    }
  }

  const CallContext& context_;
  NetworkInventories& inventories_;
  const NetworkDeletion& deletion_;
  const std::string cluster_id_;
  SharedNetwork shared_;
  Sweep sweep_;
  bool balancer_gone_ = true;
};

// Asks for what has a name that the cluster's name and ids give.
void RemoveNamed(NetworkInventories& inventories, const cloud::Owner& owner,
                 Sweep& sweep) {
  const cloud::OwnerKey key = cloud::KeyOf(owner);
  const EndpointIds endpoint = EndpointIdsOf(owner);
  if (inventories.has_load_balancers) {
    sweep.RemoveNamed(inventories.load_balancers, endpoint.balancer, key);
    if (sweep.IsClear()) {
      sweep.RemoveNamed(inventories.backend_pools, endpoint.pool, key);
    }
  }
  if (sweep.IsClear()) {
    sweep.RemoveNamed<cloud::PublicIp>(inventories.public_ips, endpoint.address,
                                       key, UserOf);
  }
  for (const cloud::Id<cloud::SecurityGroup>& group : RoleGroupIds(owner)) {
    sweep.RemoveNamed<cloud::SecurityGroup>(inventories.security_groups, group,
                                            key, MachinesIn);
  }
}

// Looks for what has the cluster's names where these are not known: of a port,
// of a group that was asked for once, of a cluster whose own name is not known.
void RemoveRecognised(NetworkInventories& inventories,
                      const cloud::Owner& owner, Sweep& sweep) {
  const auto recognise = [&]<typename T>(
                             Inventory<T>& inventory,
                             const cloud::HolderOf<T>& holder_of = nullptr) {
    const auto is_named = [&](absl::string_view id) {
      return IsPartOf(owner, cloud::kKindInfo<T>.kind, id);
    };
    sweep.RemoveRecognised<T>(inventory, is_named, cloud::KeyOf(owner),
                              holder_of);
  };
  const bool is_nameless = owner.cluster_name.empty();
  if (inventories.has_load_balancers) {
    if (is_nameless) recognise(inventories.load_balancers);
    if (sweep.IsClear()) recognise(inventories.l4_routes);
    if (sweep.IsClear()) recognise(inventories.backend_services);
    if (sweep.IsClear() && is_nameless) recognise(inventories.backend_pools);
  }
  if (sweep.IsClear() && is_nameless) {
    recognise(inventories.public_ips, cloud::HolderOf<cloud::PublicIp>(UserOf));
  }
  recognise(inventories.security_groups,
            cloud::HolderOf<cloud::SecurityGroup>(MachinesIn));
}

// What has lost its labels, or was left out of a list: what is the cluster's by
// its name. VPCs and subnets have the names of their users.
absl::StatusOr<std::vector<Remaining>> DeleteNamed(
    const CallContext& context, NetworkInventories& inventories,
    const cloud::Owner& owner) {
  Sweep sweep(context);
  if (!owner.cluster_name.empty()) RemoveNamed(inventories, owner, sweep);
  if (sweep.IsClear()) RemoveRecognised(inventories, owner, sweep);
  return sweep.Finish();
}

}  // namespace

// The list at the beginning counts for a call that finds nothing; otherwise
// "nothing" takes another one.
absl::StatusOr<std::vector<Remaining>> DeleteNetwork(
    const CallContext& context, NetworkInventories& inventories,
    cloud::Collection<cloud::VirtualMachine>& machines,
    const NetworkDeletion& deletion) {
  const auto run = [&](bool always) {
    return Deleting(context, inventories, machines, deletion).Run(always);
  };
  EVROC_ASSIGN_OR_RETURN(std::vector<Remaining> remaining,
                         run(!deletion.begun));
  if (!remaining.empty() || deletion.others_remain) return remaining;
  if (deletion.begun) {
    EVROC_ASSIGN_OR_RETURN(remaining, run(true));
    if (!remaining.empty()) return remaining;
  }
  return DeleteNamed(context, inventories, deletion.owner);
}

absl::StatusOr<std::vector<Remaining>> DeleteAddress(
    const CallContext& context, NetworkInventories& inventories,
    const cloud::Owner& machine) {
  const cloud::OwnerKey owner = cloud::KeyOf(machine);
  cloud::Inventory<cloud::PublicIp>& addresses = inventories.public_ips;
  Sweep sweep(context);
  sweep.Note(addresses.Refresh(context, owner));
  sweep.RemoveAll<cloud::PublicIp>(addresses, addresses.CachedByOwner(owner),
                                   UserOf);
  if (!sweep.IsClear()) return sweep.Finish();
  if (!machine.machine_name.empty()) {
    sweep.RemoveNamed<cloud::PublicIp>(addresses, MachineAddressId(machine),
                                       owner, UserOf);
  } else {
    const auto is_named = [&](absl::string_view id) {
      return IsPartOf(machine, cloud::kKindInfo<cloud::PublicIp>.kind, id);
    };
    sweep.RemoveRecognised<cloud::PublicIp>(addresses, is_named, owner, UserOf);
  }
  return sweep.Finish();
}

// All at once: what another one refers to is refused, or lingers, and the next
// call finds it.
absl::StatusOr<std::vector<Remaining>> DeleteWorkloadObjects(
    const CallContext& context, cloud::NetworkApi& api,
    const std::string& identifier) {
  Sweep sweep(context);
  const auto remove = [&](auto& collection) {
    cloud::RemoveWorkloadObjects(context, collection, identifier, sweep);
  };
  if (api.capabilities().load_balancers) {
    remove(api.load_balancers());
    remove(api.l4_routes());
    remove(api.backend_services());
    remove(api.backend_pools());
  }
  remove(api.public_ips());
  return sweep.Finish();
}

}  // namespace evroc::network
