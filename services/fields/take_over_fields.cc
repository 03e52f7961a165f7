#include "services/fields/take_over_fields.h"

#include <string>

#include "absl/strings/string_view.h"
#include "common/status/status_macros.h"
#include "common/status/violations.h"
#include "services/identity/owner_labels.h"

namespace evroc::cloud {
namespace {

constexpr int kMaxEach = 2;

// They become values in the cloud's label selectors.
void CheckLabelValue(const std::string& value, absl::string_view field,
                     Violations& violations) {
  violations.Check(value.empty() || IsLabelValue(value), field,
                   "is not the value of a label");
}

TakeOverAction FromProto(common::v1::TakeOverAction action) {
  switch (action) {
    case common::v1::TAKE_OVER_ACTION_TAKE:
      return TakeOverAction::kTake;
    case common::v1::TAKE_OVER_ACTION_GIVE_BACK:
      return TakeOverAction::kGiveBack;
    default:
      return TakeOverAction::kReport;
  }
}

common::v1::TakeOverObject::Verdict ToProto(TakeOverVerdict verdict) {
  using Proto = common::v1::TakeOverObject;
  switch (verdict) {
    case TakeOverVerdict::kProven:
      return Proto::PROVEN;
    case TakeOverVerdict::kTaken:
      return Proto::TAKEN;
    case TakeOverVerdict::kNotProven:
      return Proto::NOT_PROVEN;
    case TakeOverVerdict::kNotTheirs:
      return Proto::NOT_THEIRS;
    case TakeOverVerdict::kGiven:
      return Proto::GIVEN_BACK;
  }
  return Proto::VERDICT_UNSPECIFIED;
}

}  // namespace

absl::StatusOr<TakeOverRequest> CheckTakeOver(
    const common::v1::Owner& owner, OwnerKind kind,
    const common::v1::PreviousOwner& previous,
    common::v1::TakeOverAction action) {
  Violations violations;
  TakeOverRequest request{
      .owner = CheckOwner(owner, kind, /*names=*/true, "owner", violations),
      .previous = {.cluster_id = previous.cluster_id(),
                   .cluster_uid = previous.cluster_uid(),
                   .cluster_names = {previous.cluster_names().begin(),
                                     previous.cluster_names().end()},
                   .machine_id = previous.machine_id(),
                   .machine_uids = {previous.machine_uids().begin(),
                                    previous.machine_uids().end()}},
      .action = FromProto(action)};
  violations.Check(!owner.resource_prefix().empty(), "owner.resource_prefix",
                   "is required");
  const int names = previous.cluster_names_size();
  violations.Check(names > 0 && names <= kMaxEach,
                   "previous_owner.cluster_names", "has to be one or two");
  violations.Check(previous.machine_uids_size() <= kMaxEach,
                   "previous_owner.machine_uids", "has more than 2");
  violations.Check(
      kind == OwnerKind::kMachine ||
          (previous.machine_id().empty() && previous.machine_uids().empty()),
      "previous_owner.machine_id", "is for machines only");
  CheckLabelValue(previous.cluster_id(), "previous_owner.cluster_id",
                  violations);
  CheckLabelValue(previous.cluster_uid(), "previous_owner.cluster_uid",
                  violations);
  CheckLabelValue(previous.machine_id(), "previous_owner.machine_id",
                  violations);
  violations.Check(common::v1::TakeOverAction_IsValid(static_cast<int>(action)),
                   "action", "is unknown");
  EVROC_RETURN_IF_ERROR(violations.ToStatus());
  return request;
}

common::v1::TakeOverObject ToProto(const TakeOverObject& object) {
  common::v1::TakeOverObject proto;
  proto.set_kind(object.kind);
  proto.set_id(object.id);
  proto.set_verdict(ToProto(object.verdict));
  proto.set_reason(object.reason);
  return proto;
}

}  // namespace evroc::cloud
