#include "services/network/network_scope.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/proto/serialize.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "common/status/violations.h"
#include "services/fields/common_fields.h"
#include "services/fields/reference.h"
#include "services/fields/take_over_fields.h"
#include "services/identity/owner_labels.h"
#include "services/inventory/ensure.h"
#include "services/inventory/planned_api.h"
#include "services/inventory/workload_objects.h"
#include "services/network/apply_network.h"
#include "services/network/delete_network.h"
#include "services/network/desired.h"
#include "services/network/network_resources.h"
#include "services/network/serving.h"
#include "services/network/spec/part_names.h"
#include "services/network/spec/valid_request.h"
#include "services/network/take_over_network.h"

namespace evroc::network {
namespace {

using cloud::Known;

std::vector<cloud::FeedSource> SourcesOf(NetworkInventories& inventories) {
  std::vector<cloud::FeedSource> sources;
  inventories.ForEach(
      [&](auto& inventory) { sources.push_back(cloud::SourceOf(inventory)); });
  return sources;
}

absl::Status NotThere(absl::string_view what, absl::string_view id) {
  return MakeError(absl::StatusCode::kNotFound,
                   absl::StrCat("there is no ", what, " of ", id),
                   {.reason = "NOT_FOUND",
                    .metadata = {{"object", absl::StrCat(what, " of ", id)}}});
}

// The public IP of a machine, as requested.
absl::StatusOr<cloud::PublicIp> CheckAddress(const v1::PublicIp& address) {
  Violations violations;
  const cloud::Owner owner =
      cloud::CheckOwner(address.owner(), cloud::OwnerKind::kMachine,
                        /*names=*/true, "public_ip.owner", violations);
  const cloud::Labels labels =
      cloud::CheckLabels(address.labels(), "public_ip.labels", violations);
  EVROC_RETURN_IF_ERROR(violations.ToStatus());
  cloud::PublicIp wanted;
  wanted.metadata.id = MachineAddressId(owner);
  wanted.metadata.labels = cloud::ObjectLabels(owner, labels);
  return wanted;
}

absl::StatusOr<Known<cloud::PublicIp>> EnsureAddress(
    const CallContext& context, cloud::Inventory<cloud::PublicIp>& inventory,
    const cloud::PublicIp& wanted) {
  return cloud::Ensure<cloud::PublicIp>(
      context, inventory, cloud::KeyOf(*cloud::OwnerOf(wanted.metadata.labels)),
      wanted, [&](cloud::PublicIp& object) {
        object.metadata.labels =
            cloud::Relabelled(object.metadata.labels, wanted.metadata.labels);
      });
}

// What the network consists of may be somebody else's, and may not be there
// yet.
struct NetworkReferences {
  // What is refused refers to nothing.
  void Add(const NetworkSpec& spec) {
    if (!spec.vpc.id.empty()) vpcs[spec.vpc.id] = spec.vpc.existing;
    for (const NetworkSpec::Subnet& subnet : spec.subnets) {
      subnets[subnet.id] = subnet.existing && !subnet.optional;
    }
    if (!spec.public_ip_refused) {
      addresses[AddressId(spec)] = !spec.existing_public_ip.empty();
    }
  }

  cloud::References<cloud::Vpc> vpcs;
  cloud::References<cloud::Subnet> subnets;
  cloud::References<cloud::PublicIp> addresses;
};

void SetReferences(NetworkInventories& inventories,
                   const std::string& cluster_id,
                   const NetworkReferences& references) {
  const cloud::OwnerKey owner = {cluster_id, ""};
  inventories.vpcs.SetReferences(owner, references.vpcs);
  inventories.subnets.SetReferences(owner, references.subnets);
  inventories.public_ips.SetReferences(owner, references.addresses);
}

// The subnets of `asked` that somebody else makes and that `known` lacks.
v1::ClusterNetwork AwaitedOf(const v1::ClusterNetwork& asked,
                             const v1::ClusterNetwork& known) {
  v1::ClusterNetwork awaited;
  for (const v1::Subnet& subnet : asked.subnets()) {
    const bool is_known = std::any_of(
        known.subnets().begin(), known.subnets().end(),
        [&](const v1::Subnet& each) { return each.name() == subnet.name(); });
    if (subnet.existing() && !is_known) *awaited.add_subnets() = subnet;
  }
  return awaited;
}

// A cloud to plan in, and its inventories. They don't poll.
struct PlannedNetwork {
  PlannedNetwork(cloud::NetworkApi& real, Clock& clock)
      : api(real),
        inventories(api, {.pollers = 0}, clock,
                    [](const std::set<cloud::OwnerKey>&) {}) {}

