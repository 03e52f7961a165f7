#include "shim/node/node_match.h"

#include <cstddef>
#include <map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace evroc::shim {
namespace {

using Nodes = std::vector<const ObservedNode*>;

enum class Claim { kNone, kAddress, kName, kProviderId };

struct Candidates {
  Claim claim = Claim::kNone;
  Nodes nodes;
  std::string disregarded;  // as NodeMatch
};

// "evroc://" of "evroc://0d7c".
absl::string_view SchemeOf(absl::string_view provider_id) {
  const size_t end = provider_id.find("://");
  return end == provider_id.npos ? "" : provider_id.substr(0, end + 3);
}

class NodeIndex {
 public:
  explicit NodeIndex(const NodeTable& nodes) : nodes_(nodes) {
    for (const auto& [name, node] : nodes) {
      if (!node.snapshot.provider_id.empty()) {
        by_provider_id_[node.snapshot.provider_id].push_back(&node);
      }
      for (const NodeAddress& entry : node.snapshot.addresses) {
        if (entry.type != "InternalIP") continue;
        by_address_[NormalAddress(entry.address)].push_back(&node);
      }
    }
  }

  Candidates Find(const DesiredNode& desired) const {
    auto by_id = by_provider_id_.find(desired.provider_id);
    if (by_id != by_provider_id_.end()) {
      return {Claim::kProviderId, by_id->second, ""};
    }
    auto by_name = nodes_.find(absl::AsciiStrToLower(desired.vm_id));
    if (by_name != nodes_.end()) return {Claim::kName, {&by_name->second}, ""};
    return FindByAddress(desired);
  }

 private:
  Candidates FindByAddress(const DesiredNode& desired) const {
    std::map<absl::string_view, const ObservedNode*> found;
    Candidates candidates;
    for (const NodeAddress& entry : desired.addresses) {
      if (entry.type != "InternalIP") continue;
      auto at = by_address_.find(NormalAddress(entry.address));
      if (at == by_address_.end()) continue;
      for (const ObservedNode* node : at->second) {
        if (IsOfAnother(desired, *node)) continue;
        std::string why_not = WhyStale(desired, node->snapshot);
        if (why_not.empty()) {
          found[node->snapshot.name] = node;
        } else {
          candidates.disregarded = std::move(why_not);
        }
      }
    }
    if (!found.empty()) candidates.claim = Claim::kAddress;
    candidates.nodes.reserve(found.size());
    for (const auto& [name, node] : found) candidates.nodes.push_back(node);
    return candidates;
  }

  // Why a Node with the machine's address is that of a VM which had it before;
  // empty if it is not.
  static std::string WhyStale(const DesiredNode& desired,
                              const NodeSnapshot& node) {
    // By the clocks of two API servers.
    constexpr absl::Duration kTolerance = absl::Minutes(5);
    const bool older = node.created < desired.machine_created - kTolerance;
    if (!older && node.alive) return "";
    return absl::StrCat(
        "Node \"", node.name, "\" has its address, but ",
        older ? "is older than the machine" : "its kubelet does not report");
  }

  // The Node has a provider ID of our kind: it is some other VM's.
  static bool IsOfAnother(const DesiredNode& desired,
                          const ObservedNode& node) {
    const absl::string_view scheme = SchemeOf(node.snapshot.provider_id);
    return !scheme.empty() && scheme == SchemeOf(desired.provider_id);
  }

  const NodeTable& nodes_;
  absl::flat_hash_map<std::string, Nodes> by_provider_id_;
  absl::flat_hash_map<std::string, Nodes> by_address_;
};

// The surest claim on a Node, and whose it is.
struct Claimants {
  Claim claim = Claim::kNone;
  std::vector<size_t> desired_nodes;
};
using ClaimsByNode = absl::flat_hash_map<const ObservedNode*, Claimants>;

ClaimsByNode SurestClaims(const std::vector<Candidates>& all) {
  ClaimsByNode claims;
  for (size_t i = 0; i < all.size(); ++i) {
    for (const ObservedNode* node : all[i].nodes) {
      Claimants& claimants = claims[node];
      if (all[i].claim > claimants.claim) claimants = {all[i].claim, {}};
      if (all[i].claim == claimants.claim) claimants.desired_nodes.push_back(i);
    }
  }
  return claims;
}

std::string SeveralNodes(const Nodes& nodes) {
  return absl::StrCat(
      "several Nodes could be this machine's: ",
      absl::StrJoin(nodes, ", ",
                    [](std::string* out, const ObservedNode* node) {
                      absl::StrAppend(out, "\"", node->snapshot.name, "\"");
                    }));
}

std::string SeveralMachines(
    const ObservedNode& node, const Claimants& claimants,
    const std::vector<const DesiredNode*>& desired_nodes) {
  const auto name_vm = [&](std::string* out, size_t index) {
    absl::StrAppend(out, "\"", desired_nodes[index]->vm_id, "\"");
  };
  return absl::StrCat("Node \"", node.snapshot.name,
                      "\" could be that of several machines, with the VMs ",
                      absl::StrJoin(claimants.desired_nodes, ", ", name_vm));
}

}  // namespace

std::vector<NodeMatch> MatchNodes(
    const std::vector<const DesiredNode*>& desired_nodes,
    const NodeTable& nodes) {
  const NodeIndex index(nodes);
  std::vector<Candidates> all;
  all.reserve(desired_nodes.size());
  for (const DesiredNode* desired : desired_nodes) {
    all.push_back(index.Find(*desired));
  }
  const ClaimsByNode claims = SurestClaims(all);

  std::vector<NodeMatch> matches(desired_nodes.size());
  for (size_t i = 0; i < desired_nodes.size(); ++i) {
    Nodes own;
    for (const ObservedNode* node : all[i].nodes) {
      if (claims.at(node).claim == all[i].claim) own.push_back(node);
    }
    if (own.empty()) {
      matches[i].disregarded = std::move(all[i].disregarded);
      continue;
    }
    const Claimants& claimants = claims.at(own.front());
    if (own.size() > 1) {
      matches[i].ambiguity = SeveralNodes(own);
    } else if (claimants.desired_nodes.size() > 1) {
      matches[i].ambiguity =
          SeveralMachines(*own.front(), claimants, desired_nodes);
    } else {
      matches[i].node = own.front();
    }
  }
  return matches;
}

}  // namespace evroc::shim
