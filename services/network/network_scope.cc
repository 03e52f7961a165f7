#include "services/network/network_scope.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "services/identity/object_name.h"
#include "services/identity/owner_labels.h"
#include "services/network/apply_network.h"
#include "services/network/delete_network.h"
#include "services/network/describe.h"
#include "services/network/network_parts.h"
#include "services/rpc/common_fields.h"
#include "services/rpc/violations.h"

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

}  // namespace

NetworkScope::NetworkScope(std::shared_ptr<cloud::Connection> connection,
                           const Pace& pace, Clock& clock)
    : connection_(std::move(connection)),
      capabilities_(connection_->network->capabilities()),
      feed_([this](const cloud::OwnerKey& owner, Feed::Log& log) {
        return Publish(owner, log);
      }),
      inventories_(*connection_->network, pace, clock,
                   [this](const std::set<cloud::OwnerKey>& changed) {
                     feed_.OnNews(changed);
                   }) {
  feed_.SetSources(SourcesOf(inventories_));
}

NetworkScope::Memory NetworkScope::MemoryOf(
    const std::string& cluster_id) const {
  absl::MutexLock lock(&mutex_);
  const auto memory = memory_.find(cluster_id);
  return memory == memory_.end() ? Memory{} : memory->second;
}

void NetworkScope::SetMemory(const std::string& cluster_id, Memory memory) {
  absl::MutexLock lock(&mutex_);
  if (memory.wish == nullptr && !memory.deleting) {
    memory_.erase(cluster_id);
  } else {
    memory_[cluster_id] = std::move(memory);
  }
}

v1::ClusterNetwork NetworkScope::Describe(const NetworkParts& parts,
                                          const std::string& cluster_id,
                                          const Memory& memory) const {
  return DescribeNetwork(
      parts, cluster_id,
      {.wish = memory.wish.get(), .deleting = memory.deleting}, capabilities_);
}

bool NetworkScope::Publish(const cloud::OwnerKey& owner, Feed::Log& log) {
  auto event = std::make_shared<v1::WatchResponse>();
  const std::string key = absl::StrCat(owner.cluster_id, "/", owner.machine_id);
  std::string etag;
  if (owner.machine_id.empty()) {
    const Memory memory = MemoryOf(owner.cluster_id);
    const NetworkParts parts =
        RememberParts(inventories_, owner.cluster_id, memory.wish.get());
    if (parts.owns_nothing) {
      log.Remove(key);
      return false;
    }
    *event->mutable_cluster_network() =
        Describe(parts, owner.cluster_id, memory);
    etag = event->cluster_network().etag();
  } else {
    const auto addresses = inventories_.public_ips.RememberedByOwner(owner);
    if (addresses.empty()) {
      log.Remove(key);
      return false;
    }
    *event->mutable_public_ip() = DescribeAddress(addresses[0]);
    etag = event->public_ip().etag();
  }
  log.Put(key, owner.cluster_id, etag, std::move(event));
  return true;
}

// --- Cluster networks.

absl::StatusOr<v1::ClusterNetwork> NetworkScope::ReadNetwork(
    const CallContext& context, const std::string& cluster_id) {
  const Memory memory = MemoryOf(cluster_id);
  EVROC_ASSIGN_OR_RETURN(
      const NetworkParts parts,
      GatherParts(context, inventories_, cluster_id, memory.wish.get()));
  if (parts.owns_nothing && memory.wish == nullptr) {
    return NotThere("network", absl::StrCat("cluster ", cluster_id));
  }
  return Describe(parts, cluster_id, memory);
}

