#include "shim/node/node_adoption.h"

#include <cstddef>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace evroc::shim {
namespace {

using Phase = NodeState::Phase;

constexpr absl::string_view kEvrocScheme = "evroc://";
// The longest spec.providerID of Cluster API.
constexpr size_t kMaxLength = 512;

std::string Named(const ObservedNode& node) {
  return absl::StrCat("Node \"", node.snapshot.name, "\"");
}

std::set<std::string> InternalAddresses(const ObservedNode& node) {
  std::set<std::string> addresses;
  for (const NodeAddress& entry : node.snapshot.addresses) {
    if (entry.type != "InternalIP") continue;
    addresses.insert(NormalAddress(entry.address));
  }
  return addresses;
}

// Those of a VM, which a Node may have as its internal ones.
std::set<std::string> AddressesOf(const DesiredNode& desired) {
  std::set<std::string> addresses;
  for (const NodeAddress& entry : desired.addresses) {
    if (entry.type != "InternalIP" && entry.type != "ExternalIP") continue;
    addresses.insert(NormalAddress(entry.address));
  }
  return addresses;
}

NodeState SeveralHave(const std::string& provider_id,
                      const std::vector<const ObservedNode*>& nodes) {
  return {Phase::kFailed, kNodeAmbiguous,
          absl::StrCat("several Nodes have provider ID ", provider_id, ": ",
                       absl::StrJoin(nodes, ", ",
                                     [](std::string* out, const auto* node) {
                                       absl::StrAppend(out, Named(*node));
                                     }))};
}

// Of a Node with the VM's name and a provider ID that says nothing of the VM.
NodeState StateByAddresses(const DesiredNode& desired,
                           const ObservedNode& node) {
  const std::set<std::string> seen = InternalAddresses(node);
  if (seen.empty()) return NodeWithoutAddress(node.snapshot.name);
  const std::set<std::string> own = AddressesOf(desired);
  for (const std::string& address : seen) {
    if (!own.contains(address)) continue;
    return NodeLinked(node.snapshot.name, node.snapshot.provider_id);
  }
  return {
      Phase::kFailed, kNodeOfAnother,
      absl::StrCat(Named(node), " has the virtual machine's name, but none ",
                   "of its addresses: ", absl::StrJoin(seen, ", "))};
}

}  // namespace

ForeignNodes::ForeignNodes(const std::vector<const DesiredNode*>& all,
                           const NodeTable& nodes)
    : nodes_(nodes) {
  for (const auto& [name, node] : nodes) {
    const std::string& provider_id = node.snapshot.provider_id;
    if (!provider_id.empty()) by_provider_id_[provider_id].push_back(&node);
    for (const std::string& address : InternalAddresses(node)) {
      by_address_.emplace(address, &node);
    }
  }
  for (const DesiredNode* desired : all) {
    if (desired->provider_id.empty()) continue;
    machines_.emplace(desired->provider_id, desired);
  }
}

NodeState ForeignNodes::StateOf(const DesiredNode& desired) const {
  if (!desired.provider_id.empty()) return StateOfLinked(desired);
  const Nodes& own = WithProviderId(desired.vm_provider_id);
  if (!own.empty()) return StateOfCandidate(desired, *own.front());
  const auto found = nodes_.find(absl::AsciiStrToLower(desired.vm_id));
  if (found == nodes_.end()) return NoNode(desired);
  const ObservedNode& node = found->second;
  return node.snapshot.provider_id.empty()
             ? NodeWithoutProviderId(node.snapshot.name)
             : StateOfCandidate(desired, node);
}

const ForeignNodes::Nodes& ForeignNodes::WithProviderId(
    const std::string& provider_id) const {
  static const auto& none = *new Nodes;
  const auto found = by_provider_id_.find(provider_id);
  return found == by_provider_id_.end() ? none : found->second;
}

NodeState ForeignNodes::StateOfLinked(const DesiredNode& desired) const {
  const Nodes& linked = WithProviderId(desired.provider_id);
  if (linked.size() > 1) return SeveralHave(desired.provider_id, linked);
  if (!linked.empty()) {
    return NodeLinked(linked.front()->snapshot.name, desired.provider_id);
  }
  const auto found = nodes_.find(absl::AsciiStrToLower(desired.vm_id));
  if (found == nodes_.end()) return NoNode(desired);
  const NodeSnapshot& node = found->second.snapshot;
  if (node.provider_id.empty()) return NodeWithoutProviderId(node.name);
  return {
      Phase::kFailed, kNodeProviderIdConflict,
      absl::StrCat(Named(found->second), " has provider ID ", node.provider_id,
                   ", the machine has ", desired.provider_id,
                   "; neither can be changed: replace the machine")};
}

// A Node of another name that has the VM's address may be that of a VM which
// had the address before, so it is only mentioned.
NodeState ForeignNodes::NoNode(const DesiredNode& desired) const {
  NodeState state = NodeNotFound(desired.vm_id);
  for (const std::string& address : AddressesOf(desired)) {
    const auto found = by_address_.find(address);
    if (found == by_address_.end()) continue;
    absl::StrAppend(&state.message, "; ", Named(*found->second),
                    " has its address, but not its name");
    break;
  }
  return state;
}

NodeState ForeignNodes::StateOfCandidate(const DesiredNode& desired,
                                         const ObservedNode& node) const {
  const std::string& id = node.snapshot.provider_id;
  const Nodes& same = WithProviderId(id);
  if (same.size() > 1) return SeveralHave(id, same);
  const auto conflict = [&](absl::string_view why) {
    return NodeState{Phase::kFailed, kNodeProviderIdConflict,
                     absl::StrCat(Named(node), " has ", why)};
  };
  if (id.size() > kMaxLength) {
    return conflict(absl::StrCat("a provider ID of ", id.size(),
                                 " bytes, which are too many"));
  }
  if (const auto found = machines_.find(id); found != machines_.end()) {
    return conflict(absl::StrCat("provider ID ", id,
                                 ", which is that of the machine with VM \"",
                                 found->second->vm_id, "\""));
  }
  if (id == desired.vm_provider_id) {
    return NodeLinked(node.snapshot.name, id);
  }
  if (!absl::StartsWith(id, kEvrocScheme)) {
    return StateByAddresses(desired, node);
  }
  return {Phase::kFailed, kNodeOfAnother,
          absl::StrCat(Named(node),
                       " has the provider ID of another virtual "
                       "machine, ",
                       id, ", not ", desired.vm_provider_id)};
}

}  // namespace evroc::shim
