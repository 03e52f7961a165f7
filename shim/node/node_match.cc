#include "shim/node/node_match.h"

#include <cstddef>
#include <map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "common/net/cidr.h"

namespace evroc::shim {
namespace {

using Nodes = std::vector<const SeenNode*>;

enum class Claim { kNone, kAddress, kName, kProviderId };

struct Candidates {
  Claim claim = Claim::kNone;
  Nodes nodes;
};

// One spelling for each address: IPv6 has many.
std::string Normal(absl::string_view address) {
  const absl::StatusOr<Cidr> parsed = Cidr::ParseAddressOrBlock(address);
  return parsed.ok() ? parsed->ToString() : std::string(address);
}

// "evroc://" of "evroc://0d7c".
absl::string_view SchemeOf(absl::string_view provider_id) {
  const size_t end = provider_id.find("://");
  return end == provider_id.npos ? "" : provider_id.substr(0, end + 3);
}

class NodeIndex {
 public:
  explicit NodeIndex(const NodeTable& nodes) : nodes_(nodes) {
    for (const auto& [name, node] : nodes) {
      if (!node.facts.provider_id.empty()) {
        by_provider_id_[node.facts.provider_id].push_back(&node);
      }
      for (const NodeAddress& entry : node.facts.addresses) {
        if (entry.type != "InternalIP") continue;
        by_address_[Normal(entry.address)].push_back(&node);
      }
    }
  }

  Candidates Find(const NodeWish& wish) const {
    auto by_id = by_provider_id_.find(wish.provider_id);
    if (by_id != by_provider_id_.end()) {
      return {Claim::kProviderId, by_id->second};
    }
    auto by_name = nodes_.find(absl::AsciiStrToLower(wish.vm_id));
    if (by_name != nodes_.end()) return {Claim::kName, {&by_name->second}};
    Nodes found = FindByAddress(wish);
    if (found.empty()) return {};
    return {Claim::kAddress, std::move(found)};
  }

 private:
  Nodes FindByAddress(const NodeWish& wish) const {
    std::map<absl::string_view, const SeenNode*> found;
    for (const NodeAddress& entry : wish.addresses) {
      if (entry.type != "InternalIP") continue;
      auto at = by_address_.find(Normal(entry.address));
      if (at == by_address_.end()) continue;
      for (const SeenNode* node : at->second) {
        if (!IsOfAnother(wish, *node)) found[node->facts.name] = node;
      }
    }
    Nodes nodes;
    nodes.reserve(found.size());
    for (const auto& [name, node] : found) nodes.push_back(node);
    return nodes;
  }

  // The Node has a provider ID of our kind: it is some other VM's.
  static bool IsOfAnother(const NodeWish& wish, const SeenNode& node) {
    const absl::string_view scheme = SchemeOf(node.facts.provider_id);
    return !scheme.empty() && scheme == SchemeOf(wish.provider_id);
  }

  const NodeTable& nodes_;
  absl::flat_hash_map<std::string, Nodes> by_provider_id_;
  absl::flat_hash_map<std::string, Nodes> by_address_;
};

// The surest claim on a Node, and whose it is.
struct Claimants {
  Claim claim = Claim::kNone;
  std::vector<size_t> wishes;
};
using ClaimsByNode = absl::flat_hash_map<const SeenNode*, Claimants>;

ClaimsByNode SurestClaims(const std::vector<Candidates>& all) {
  ClaimsByNode claims;
  for (size_t i = 0; i < all.size(); ++i) {
    for (const SeenNode* node : all[i].nodes) {
      Claimants& claimants = claims[node];
      if (all[i].claim > claimants.claim) claimants = {all[i].claim, {}};
      if (all[i].claim == claimants.claim) claimants.wishes.push_back(i);
    }
  }
  return claims;
}

std::string SeveralNodes(const Nodes& nodes) {
  return absl::StrCat(
      "several Nodes could be this machine's: ",
      absl::StrJoin(nodes, ", ", [](std::string* out, const SeenNode* node) {
        absl::StrAppend(out, "\"", node->facts.name, "\"");
      }));
}

std::string SeveralMachines(const SeenNode& node, const Claimants& claimants,
                            const std::vector<const NodeWish*>& wishes) {
  const auto name_vm = [&](std::string* out, size_t index) {
    absl::StrAppend(out, "\"", wishes[index]->vm_id, "\"");
  };
  return absl::StrCat("Node \"", node.facts.name,
                      "\" could be that of several machines, with the VMs ",
                      absl::StrJoin(claimants.wishes, ", ", name_vm));
}

}  // namespace

std::vector<NodeMatch> MatchNodes(const std::vector<const NodeWish*>& wishes,
                                  const NodeTable& nodes) {
  const NodeIndex index(nodes);
  std::vector<Candidates> all;
  all.reserve(wishes.size());
  for (const NodeWish* wish : wishes) all.push_back(index.Find(*wish));
  const ClaimsByNode claims = SurestClaims(all);

  std::vector<NodeMatch> matches(wishes.size());
  for (size_t i = 0; i < wishes.size(); ++i) {
    Nodes own;
    for (const SeenNode* node : all[i].nodes) {
      if (claims.at(node).claim == all[i].claim) own.push_back(node);
    }
    if (own.empty()) continue;
    const Claimants& claimants = claims.at(own.front());
    if (own.size() > 1) {
      matches[i].ambiguity = SeveralNodes(own);
    } else if (claimants.wishes.size() > 1) {
      matches[i].ambiguity = SeveralMachines(*own.front(), claimants, wishes);
    } else {
      matches[i].node = own.front();
    }
  }
  return matches;
}

}  // namespace evroc::shim
