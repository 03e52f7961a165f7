#include "services/network/apply_network.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "services/identity/owner_labels.h"
#include "services/inventory/ensure.h"
#include "services/inventory/removal.h"
#include "services/network/condition_states.h"
#include "services/network/desired.h"
#include "services/network/network_resources.h"
#include "services/network/security_rules.h"

namespace evroc::network {
namespace {

using cloud::Ensure;
using cloud::Known;

constexpr char kRoot[] = "cluster_network";

// One Apply of all resources.
class Applying {
 public:
  Applying(const CallContext& context, NetworkInventories& inventories,
           const cloud::Capabilities& capabilities, const NetworkSpec& spec)
      : context_(context),
        inventories_(inventories),
        capabilities_(capabilities),
        spec_(spec),
        owner_(cloud::KeyOf(spec.owner)) {}

  absl::Status Run() {
    EVROC_RETURN_IF_ERROR(For("ControlPlaneEndpointReady", CheckSameNames()));
    EVROC_RETURN_IF_ERROR(FindReferences());
    EVROC_RETURN_IF_ERROR(For("VPCReady", ApplyVpc()));
    if (!vpc_usable_) return absl::OkStatus();
    EVROC_RETURN_IF_ERROR(For("SubnetsReady", ApplySubnets()));
    // A group that can't be repaired keeps no machine out of the endpoint.
    absl::Status groups = For("SecurityGroupsReady", ApplyGroups());
    if (absl::IsFailedPrecondition(groups)) {
      blocked_groups_ = std::string(groups.message());
    } else if (!groups.ok()) {
      return groups;
    }
    return For("ControlPlaneEndpointReady", ApplyEndpoint());
  }

  // Why a security group can't be kept; empty: all can.
  const std::string& blocked_groups() const { return blocked_groups_; }

 private:
  static absl::Status For(absl::string_view condition,
                          const absl::Status& status) {
    return WithMetadata(status, "condition", condition);
  }

  // An existing object under a name that the user chose is used, unless it was
  // requested for this cluster alone.
  template <typename T>
  absl::Status CheckForeign(const T& object, bool refuse) const {
    if (refuse && !cloud::BelongsTo(object.metadata.labels, owner_)) {
      return cloud::NameTaken(object);
    }
    return absl::OkStatus();
  }

  bool IsOurs(const cloud::Labels& labels) const {
    return cloud::BelongsTo(labels, owner_);
  }

  // By other names everything would be made a second time.
  absl::Status CheckSameNames() {
    if (!inventories_.has_load_balancers) return absl::OkStatus();
    EVROC_ASSIGN_OR_RETURN(
        const auto balancers,
        inventories_.load_balancers.ListByCluster(context_, owner_.cluster_id));
    for (const auto& balancer : balancers) {
      const Id<cloud::LoadBalancer>& id = balancer.object.metadata.id;
      if (balancer.deleting || id == BalancerId(spec_)) continue;
      return ImmutableField(
          absl::StrCat(kRoot, ".owner.resource_prefix"),
          absl::StrCat("can't be changed: the cluster has load balancer ",
                       id.value()));
    }
    return absl::OkStatus();
  }

  // Whatever is not ours to create is looked for in the cloud if memory lacks
  // it: nothing else finds out that it exists after all.
  absl::Status FindReferences() {
    if (spec_.vpc.existing) {
      EVROC_RETURN_IF_ERROR(
          For("VPCReady", Find(inventories_.vpcs, spec_.vpc.id)));
    }
    for (const NetworkSpec::Subnet& subnet : spec_.subnets) {
      if (!subnet.existing) continue;
      EVROC_RETURN_IF_ERROR(
          For("SubnetsReady", Find(inventories_.subnets, subnet.id)));
    }
    if (spec_.existing_public_ip.empty()) return absl::OkStatus();
    return For("ControlPlaneEndpointReady",
               Find(inventories_.public_ips, spec_.existing_public_ip));
  }

