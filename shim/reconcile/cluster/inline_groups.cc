#include "shim/reconcile/cluster/inline_groups.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/names/official_names.h"
#include "common/status/error_details.h"
#include "shim/cache/object_meta.h"
#include "shim/reconcile/takeover/official_marks.h"

namespace evroc::shim {

absl::StatusOr<InlineGroups> GatherInlineGroups(
    const EvrocClusterObject& cluster,
    const std::vector<EvrocMachinePtr>& machines) {
  const EvrocClusterSpec& spec = cluster.spec;
  const absl::string_view prefix =
      cluster.meta.Annotation(kResourcePrefixAnnotation);
  InlineGroups groups;
  for (const auto& [role, own] :
       {std::pair<const char*, const SecurityGroupsSpec&>("common",
                                                          spec.common_groups),
        {"controlPlane", spec.control_plane_groups},
        {"worker", spec.worker_groups}}) {
    for (const SecurityGroupSpec& group : own.inline_groups) {
      const auto [it, added] = groups.emplace(
          ClusterGroupName(group),
          InlineGroup{group.rules, OfficialGroupName(prefix, group.name), {}});
      if (added || it->second.rules == group.rules) continue;
      return InvalidField(
          absl::StrCat("spec.securityGroups.", role, ".inlineSecurityGroups"),
          absl::StrCat("the group \"", group.name,
                       "\" has other rules under another role; one name stands "
                       "for one group"));
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
