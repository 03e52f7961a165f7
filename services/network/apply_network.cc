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
#include "services/inventory/steps.h"
#include "services/network/apply_endpoint.h"
#include "services/network/apply_groups.h"
#include "services/network/desired.h"
#include "services/network/spec/inner_blocks.h"

namespace evroc::network {
namespace {

using cloud::Known;

constexpr char kRoot[] = "cluster_network";
constexpr char kEndpointReady[] = "ControlPlaneEndpointReady";

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
    EVROC_ASSIGN_OR_RETURN(exists_, EndpointExists());
    if (!exists_) EVROC_RETURN_IF_ERROR(CheckNew());
    cloud::Steps steps(exists_);
    steps.GoesOnAfter(spec_.refusal);
    if (TakeSteps(steps) && (vpc_usable_ || exists_) &&
        steps.GoesOnAfter(For("SubnetsReady", UseOwnSubnets()))) {
      steps.GoesOnAfter(
          For(kEndpointReady,
              ApplyEndpoint(context_, inventories_, spec_, subnets_, exists_)));
    }
    return steps.outcome();
  }

  // Why a security group can't be kept; empty: all can.
  const std::string& blocked_groups() const { return blocked_groups_; }

 private:
  static absl::Status For(absl::string_view condition,
                          const absl::Status& status) {
    return WithMetadata(status, "condition", condition);
  }

  // What is refused of a new network before anything of it is made.
  absl::Status CheckNew() {
    EVROC_RETURN_IF_ERROR(spec_.refusal);
    return For("SubnetsReady", CheckInnerBlocks());
  }

  // Takes the steps before the endpoint. Returns whether that comes next.
  bool TakeSteps(cloud::Steps& steps) {
    // First, since a control plane whose new machines are not behind the load
    // balancer while the old ones go is lost.
    const absl::Status backends = ApplyBackends(context_, inventories_, spec_);
    if (!steps.GoesOnAfter(For(kEndpointReady, backends))) return false;
    const absl::Status names = For(kEndpointReady, CheckSameNames());
    if (!steps.GoesOnAfter(names) || !names.ok()) return false;
    if (!steps.GoesOnAfter(FindReferences()) ||
        !steps.GoesOnAfter(For("VPCReady", ApplyVpc()))) {
      return false;
    }
    if (!vpc_usable_) return true;
    if (!steps.GoesOnAfter(For("SubnetsReady", ApplySubnets()))) return false;
    // A group that can't be repaired keeps no machine out of the endpoint.
    const absl::Status groups =
        For("SecurityGroupsReady",
            ApplyGroups(context_, inventories_, capabilities_, spec_, exists_));
    if (!absl::IsFailedPrecondition(groups)) return steps.GoesOnAfter(groups);
    blocked_groups_ = std::string(groups.message());
    return true;
  }

  // Whether machines may use the endpoint already, or did before a part of it
  // was lost.
  absl::StatusOr<bool> EndpointExists() {
    if (inventories_.has_load_balancers) {
      EVROC_ASSIGN_OR_RETURN(const auto pools,
                             inventories_.backend_pools.ListByCluster(
                                 context_, owner_.cluster_id));
      if (!pools.empty()) return true;
      EVROC_ASSIGN_OR_RETURN(const auto balancers,
                             inventories_.load_balancers.ListByCluster(
                                 context_, owner_.cluster_id));
      if (!balancers.empty()) return true;
    }
    EVROC_ASSIGN_OR_RETURN(const auto address, inventories_.public_ips.Get(
                                                   context_, AddressId(spec_)));
    if (!address.has_value()) return false;
    if (!spec_.existing_public_ip.empty()) {
      return !spec_.load_balancer && !address->object.status.used_by.empty();
    }
    // One that is for a load balancer is made before it.
    const cloud::Labels& labels = address->object.metadata.labels;
    return IsOurs(labels) &&
           cloud::LabelOf(labels, cloud::kPartLabel) != kForLoadBalancer;
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
    cloud::Steps steps(exists_);
    if (spec_.vpc.existing &&
        !steps.GoesOnAfter(
            For("VPCReady", Find(inventories_.vpcs, spec_.vpc.id)))) {
      return steps.outcome();
    }
    for (const NetworkSpec::Subnet& subnet : spec_.subnets) {
      if (!subnet.existing) continue;
      if (!steps.GoesOnAfter(
              For("SubnetsReady", Find(inventories_.subnets, subnet.id)))) {
        return steps.outcome();
      }
    }
    steps.GoesOnAfter(For(kEndpointReady, Find(inventories_.public_ips,
                                               spec_.existing_public_ip)));
    return steps.outcome();
  }

  template <typename T>
  absl::Status Find(cloud::Inventory<T>& inventory, const Id<T>& id) {
    if (id.empty()) return absl::OkStatus();
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
    if (spec_.vpc.id.empty()) return absl::OkStatus();
    if (spec_.vpc.existing || spec_.vpc.refused) {
      EVROC_ASSIGN_OR_RETURN(const auto found,
                             inventories_.vpcs.Get(context_, spec_.vpc.id));
      vpc_usable_ = found.has_value();
      return absl::OkStatus();
    }
    const cloud::Vpc wanted = DesiredVpc(spec_);
    EVROC_ASSIGN_OR_RETURN(
        const Known<cloud::Vpc> vpc,
        cloud::GetOrCreate(context_, inventories_.vpcs, wanted));
    vpc_usable_ = !vpc.deleting;
    EVROC_RETURN_IF_ERROR(CheckForeign(vpc.object, spec_.vpc.refuse_foreign));
    if (vpc.deleting || !IsOurs(vpc.object.metadata.labels)) {
      return absl::OkStatus();
    }
    if (capabilities_.zones && !HasRequestedBlocks(vpc.object)) {
      return ImmutableField(absl::StrCat(kRoot, ".vpc.ipv4_cidr_blocks"),
                            "can't be changed once the VPC exists");
    }
    return inventories_.vpcs
        .Modify(context_, vpc.object,
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
    cloud::Steps steps(exists_);
    for (size_t i = 0; i < spec_.subnets.size(); ++i) {
      const absl::Status applied = ApplySubnet(
          spec_.subnets[i], absl::StrCat(kRoot, ".subnets[", i, "]"));
      if (!steps.GoesOnAfter(applied)) return steps.outcome();
    }
    return steps.outcome();
  }

  // Where those that are asked for can't be had: what was made before.
  absl::Status UseOwnSubnets() {
    if (!exists_ || !subnets_.empty()) return absl::OkStatus();
    EVROC_ASSIGN_OR_RETURN(const auto own, inventories_.subnets.ListByCluster(
                                               context_, owner_.cluster_id));
    for (const auto& subnet : own) subnets_.push_back(subnet.object);
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
        const Known<cloud::Subnet> subnet,
        cloud::GetOrCreate(context_, inventories_.subnets, wanted));
    const absl::Status used = UseSubnet(subnet.object, field);
    EVROC_RETURN_IF_ERROR(CheckForeign(subnet.object, spec.refuse_foreign));
    EVROC_RETURN_IF_ERROR(used);
    if (subnet.deleting || !IsOurs(subnet.object.metadata.labels)) {
      return absl::OkStatus();
    }
    EVROC_RETURN_IF_ERROR(CheckSame(subnet.object, wanted, field));
    return inventories_.subnets
        .Modify(context_, subnet.object,
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
  std::string blocked_groups_;
  bool exists_ = false;
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