  template <typename T>
  absl::Status Find(cloud::Inventory<T>& inventory, const Id<T>& id) {
    return inventory.GetFreshIfMissing(context_, id).status();
  }

  // --- VPC and subnets.

  absl::Status ApplyVpc() {
    if (spec_.vpc.existing) {
      EVROC_ASSIGN_OR_RETURN(const auto found,
                             inventories_.vpcs.Get(context_, spec_.vpc.id));
      vpc_usable_ = found.has_value();
      return absl::OkStatus();
    }
    const cloud::Vpc wanted = DesiredVpc(spec_);
    EVROC_ASSIGN_OR_RETURN(
        Known<cloud::Vpc> vpc,
        cloud::GetOrCreate(context_, inventories_.vpcs, wanted));
    EVROC_RETURN_IF_ERROR(CheckForeign(vpc.object, spec_.vpc.refuse_foreign));
    vpc_usable_ = !vpc.deleting;
    if (vpc.deleting || !IsOurs(vpc.object.metadata.labels)) {
      return absl::OkStatus();
    }
    if (capabilities_.zones && !HasRequestedBlocks(vpc.object)) {
      return ImmutableField(absl::StrCat(kRoot, ".vpc.ipv4_cidr_blocks"),
                            "can't be changed once the VPC exists");
    }
    return inventories_.vpcs
        .Modify(context_, std::move(vpc.object),
                [&](cloud::Vpc& object) {
                  object.metadata.labels = cloud::Relabelled(
                      object.metadata.labels, wanted.metadata.labels);
                })
        .status();
  }

  // Blocks that somebody added do no harm.
  bool HasRequestedBlocks(const cloud::Vpc& vpc) const {
    const auto has = [&](const std::string& block) {
      return std::find(vpc.ipv4_cidr_blocks.begin(), vpc.ipv4_cidr_blocks.end(),
                       block) != vpc.ipv4_cidr_blocks.end();
    };
    return std::all_of(spec_.vpc.ipv4_cidr_blocks.begin(),
                       spec_.vpc.ipv4_cidr_blocks.end(), has);
  }

  absl::Status ApplySubnets() {
    for (size_t i = 0; i < spec_.subnets.size(); ++i) {
      EVROC_RETURN_IF_ERROR(ApplySubnet(
          spec_.subnets[i], absl::StrCat(kRoot, ".subnets[", i, "]")));
    }
    return absl::OkStatus();
  }

  absl::Status ApplySubnet(const NetworkSpec::Subnet& spec,
                           const std::string& field) {
    if (spec.existing) {
      EVROC_ASSIGN_OR_RETURN(const auto found,
                             inventories_.subnets.Get(context_, spec.id));
      if (!found.has_value()) return absl::OkStatus();
      if (spec.optional && found->object.vpc != spec_.vpc.id) {
        return absl::OkStatus();
      }
      return UseSubnet(found->object, field);
    }
    const cloud::Subnet wanted = DesiredSubnet(spec_, spec);
    EVROC_ASSIGN_OR_RETURN(
        Known<cloud::Subnet> subnet,
        cloud::GetOrCreate(context_, inventories_.subnets, wanted));
    EVROC_RETURN_IF_ERROR(CheckForeign(subnet.object, spec.refuse_foreign));
    EVROC_RETURN_IF_ERROR(UseSubnet(subnet.object, field));
    if (subnet.deleting || !IsOurs(subnet.object.metadata.labels)) {
      return absl::OkStatus();
    }
    EVROC_RETURN_IF_ERROR(CheckSame(subnet.object, wanted, field));
    return inventories_.subnets
        .Modify(context_, std::move(subnet.object),
                [&](cloud::Subnet& object) {
                  object.metadata.labels = cloud::Relabelled(
                      object.metadata.labels, wanted.metadata.labels);
                })
        .status();
  }

  absl::Status UseSubnet(const cloud::Subnet& subnet,
                         const std::string& field) {
    if (subnet.vpc != spec_.vpc.id) {
      return ImmutableField(
          absl::StrCat(field, ".name"),
          absl::StrCat("subnet ", subnet.metadata.id.value(),
                       " is in another VPC, ", subnet.vpc.value()));
    }
    subnets_.push_back(subnet);
    return absl::OkStatus();
  }

