// Validates and decodes requests for taking over, and encodes their answers.
// Pure functions.

#ifndef SERVICES_FIELDS_TAKE_OVER_FIELDS_H_
#define SERVICES_FIELDS_TAKE_OVER_FIELDS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "evroc/common/v1/resources.pb.h"
#include "evroc/common/v1/take_over.pb.h"
#include "services/fields/common_fields.h"
#include "services/inventory/take_over.h"

namespace evroc::cloud {

// INVALID_ARGUMENT that names every invalid field.
absl::StatusOr<TakeOverRequest> CheckTakeOver(
    const common::v1::Owner& owner, OwnerKind kind,
    const common::v1::PreviousOwner& previous,
    common::v1::TakeOverAction action);

common::v1::TakeOverObject ToProto(const TakeOverObject& object);

// Fills `response.objects`.
template <typename Response>
void SetObjects(const std::vector<TakeOverObject>& objects,
                Response& response) {
  for (const TakeOverObject& object : objects) {
    *response.add_objects() = ToProto(object);
  }
}

// Fills `changes` and `failure` of a response about a plan that ended with
// `applied`. Returns an error that says nothing about the plan.
template <typename Response>
absl::Status SetPlan(const std::vector<std::string>& changes,
                     const absl::Status& applied, Response& response) {
  if (!applied.ok() && !absl::IsInvalidArgument(applied) &&
      !absl::IsFailedPrecondition(applied)) {
    return applied;
  }
  *response.mutable_changes() = {changes.begin(), changes.end()};
  response.set_failure(std::string(applied.message()));
  return absl::OkStatus();
}

}  // namespace evroc::cloud

#endif  // SERVICES_FIELDS_TAKE_OVER_FIELDS_H_