  cloud::PlannedNetworkApi api;
  NetworkInventories inventories;
};

}  // namespace

NetworkScope::NetworkScope(std::shared_ptr<cloud::Connection> connection,
                           const cloud::PollIntervals& poll_intervals,
                           Clock& clock)
    : connection_(std::move(connection)),
      place_{.capabilities = connection_->network->capabilities(),
             .project = connection_->project,
             .region = connection_->region},
      clock_(clock),
      feed_(
          [this](const cloud::OwnerKey& owner) { return Publish(owner); },
          [this](const cloud::OwnerKey& owner) { return PublishEarly(owner); }),
      inventories_(*connection_->network, poll_intervals, clock,
                   [this](const std::set<cloud::OwnerKey>& changed) {
                     if (!changed.empty()) connection_->project_uid->OnChange();
                     feed_.OnOwnersChanged(changed);
                   }) {
  feed_.SetSources(SourcesOf(inventories_));
}

NetworkScope::Memory NetworkScope::MemoryOf(
    const std::string& cluster_id) const {
  absl::MutexLock lock(&mutex_);
  const auto known = memory_.find(cluster_id);
  return known == memory_.end() ? Memory() : known->second;
}

NetworkHistory NetworkScope::HistoryOf(const std::string& cluster_id) const {
  const Memory memory = MemoryOf(cluster_id);
  NetworkHistory history{.deleting = memory.deleting,
                         .blocked_groups = memory.blocked_groups};
  v1::ClusterNetwork request;
  if (memory.request.empty() || !request.ParseFromString(memory.request)) {
    return history;
  }
  v1::ClusterNetwork awaited;
  if (!memory.awaited.empty() && awaited.ParseFromString(memory.awaited)) {
    AddSubnetsThere(
        awaited,
        [&](const auto& id) { return inventories_.subnets.Cached(id); },
        request);
  }
  auto spec = CheckClusterNetwork(request, place_);
  if (spec.ok()) history.spec = *std::move(spec);
  return history;
}

void NetworkScope::SetMemory(const std::string& cluster_id, Memory memory) {
  absl::MutexLock lock(&mutex_);
  if (memory.request.empty() && !memory.deleting) {
    memory_.erase(cluster_id);
  } else {
    memory_[cluster_id] = std::move(memory);
  }
}

void NetworkScope::AddSubnetsThere(const v1::ClusterNetwork& asked,
                                   const FindSubnet& find,
                                   v1::ClusterNetwork& request) const {
  for (const v1::Subnet& subnet : asked.subnets()) {
    v1::ClusterNetwork with = request;
    *with.add_subnets() = subnet;
    // Not one that is known, or refused.
    const auto checked = CheckClusterNetwork(with, place_);
    if (!checked.ok()) continue;
    const auto found = find(checked->subnets.back().id);
    const bool is_there =
        found.has_value() && found->object.vpc == checked->vpc.id;
    if (is_there) request = std::move(with);
  }
}

void NetworkScope::RememberParts(const CallContext& context,
                                 const NetworkSpec& spec) {
  const std::string& cluster_id = spec.owner.cluster_id;
  Memory memory = MemoryOf(cluster_id);
  v1::ClusterNetwork request;
  if (memory.request.empty() || !request.ParseFromString(memory.request)) {
    return;
  }
  if (!spec.backends_refused) {
    const v1::ControlPlaneEndpoint& asked =
        spec.request.control_plane_endpoint();
    v1::ControlPlaneEndpoint& endpoint =
        *request.mutable_control_plane_endpoint();
    *endpoint.mutable_member_ids() = asked.member_ids();
    *endpoint.mutable_undecided_ids() = asked.undecided_ids();
  }
  AddSubnetsThere(
      spec.request,
      [&](const auto& id) {
        return inventories_.subnets.Get(context, id).value_or(std::nullopt);
      },
      request);
  memory.awaited = SerializeDeterministically(AwaitedOf(spec.request, request));
  memory.request = SerializeDeterministically(request);
  SetMemory(cluster_id, std::move(memory));
  feed_.OnOwnersChanged({{cluster_id, ""}});
}

void NetworkScope::NoteUnapplied(const CallContext& context,
                                 const NetworkSpec& spec,
                                 const std::string& blocked_groups) {
  const std::string& cluster_id = spec.owner.cluster_id;
  const Memory known = MemoryOf(cluster_id);
  if (!known.request.empty() || known.deleting) return;
  const auto existing =
      GatherResources(context, inventories_, cluster_id, nullptr);
  if (!existing.ok() || existing->owns_nothing) return;
  const auto valid =
      spec.refusal.ok() ? std::optional(spec)
                        : ValidRequest(spec,
                                       DescribeNetwork(*existing, cluster_id,
                                                       {}, place_.capabilities),
                                       place_);
  if (!valid.has_value() || IsOfAnotherNetwork(*existing, *valid)) return;
  SetMemory(cluster_id, {.request = SerializeDeterministically(valid->request),
                         .blocked_groups = blocked_groups});
  Refer(spec);
  feed_.OnOwnersChanged({{cluster_id, ""}});
}

void NetworkScope::Refer(const NetworkSpec& spec) {
  const std::string& cluster_id = spec.owner.cluster_id;
  NetworkReferences references;
  if (!spec.refusal.ok()) {
    const NetworkHistory history = HistoryOf(cluster_id);
    if (history.spec.has_value()) references.Add(*history.spec);
  }
  references.Add(spec);
  SetReferences(inventories_, cluster_id, references);
}

std::optional<std::string> NetworkScope::Publish(const cloud::OwnerKey& owner) {
  v1::WatchResponse event;
  if (owner.machine_id.empty()) {
    const NetworkHistory history = HistoryOf(owner.cluster_id);
    const NetworkResources resources =
        CachedResources(inventories_, owner.cluster_id, history.spec_or_null());
    if (resources.owns_nothing && !history.spec.has_value()) {
      return std::nullopt;
    }
    *event.mutable_cluster_network() = DescribeNetwork(
        resources, owner.cluster_id, history, place_.capabilities);
  } else {
    const auto addresses = inventories_.public_ips.CachedByOwner(owner);
    if (addresses.empty()) return std::nullopt;
    *event.mutable_public_ip() = DescribeAddress(addresses[0]);
  }
  return SerializeDeterministically(event);
}

std::optional<std::string> NetworkScope::PublishEarly(
    const cloud::OwnerKey& owner) {
  const bool readable = inventories_.public_ips.sync_state().IsReadable();
  if (owner.machine_id.empty() || !readable) return std::nullopt;
  return Publish(owner);
}

// --- Cluster networks.

absl::StatusOr<v1::ClusterNetwork> NetworkScope::ReadNetwork(
    const CallContext& context, const std::string& cluster_id) {
  const NetworkHistory history = HistoryOf(cluster_id);
  EVROC_ASSIGN_OR_RETURN(const NetworkResources resources,
                         GatherResources(context, inventories_, cluster_id,
                                         history.spec_or_null()));
  if (resources.owns_nothing && !history.spec.has_value()) {
    return NotThere("network", absl::StrCat("cluster ", cluster_id));
  }
  return DescribeNetwork(resources, cluster_id, history, place_.capabilities);
}

absl::StatusOr<v1::ClusterNetwork> NetworkScope::ApplyNetwork(
    const CallContext& context, const v1::ClusterNetwork& network) {
  EVROC_ASSIGN_OR_RETURN(const NetworkSpec spec,
                         ReadClusterNetwork(network, place_));
  const std::string& cluster_id = spec.owner.cluster_id;
  std::string blocked_groups;
  Refer(spec);
  const absl::Status applied = network::ApplyNetwork(
      context, inventories_, place_.capabilities, spec, blocked_groups);
  if (!applied.ok()) {
    RememberParts(context, spec);
    NoteUnapplied(context, spec, blocked_groups);
    return applied;
  }
  SetMemory(cluster_id, {.request = SerializeDeterministically(spec.request),
                         .blocked_groups = std::move(blocked_groups)});
  feed_.OnOwnersChanged({{cluster_id, ""}});
  return ReadNetwork(context, cluster_id);
}

absl::StatusOr<v1::ClusterNetwork> NetworkScope::GetNetwork(
    const CallContext& context, const std::string& cluster_id) {
  return ReadNetwork(context, cluster_id);
}

absl::StatusOr<std::vector<v1::ClusterNetwork>> NetworkScope::ListNetworks(
    const CallContext& context) {
  std::set<std::string> clusters;
  absl::Status read;
  inventories_.ForEach([&](auto& inventory) {
    if (!read.ok()) return;
    const auto all = inventory.ListAll(context);
    read = all.status();
    if (!all.ok()) return;
    for (const auto& each : *all) {
      const auto owner = cloud::OwnerOf(each.object.metadata.labels);
      if (owner.has_value() && owner->machine_id.empty()) {
        clusters.insert(owner->cluster_id);
      }
    }
  });
  EVROC_RETURN_IF_ERROR(read);
  std::vector<v1::ClusterNetwork> networks;
  for (const std::string& cluster_id : clusters) {
    EVROC_ASSIGN_OR_RETURN(v1::ClusterNetwork network,
                           ReadNetwork(context, cluster_id));
    networks.push_back(std::move(network));
  }
  return networks;
}

absl::StatusOr<std::vector<cloud::Remaining>> NetworkScope::DeleteNetwork(
    const CallContext& context, const cloud::Owner& owner,
    const std::string& workload_identifier,
    const std::string& load_balancer_id) {
  Violations violations;
  cloud::CheckWorkloadIdentifier(workload_identifier, "workload_identifier",
                                 violations);
  const auto balancer = cloud::CheckReference<cloud::LoadBalancer>(
      load_balancer_id, place_, "load_balancer_id", violations);
  EVROC_RETURN_IF_ERROR(violations.ToStatus());
  const std::string cluster_id(owner.cluster_id);
  const Memory before = MemoryOf(cluster_id);
  SetReferences(inventories_, cluster_id, {});
  const auto delete_workload = [&] {
    return DeleteWorkloadObjects(context, *connection_->network,
                                 workload_identifier);
  };
  absl::StatusOr<std::vector<cloud::Remaining>> remaining =
      std::vector<cloud::Remaining>();
  const bool has_workload = !workload_identifier.empty();
  if (has_workload && !before.workload_gone) remaining = delete_workload();
  const bool workload_gone = remaining.ok() && remaining->empty();
  SetMemory(cluster_id, {.deleting = true, .workload_gone = workload_gone});
  auto own = network::DeleteNetwork(context, inventories_,
                                    connection_->compute->virtual_machines(),
                                    {.owner = owner,
                                     .begun = before.deleting,
                                     .others_remain = !workload_gone,
                                     .balancer = balancer});
  if (!remaining.ok()) return remaining;
  if (!own.ok()) return own;
  remaining->insert(remaining->end(), own->begin(), own->end());
  // As of what is the cluster's own, "nothing" is asked for once more.
  if (remaining->empty() && has_workload && before.workload_gone) {
    remaining = delete_workload();
  }
  if (remaining.ok() && remaining->empty()) {
    SetMemory(cluster_id, {});
    feed_.OnOwnersChanged({{cluster_id, ""}});
  }
  return remaining;
}

absl::StatusOr<std::vector<cloud::TakeOverObject>>
NetworkScope::TakeOverNetwork(
    const CallContext& context,
    const v1::TakeOverClusterNetworkRequest& request) {
  EVROC_ASSIGN_OR_RETURN(
      const cloud::TakeOverRequest checked,
      cloud::CheckTakeOver(request.owner(), cloud::OwnerKind::kCluster,
                           request.previous_owner(), request.action()));
  const std::string cluster_id(checked.owner.cluster_id);
  // What was requested of it is the official provider's matter now.
  if (checked.action == cloud::TakeOverAction::kGiveBack) {
    SetMemory(cluster_id, {});
    SetReferences(inventories_, cluster_id, {});
    feed_.OnOwnersChanged({{cluster_id, ""}});
  }
  return network::TakeOverNetwork(context, *connection_->network, inventories_,
                                  checked);
}

// In a planned cloud, what later calls would do is done at once.
absl::StatusOr<v1::PlanClusterNetworkResponse> NetworkScope::PlanNetwork(
    const CallContext& context, const v1::PlanClusterNetworkRequest& request) {
  constexpr int kCalls = 4;
  EVROC_ASSIGN_OR_RETURN(
      const cloud::TakeOverRequest taking,
      cloud::CheckTakeOver(request.cluster_network().owner(),
                           cloud::OwnerKind::kCluster, request.previous_owner(),
                           common::v1::TAKE_OVER_ACTION_TAKE));
  EVROC_ASSIGN_OR_RETURN(
      const NetworkSpec spec,
      CheckClusterNetwork(request.cluster_network(), place_));
  PlannedNetwork plan(*connection_->network, clock_);
  EVROC_RETURN_IF_ERROR(
      network::TakeOverNetwork(context, plan.api, plan.inventories, taking)
          .status());
  NetworkHistory history{.spec = spec};
  absl::Status applied;
  for (int i = 0; i < kCalls && applied.ok(); ++i) {
    applied =
        network::ApplyNetwork(context, plan.inventories, place_.capabilities,
                              spec, history.blocked_groups);
  }
  v1::PlanClusterNetworkResponse response;
  EVROC_RETURN_IF_ERROR(cloud::SetPlan(plan.api.Changes(), applied, response));
  if (applied.ok()) response.set_failure(history.blocked_groups);
  const std::string cluster_id(spec.owner.cluster_id);
  EVROC_ASSIGN_OR_RETURN(
      const NetworkResources resources,
      GatherResources(context, plan.inventories, cluster_id, &spec));
  *response.mutable_cluster_network() =
      DescribeNetwork(resources, cluster_id, history, place_.capabilities);
  return response;
}

// --- Public IPs of machines.

absl::StatusOr<v1::PublicIp> NetworkScope::ApplyAddress(
    const CallContext& context, const v1::PublicIp& address) {
  EVROC_ASSIGN_OR_RETURN(const cloud::PublicIp wanted, CheckAddress(address));
  EVROC_ASSIGN_OR_RETURN(
      const Known<cloud::PublicIp> known,
      EnsureAddress(context, inventories_.public_ips, wanted));
  return DescribeAddress(known);
}

absl::StatusOr<v1::PublicIp> NetworkScope::GetAddress(
    const CallContext& context, const cloud::OwnerKey& owner) {
  EVROC_ASSIGN_OR_RETURN(const auto addresses,
                         inventories_.public_ips.ListByOwner(context, owner));
  if (addresses.empty()) {
    return NotThere("public IP",
                    absl::StrCat("machine ", owner.machine_id.str()));
  }
  return DescribeAddress(addresses[0]);
}

absl::StatusOr<std::vector<v1::PublicIp>> NetworkScope::ListAddresses(
    const CallContext& context, const std::string& cluster_id) {
  absl::StatusOr<std::vector<Known<cloud::PublicIp>>> all =
      cluster_id.empty()
          ? inventories_.public_ips.ListAll(context)
          : inventories_.public_ips.ListByCluster(context, cluster_id);
  EVROC_RETURN_IF_ERROR(all.status());
  std::map<cloud::OwnerKey, v1::PublicIp> sorted;
  for (const Known<cloud::PublicIp>& each : *all) {
    const auto owner = cloud::OwnerOf(each.object.metadata.labels);
    if (!owner.has_value() || owner->machine_id.empty()) continue;
    sorted[cloud::KeyOf(*owner)] = DescribeAddress(each);
  }
  std::vector<v1::PublicIp> addresses;
  addresses.reserve(sorted.size());
  for (auto& [owner, address] : sorted) {
    addresses.push_back(std::move(address));
  }
  return addresses;
}

absl::StatusOr<std::vector<cloud::Remaining>> NetworkScope::DeleteAddress(
    const CallContext& context, const cloud::Owner& owner) {
  return network::DeleteAddress(context, inventories_, owner);
}

absl::StatusOr<std::vector<cloud::TakeOverObject>>
NetworkScope::TakeOverAddress(const CallContext& context,
                              const v1::TakeOverPublicIpRequest& request) {
  EVROC_ASSIGN_OR_RETURN(
      const cloud::TakeOverRequest checked,
      cloud::CheckTakeOver(request.owner(), cloud::OwnerKind::kMachine,
                           request.previous_owner(), request.action()));
  return network::TakeOverAddress(context, *connection_->network, inventories_,
                                  checked, request.uses_existing());
}

absl::StatusOr<v1::PlanPublicIpResponse> NetworkScope::PlanAddress(
    const CallContext& context, const v1::PlanPublicIpRequest& request) {
  EVROC_ASSIGN_OR_RETURN(
      const cloud::TakeOverRequest taking,
      cloud::CheckTakeOver(request.public_ip().owner(),
                           cloud::OwnerKind::kMachine, request.previous_owner(),
                           common::v1::TAKE_OVER_ACTION_TAKE));
  EVROC_ASSIGN_OR_RETURN(const cloud::PublicIp wanted,
                         CheckAddress(request.public_ip()));
  PlannedNetwork plan(*connection_->network, clock_);
  EVROC_RETURN_IF_ERROR(network::TakeOverAddress(context, plan.api,
                                                 plan.inventories, taking,
                                                 /*uses_existing=*/false)
                            .status());
  const absl::Status applied =
      request.deleted()
          ? network::DeleteAddress(context, plan.inventories, taking.owner)
                .status()
          : EnsureAddress(context, plan.inventories.public_ips, wanted)
                .status();
  v1::PlanPublicIpResponse response;
  EVROC_RETURN_IF_ERROR(cloud::SetPlan(plan.api.Changes(), applied, response));
  response.set_id(wanted.metadata.id.value());
  return response;
}

absl::Status NetworkScope::CheckCredentials(const CallContext& context) {
  return connection_->network->vpcs().List(context, "").status();
}

}  // namespace evroc::network