  // Zone and block are immutable; a change would be refused forever.
  absl::Status CheckSame(const cloud::Subnet& subnet,
                         const cloud::Subnet& wanted,
                         const std::string& field) const {
    if (subnet.ipv4_cidr_block != wanted.ipv4_cidr_block) {
      return ImmutableField(field + ".ipv4_cidr_block",
                            absl::StrCat("can't be changed, it is ",
                                         subnet.ipv4_cidr_block.str()));
    }
    if (capabilities_.zones && subnet.zone != wanted.zone) {
      return ImmutableField(
          field + ".zone",
          absl::StrCat("can't be changed, it is ", subnet.zone.str()));
    }
    return absl::OkStatus();
  }

  // --- Security groups.

  absl::Status ApplyGroups() {
    std::set<Id<cloud::SecurityGroup>> wanted_ids;
    for (const cloud::SecurityGroup& wanted :
         DesiredGroups(spec_, capabilities_)) {
      wanted_ids.insert(wanted.metadata.id);
      EVROC_RETURN_IF_ERROR(ApplyGroup(wanted));
    }
    EVROC_ASSIGN_OR_RETURN(const auto existing,
                           inventories_.security_groups.ListByCluster(
                               context_, owner_.cluster_id));
    for (const auto& group : existing) {
      if (wanted_ids.contains(group.object.metadata.id)) continue;
      EVROC_RETURN_IF_ERROR(RemoveGroup(group));
    }
    return absl::OkStatus();
  }

  // A group with members is not deleted yet (traps.md B4). They come and go
  // without a change of the group itself, so memory may not show them, but the
  // read before the deletion does.
  absl::Status RemoveGroup(const Known<cloud::SecurityGroup>& group) {
    const auto members =
        [](const cloud::SecurityGroup& each) -> absl::StatusOr<std::string> {
      return std::string(each.status.members.empty() ? "" : "machines");
    };
    return cloud::RemoveObject<cloud::SecurityGroup>(
               context_, inventories_.security_groups, group, members)
        .status();
  }

  absl::Status ApplyGroup(const cloud::SecurityGroup& wanted) {
    EVROC_ASSIGN_OR_RETURN(const auto known, inventories_.security_groups.Get(
                                                 context_, wanted.metadata.id));
    if (known.has_value() || !RefersToItself(wanted)) {
      return EnsureGroup(wanted, wanted);
    }
    // The cloud may refuse a new group that refers to itself (evroc-api.md does
    // not say): then it is created without that rule and completed at once.
    absl::Status made =
        inventories_.security_groups.Create(context_, wanted).status();
    if (made.ok()) return made;
    if (!absl::IsInvalidArgument(made)) {
      EVROC_RETURN_IF_ERROR(
          cloud::FindAfterRefusal(context_, inventories_.security_groups,
                                  wanted.metadata.id, made)
              .status());
      return EnsureGroup(wanted, wanted);
    }
    cloud::SecurityGroup initial = wanted;
    std::erase_if(initial.rules, [&](const cloud::SecurityRule& rule) {
      return rule.remote.security_group == wanted.metadata.id;
    });
    return EnsureGroup(initial, wanted);
  }

  // Makes the group as `wanted`; one that does not exist is created from
  // `initial`.
  absl::Status EnsureGroup(const cloud::SecurityGroup& initial,
                           const cloud::SecurityGroup& wanted) {
    return Ensure<cloud::SecurityGroup>(
               context_, inventories_.security_groups, owner_, initial,
               [&](cloud::SecurityGroup& group) {
                 group.metadata.labels = cloud::Relabelled(
                     group.metadata.labels, wanted.metadata.labels);
                 if (!HasRules(spec_, group, wanted)) {
                   group.rules = wanted.rules;
                 }
               })
        .status();
  }

