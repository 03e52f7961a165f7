#include "services/network/apply_groups.h"

#include <algorithm>
#include <set>
#include <string>

#include "common/status/status_macros.h"
#include "services/identity/owner_labels.h"
#include "services/inventory/ensure.h"
#include "services/inventory/removal.h"
#include "services/inventory/steps.h"
#include "services/network/desired.h"
#include "services/network/security_rules.h"

namespace evroc::network {
namespace {

using cloud::Ensure;
using cloud::Known;

class ApplyingGroups {
 public:
  ApplyingGroups(const CallContext& context, NetworkInventories& inventories,
                 const cloud::Capabilities& capabilities,
                 const NetworkSpec& spec, bool exists)
      : context_(context),
        inventories_(inventories),
        capabilities_(capabilities),
        spec_(spec),
        exists_(exists),
        owner_(cloud::KeyOf(spec.owner)) {}

  absl::Status Run() {
    cloud::Steps steps(exists_);
    absl::Status taken;
    std::set<Id<cloud::SecurityGroup>> wanted_ids;
    for (const cloud::SecurityGroup& wanted :
         DesiredGroups(spec_, capabilities_)) {
      wanted_ids.insert(wanted.metadata.id);
      const absl::Status applied = ApplyGroup(wanted);
      if (absl::IsFailedPrecondition(applied)) {
        taken.Update(applied);
      } else if (!steps.GoesOnAfter(applied)) {
        return steps.outcome();
      }
    }
    if (spec_.groups_refused || steps.GoesOnAfter(RemoveOthers(wanted_ids))) {
      taken.Update(steps.outcome());
      return taken;
    }
    return steps.outcome();
  }

 private:
  absl::Status RemoveOthers(
      const std::set<Id<cloud::SecurityGroup>>& wanted_ids) {
    EVROC_ASSIGN_OR_RETURN(const auto existing,
                           inventories_.security_groups.ListByCluster(
                               context_, owner_.cluster_id));
    cloud::Steps steps(exists_);
    for (const auto& group : existing) {
      if (wanted_ids.contains(group.object.metadata.id)) continue;
      if (!steps.GoesOnAfter(RemoveGroup(group))) break;
    }
    return steps.outcome();
  }

  // A group with members is not deleted yet (traps.md B4). They come and go
  // without a change of the group itself, so memory may not show them, but the
  // read before the deletion does.
  absl::Status RemoveGroup(const Known<cloud::SecurityGroup>& group) {
    const auto members =
        [](const cloud::SecurityGroup& each) -> absl::StatusOr<std::string> {
      return std::string(each.status.members.empty() ? "" : "machines");
    };
    return cloud::RemoveObject<cloud::SecurityGroup>(
               context_, inventories_.security_groups, group, members)
        .status();
  }

  absl::Status ApplyGroup(const cloud::SecurityGroup& wanted) {
    EVROC_ASSIGN_OR_RETURN(const auto known, inventories_.security_groups.Get(
                                                 context_, wanted.metadata.id));
    if (known.has_value() || !RefersToItself(wanted)) {
      return EnsureGroup(wanted, wanted);
    }
    // The cloud may refuse a new group that refers to itself (evroc-api.md does
    // not say): then it is created without that rule and completed at once.
    absl::Status made =
        inventories_.security_groups.Create(context_, wanted).status();
    if (made.ok()) return made;
    if (!absl::IsInvalidArgument(made)) {
      EVROC_RETURN_IF_ERROR(
          cloud::FindAfterRefusal(context_, inventories_.security_groups,
                                  wanted.metadata.id, made)
              .status());
      return EnsureGroup(wanted, wanted);
    }
    cloud::SecurityGroup initial = wanted;
    std::erase_if(initial.rules, [&](const cloud::SecurityRule& rule) {
      return rule.remote.security_group == wanted.metadata.id;
    });
    return EnsureGroup(initial, wanted);
  }

  // Makes the group as `wanted`; one that does not exist is created from
  // `initial`.
  absl::Status EnsureGroup(const cloud::SecurityGroup& initial,
                           const cloud::SecurityGroup& wanted) {
    return Ensure<cloud::SecurityGroup>(
               context_, inventories_.security_groups, owner_, initial,
               [&](cloud::SecurityGroup& group) {
                 group.metadata.labels = cloud::Relabelled(
                     group.metadata.labels, wanted.metadata.labels);
                 if (!HasRules(spec_, group, wanted)) {
                   group.rules = wanted.rules;
                 }
               })
        .status();
  }

  static bool RefersToItself(const cloud::SecurityGroup& group) {
    return std::any_of(group.rules.begin(), group.rules.end(),
                       [&](const cloud::SecurityRule& rule) {
                         return rule.remote.security_group == group.metadata.id;
                       });
  }

  const CallContext& context_;
  NetworkInventories& inventories_;
  const cloud::Capabilities& capabilities_;
  const NetworkSpec& spec_;
  const bool exists_;
  const cloud::OwnerKey owner_;
};

}  // namespace

absl::Status ApplyGroups(const CallContext& context,
                         NetworkInventories& inventories,
                         const cloud::Capabilities& capabilities,
                         const NetworkSpec& spec, bool exists) {
  return ApplyingGroups(context, inventories, capabilities, spec, exists).Run();
}

}  // namespace evroc::network