absl::StatusOr<v1::ClusterNetwork> NetworkScope::ApplyNetwork(
    const CallContext& context, const v1::ClusterNetwork& network) {
  EVROC_ASSIGN_OR_RETURN(NetworkWish checked,
                         CheckClusterNetwork(network, capabilities_));
  const auto wish = std::make_shared<const NetworkWish>(std::move(checked));
  const std::string& cluster_id = wish->owner.cluster_id;
  EVROC_RETURN_IF_ERROR(
      network::ApplyNetwork(context, inventories_, capabilities_, *wish));
  SetMemory(cluster_id, {.wish = wish});
  feed_.OnNews({{cluster_id, ""}});
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
    const auto all = inventory.FindAll(context);
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
    const CallContext& context, const std::string& cluster_id) {
  SetMemory(cluster_id, {.deleting = true});
  EVROC_ASSIGN_OR_RETURN(
      std::vector<cloud::Remaining> remaining,
      network::DeleteNetwork(context, inventories_, cluster_id));
  if (remaining.empty()) SetMemory(cluster_id, {});
  return remaining;
}

// --- Public IPs of machines.

absl::StatusOr<std::vector<Known<cloud::PublicIp>>> NetworkScope::AddressesOf(
    const CallContext& context, const cloud::OwnerKey& owner) {
  EVROC_ASSIGN_OR_RETURN(
      std::vector<Known<cloud::PublicIp>> addresses,
      inventories_.public_ips.FindByCluster(context, owner.cluster_id));
  std::erase_if(addresses, [&](const Known<cloud::PublicIp>& each) {
    return !cloud::BelongsTo(each.object.metadata.labels, owner);
  });
  return addresses;
}

absl::StatusOr<v1::PublicIp> NetworkScope::ApplyAddress(
    const CallContext& context, const v1::PublicIp& address) {
  cloud::Violations violations;
  const cloud::Owner owner =
      cloud::CheckOwner(address.owner(), cloud::OwnerKind::kMachine,
                        /*names=*/true, "public_ip.owner", violations);
  cloud::PublicIp wanted;
  wanted.metadata.labels =
      cloud::CheckLabels(address.labels(), "public_ip.labels", violations);
  EVROC_RETURN_IF_ERROR(violations.ToStatus());
  wanted.metadata.id =
      Id<cloud::PublicIp>(cloud::ObjectName(owner, "PublicIP", ""));
  wanted.metadata.labels.merge(cloud::OwnerLabels(owner));
  EVROC_ASSIGN_OR_RETURN(
      const Known<cloud::PublicIp> known,
      cloud::Ensure<cloud::PublicIp>(
          context, inventories_.public_ips, cloud::KeyOf(owner), wanted,
          [&](cloud::PublicIp& object) {
            object.metadata.labels = wanted.metadata.labels;
          }));
  return DescribeAddress(known);
}

absl::StatusOr<v1::PublicIp> NetworkScope::GetAddress(
    const CallContext& context, const cloud::OwnerKey& owner) {
  EVROC_ASSIGN_OR_RETURN(const auto addresses, AddressesOf(context, owner));
  if (addresses.empty()) {
    return NotThere("public IP", absl::StrCat("machine ", owner.machine_id));
  }
  return DescribeAddress(addresses[0]);
}

absl::StatusOr<std::vector<v1::PublicIp>> NetworkScope::ListAddresses(
    const CallContext& context, const std::string& cluster_id) {
  absl::StatusOr<std::vector<Known<cloud::PublicIp>>> all =
      cluster_id.empty()
          ? inventories_.public_ips.FindAll(context)
          : inventories_.public_ips.FindByCluster(context, cluster_id);
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
    const CallContext& context, const cloud::OwnerKey& owner) {
  EVROC_ASSIGN_OR_RETURN(const auto addresses, AddressesOf(context, owner));
  std::vector<cloud::Remaining> all_remaining;
  for (const Known<cloud::PublicIp>& each : addresses) {
    EVROC_ASSIGN_OR_RETURN(
        auto remaining,
        cloud::RemoveObject(context, inventories_.public_ips, each));
    if (remaining.has_value()) all_remaining.push_back(*std::move(remaining));
  }
  return all_remaining;
}

absl::Status NetworkScope::CheckCredentials(const CallContext& context) {
  return connection_->network->vpcs().List(context, "").status();
}

}  // namespace evroc::network