  static bool RefersToItself(const cloud::SecurityGroup& group) {
    return std::any_of(group.rules.begin(), group.rules.end(),
                       [&](const cloud::SecurityRule& rule) {
                         return rule.remote.security_group == group.metadata.id;
                       });
  }

  // --- The endpoint.

  absl::Status ApplyEndpoint() {
    EVROC_RETURN_IF_ERROR(CheckEndpointUnchanged());
    EVROC_RETURN_IF_ERROR(ApplyAddress());
    if (!spec_.load_balancer || !address_exists_ || subnets_.empty()) {
      return absl::OkStatus();
    }
    return ApplyBalancer();
  }

  // Checked before anything is created in vain.
  absl::Status CheckEndpointUnchanged() {
    if (!inventories_.has_load_balancers) return absl::OkStatus();
    EVROC_ASSIGN_OR_RETURN(
        const auto balancers,
        inventories_.load_balancers.ListByCluster(context_, owner_.cluster_id));
    for (const auto& balancer : balancers) {
      if (balancer.deleting) continue;
      if (!spec_.load_balancer) return TypeIsFixed();
      if (balancer.object.public_ip == AddressId(spec_)) continue;
      EVROC_ASSIGN_OR_RETURN(const bool made, HasOwnAddress());
      // The request is as it was, so somebody changed the load balancer.
      if (made) continue;
      return ImmutableField(
          absl::StrCat(kRoot, ".control_plane_endpoint.existing_public_ip_id"),
          absl::StrCat("can't be changed once the endpoint exists; the load "
                       "balancer has public IP ",
                       balancer.object.public_ip.value()));
    }
    return absl::OkStatus();
  }

  // Whether the requested public IP is one that was made for the endpoint.
  absl::StatusOr<bool> HasOwnAddress() {
    if (!spec_.existing_public_ip.empty()) return false;
    EVROC_ASSIGN_OR_RETURN(const auto found, inventories_.public_ips.Get(
                                                 context_, AddressId(spec_)));
    return found.has_value() && IsOurs(found->object.metadata.labels);
  }

  // Any other value of that label is none that we wrote.
  bool IsForOtherType(const cloud::Labels& labels) const {
    return cloud::LabelOf(labels, cloud::kPartLabel) ==
           (spec_.load_balancer ? kForMachine : kForLoadBalancer);
  }

  static absl::Status TypeIsFixed() {
    return ImmutableField(absl::StrCat(kRoot, ".control_plane_endpoint.type"),
                          "can't be changed once the endpoint exists");
  }

  absl::Status ApplyAddress() {
    if (!spec_.existing_public_ip.empty()) {
      EVROC_ASSIGN_OR_RETURN(
          const auto found,
          inventories_.public_ips.Get(context_, spec_.existing_public_ip));
      address_exists_ = found.has_value();
      return absl::OkStatus();
    }
    const cloud::PublicIp wanted = DesiredAddress(spec_);
    EVROC_ASSIGN_OR_RETURN(
        const auto found,
        cloud::GetOrCreate(context_, inventories_.public_ips, wanted));
    if (IsOurs(found.object.metadata.labels) &&
        IsForOtherType(found.object.metadata.labels)) {
      return TypeIsFixed();
    }
    EVROC_ASSIGN_OR_RETURN(
        const Known<cloud::PublicIp> address,
        Ensure<cloud::PublicIp>(context_, inventories_.public_ips, owner_,
                                wanted, [&](cloud::PublicIp& object) {
                                  object.metadata.labels =
                                      cloud::Relabelled(object.metadata.labels,
                                                        wanted.metadata.labels);
                                }));
    address_exists_ = !address.deleting;
    return absl::OkStatus();
  }

