#include "services/network/apply_network.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "services/identity/owner_labels.h"
#include "services/inventory/ensure.h"
#include "services/network/apply_endpoint.h"
#include "services/network/apply_groups.h"
#include "services/network/desired.h"
#include "services/network/spec/inner_blocks.h"

namespace evroc::network {
namespace {

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
    EVROC_ASSIGN_OR_RETURN(runs_, EndpointExists());
    if (!runs_) EVROC_RETURN_IF_ERROR(For("SubnetsReady", CheckInnerBlocks()));
    if (Ends(For("VPCReady", ApplyVpc())) || !vpc_usable_) return outcome_;
    if (Ends(For("SubnetsReady", ApplySubnets()))) return outcome_;
    // A group that can't be repaired keeps no machine out of the endpoint.
    const absl::Status groups =
        For("SecurityGroupsReady",
            ApplyGroups(context_, inventories_, capabilities_, spec_));
    if (absl::IsFailedPrecondition(groups)) {
      blocked_groups_ = std::string(groups.message());
    } else if (Ends(groups)) {
      return outcome_;
    }
    outcome_.Update(
        For("ControlPlaneEndpointReady",
            ApplyEndpoint(context_, inventories_, spec_, subnets_)));
    return outcome_;
  }

  // Why a security group can't be kept; empty: all can.
  const std::string& blocked_groups() const { return blocked_groups_; }

 private:
  static absl::Status For(absl::string_view condition,
                          const absl::Status& status) {
    return WithMetadata(status, "condition", condition);
  }

  // Keeps the first error, and tells whether it ends the Apply. What can't be
  // had of a network that runs holds up none of its other parts; what is made
  // before a new one has its endpoint would be made in vain.
  bool Ends(const absl::Status& step) {
    outcome_.Update(step);
    return !step.ok() && (!runs_ || !cloud::IsRefusal(step));
  }

  // Whether machines may use the endpoint already, or did before a part of it
  // was lost.
  absl::StatusOr<bool> EndpointExists() {
    if (spec_.load_balancer) {
      if (!inventories_.has_load_balancers) return false;
      EVROC_ASSIGN_OR_RETURN(const auto balancers,
                             inventories_.load_balancers.ListByCluster(
                                 context_, owner_.cluster_id));
      EVROC_ASSIGN_OR_RETURN(const auto pools,
                             inventories_.backend_pools.ListByCluster(
                                 context_, owner_.cluster_id));
      return !balancers.empty() || !pools.empty();
    }
    EVROC_ASSIGN_OR_RETURN(const auto address, inventories_.public_ips.Get(
                                                   context_, AddressId(spec_)));
    if (!address.has_value()) return false;
    return spec_.existing_public_ip.empty()
               ? IsOurs(address->object.metadata.labels)
               : !address->object.status.used_by.empty();
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

  absl::Status CheckInnerBlocks() {
    if (spec_.inner_blocks.empty()) return absl::OkStatus();
    std::vector<cloud::Subnet> existing;
    for (const NetworkSpec::Subnet& subnet : spec_.subnets) {
      EVROC_ASSIGN_OR_RETURN(const auto found,
                             inventories_.subnets.Get(context_, subnet.id));
      if (found.has_value()) existing.push_back(found->object);
    }
    const auto overlap = FindInnerOverlap(spec_, existing);
    if (!overlap.has_value()) return absl::OkStatus();
    return InvalidField(absl::StrCat(kRoot, ".inner_cidr_blocks"), *overlap);
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
    absl::Status outcome;
    for (size_t i = 0; i < spec_.subnets.size(); ++i) {
      outcome.Update(ApplySubnet(spec_.subnets[i],
                                 absl::StrCat(kRoot, ".subnets[", i, "]")));
      if (!outcome.ok() && (!runs_ || !cloud::IsRefusal(outcome))) break;
    }
    return outcome;
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

  const CallContext& context_;
  NetworkInventories& inventories_;
  const cloud::Capabilities capabilities_;
  const NetworkSpec& spec_;
  const cloud::OwnerKey owner_;
  absl::Status outcome_;
  std::string blocked_groups_;
  bool runs_ = false;
  bool vpc_usable_ = false;
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
