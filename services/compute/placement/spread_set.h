// A set of machines that the cloud spreads over hosts, and the placement groups
// that it is made of (ADR 22). Values and pure functions.

#ifndef SERVICES_COMPUTE_PLACEMENT_SPREAD_SET_H_
#define SERVICES_COMPUTE_PLACEMENT_SPREAD_SET_H_

#include <string>

#include "absl/strings/string_view.h"
#include "services/evroc/api/compute.h"
#include "services/identity/owner.h"

namespace evroc::compute {

// The machines of a cluster with one name and zone.
struct SpreadSet {
  cloud::Owner cluster;
  std::string name;
  std::string zone;  // empty: the cloud has none
};

// The cloud's limit (evroc-api.md B.5.5).
inline constexpr int kMaxInSpreadGroup = 5;

// The numbered groups of one set, by their ids: "<readable>-<hash>-<number>".
class SpreadGroupIds {
 public:
  explicit SpreadGroupIds(const SpreadSet& set);

  // `number` counts from 1.
  cloud::Id<cloud::PlacementGroup> At(int number) const;
  // The number of the group with that id; 0 for an id of no group of the set.
  int NumberOf(const cloud::Id<cloud::PlacementGroup>& id) const;

 private:
  std::string prefix_;
};

// Whether a group with that id is one of the cluster's sets by its name. With
// the cluster's name, what looks like one counts too, since a set's whole name
// can't be read from an id.
bool IsSpreadGroupOf(const cloud::Owner& cluster, absl::string_view id);

// The group with that id. It has the cluster's labels and none of the user's:
// those differ from machine to machine.
cloud::PlacementGroup DesiredGroup(const SpreadSet& set,
                                   const cloud::Id<cloud::PlacementGroup>& id);

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_PLACEMENT_SPREAD_SET_H_
