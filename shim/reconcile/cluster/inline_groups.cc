#include "shim/reconcile/cluster/inline_groups.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/names/official_names.h"
#include "common/status/error_details.h"
#include "shim/cache/object_meta.h"
#include "shim/reconcile/takeover/official_marks.h"

namespace evroc::shim {

namespace {

// The cluster's own groups by role, as the spec calls it.
std::vector<std::pair<const char*, const SecurityGroupsSpec&>> RolesOf(
    const EvrocClusterSpec& spec) {
  return {{"common", spec.common_groups},
          {"controlPlane", spec.control_plane_groups},
          {"worker", spec.worker_groups}};
}

}  // namespace

absl::Status CheckInlineGroups(const EvrocClusterObject& cluster) {
  std::map<std::string, const SecurityGroupSpec*> seen;
  for (const auto& [role, own] : RolesOf(cluster.spec)) {
    for (const SecurityGroupSpec& group : own.inline_groups) {
      const auto [it, added] = seen.emplace(ClusterGroupName(group), &group);
      if (added || it->second->rules == group.rules) continue;
      return InvalidField(
          absl::StrCat("spec.securityGroups.", role, ".inlineSecurityGroups"),
          absl::StrCat("the group \"", group.name,
                       "\" has other rules under another role; one name stands "
                       "for one group"));
    }
  }
  return absl::OkStatus();
}

InlineGroups GatherInlineGroups(const EvrocClusterObject& cluster,
                                const std::vector<EvrocMachinePtr>& machines) {
  const absl::string_view prefix =
      cluster.meta.Annotation(kResourcePrefixAnnotation);
  InlineGroups groups;
  for (const auto& [role, own] : RolesOf(cluster.spec)) {
    for (const SecurityGroupSpec& group : own.inline_groups) {
      groups.emplace(
          ClusterGroupName(group),
          InlineGroup{group.rules, OfficialGroupName(prefix, group.name), {}});
    }
  }
  for (const EvrocMachinePtr& machine : machines) {
    for (const SecurityGroupSpec& group :
         machine->spec.security_groups.inline_groups) {
      InlineGroup own{
          .rules = group.rules,
          .id = OfficialGroupName(OfficialPrefixOf(*machine), group.name)};
      if (!own.id.empty()) own.labels = machine->spec.labels;
      groups.emplace(MachineGroupNameOf(*machine, group), std::move(own));
    }
  }
  return groups;
}

}  // namespace evroc::shim