  // Applies objects in the order of their references; an object that is no
  // longer requested is deleted once nothing refers to it (traps.md B7).
  absl::Status ApplyBalancer() {
    const Balancer wanted = DesiredBalancer(spec_, subnets_);
    EVROC_RETURN_IF_ERROR(
        Ensure<cloud::BackendPool>(
            context_, inventories_.backend_pools, owner_, wanted.pool,
            [&](cloud::BackendPool& pool) {
              pool.metadata.labels = cloud::Relabelled(
                  pool.metadata.labels, wanted.pool.metadata.labels);
              const auto backends = DesiredBackends(spec_, pool.backends);
              if (!SameBackends(pool.backends, backends)) {
                pool.backends = backends;
              }
            })
            .status());
    for (const cloud::BackendService& service : wanted.services) {
      EVROC_RETURN_IF_ERROR(ApplySpec(inventories_.backend_services, service));
    }
    for (const cloud::L4Route& route : wanted.routes) {
      EVROC_RETURN_IF_ERROR(ApplySpec(inventories_.l4_routes, route));
    }
    EVROC_RETURN_IF_ERROR(ApplyFront(wanted.balancer));
    EVROC_RETURN_IF_ERROR(RemoveOthers(inventories_.l4_routes, wanted.routes));
    return RemoveOthers(inventories_.backend_services, wanted.services);
  }

  cloud::BackendService RequestedOf(
      const cloud::BackendService& wanted,
      const cloud::BackendService& existing) const {
    return RequestedService(spec_, wanted, existing);
  }
  static cloud::L4Route RequestedOf(const cloud::L4Route& wanted,
                                    const cloud::L4Route& /*existing*/) {
    return wanted;
  }

  // Applies the whole spec of the object.
  template <typename T>
  absl::Status ApplySpec(cloud::Inventory<T>& inventory, const T& wanted) {
    return Ensure<T>(context_, inventory, owner_, wanted,
                     [&](T& object) {
                       T changed = RequestedOf(wanted, object);
                       changed.metadata = object.metadata;
                       changed.metadata.labels = cloud::Relabelled(
                           object.metadata.labels, wanted.metadata.labels);
                       changed.status = object.status;
                       object = std::move(changed);
                     })
        .status();
  }

  absl::Status ApplyFront(const cloud::LoadBalancer& wanted) {
    return Ensure<cloud::LoadBalancer>(
               context_, inventories_.load_balancers, owner_, wanted,
               [&](cloud::LoadBalancer& balancer) {
                 // The backend network is immutable and only set at creation.
                 balancer.metadata.labels = cloud::Relabelled(
                     balancer.metadata.labels, wanted.metadata.labels);
                 if (!SameListeners(balancer.listeners, wanted.listeners)) {
                   balancer.listeners = wanted.listeners;
                 }
                 balancer.public_ip = wanted.public_ip;
               })
        .status();
  }

  template <typename T>
  absl::Status RemoveOthers(cloud::Inventory<T>& inventory,
                            const std::vector<T>& wanted) {
    EVROC_ASSIGN_OR_RETURN(
        const std::vector<Known<T>> existing,
        inventory.ListByCluster(context_, owner_.cluster_id));
    for (const Known<T>& each : existing) {
      const bool is_wanted =
          std::any_of(wanted.begin(), wanted.end(), [&](const T& other) {
            return other.metadata.id == each.object.metadata.id;
          });
      if (is_wanted) continue;
      EVROC_RETURN_IF_ERROR(RemoveObject(context_, inventory, each).status());
    }
    return absl::OkStatus();
  }

  const CallContext& context_;
  NetworkInventories& inventories_;
  const cloud::Capabilities capabilities_;
  const NetworkSpec& spec_;
  const cloud::OwnerKey owner_;
  std::string blocked_groups_;
  bool vpc_usable_ = false;
  bool address_exists_ = false;
  std::vector<cloud::Subnet> subnets_;  // that exist, in the spec's order
};

}  // namespace

absl::Status ApplyNetwork(const CallContext& context,
                          NetworkInventories& inventories,
                          const cloud::Capabilities& capabilities,
                          const NetworkSpec& spec,
                          std::string& blocked_groups) {
  Applying applying(context, inventories, capabilities, spec);
  absl::Status applied = applying.Run();
  blocked_groups = applying.blocked_groups();
  return applied;
}

}  // namespace evroc::network
