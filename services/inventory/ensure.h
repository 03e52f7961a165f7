// Makes one cloud object of ours be as it should be, and takes one away: what
// every provisioner does with each of its parts.
//
// Functions without state. An object that is not the owner's is never touched
// (ADR 5).

#ifndef SERVICES_INVENTORY_ENSURE_H_
#define SERVICES_INVENTORY_ENSURE_H_

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "services/evroc/api/kinds.h"
#include "services/identity/owner.h"
#include "services/identity/owner_labels.h"
#include "services/inventory/inventory.h"

namespace evroc::cloud {

// FAILED_PRECONDITION: the name that we need is somebody else's.
template <typename T>
absl::Status NameTaken(const T& object) {
  const std::string whose = DescribeOwner(object.metadata.labels);
  return MakeError(absl::StatusCode::kFailedPrecondition,
                   absl::StrCat(DescribeId(object.metadata.id),
                                " exists already and belongs to ", whose),
                   {.reason = "NAME_TAKEN",
                    .metadata = {{"object", DescribeId(object.metadata.id)},
                                 {"owner", whose}}});
}

// FAILED_PRECONDITION: what exists can't be changed in this way.
inline absl::Status CantChange(absl::string_view field,
                               absl::string_view description) {
  return MakeError(
      absl::StatusCode::kFailedPrecondition,
      absl::StrCat(field, ": ", description),
      {.reason = "IMMUTABLE_FIELD",
       .field_violations = {{std::string(field), std::string(description)}}});
}

// The object, made from `wanted` if it is not there. Where the name turns out
// to be taken, by us before an answer was lost or by somebody else, what is
// there is read; the caller looks whose it is.
template <typename T>
absl::StatusOr<Known<T>> GetOrCreate(const CallContext& context,
                                     Inventory<T>& inventory, const T& wanted) {
  EVROC_ASSIGN_OR_RETURN(std::optional<Known<T>> known,
                         inventory.Get(context, wanted.metadata.id));
  if (known.has_value()) return *std::move(known);
  absl::StatusOr<T> created = inventory.Create(context, wanted);
  if (created.ok()) return Known<T>{*std::move(created), false};
  if (!absl::IsAlreadyExists(created.status())) return created.status();
  EVROC_ASSIGN_OR_RETURN(known,
                         inventory.GetFresh(context, wanted.metadata.id));
  if (known.has_value()) return *std::move(known);
  return absl::AbortedError(
      absl::StrCat(DescribeId(wanted.metadata.id), " comes and goes"));
}

// The object as `wanted`: made if absent, changed by `change` if it is the
// owner's. One that is being deleted is left alone and returned as it is.
template <typename T>
absl::StatusOr<Known<T>> Ensure(const CallContext& context,
                                Inventory<T>& inventory, const OwnerKey& owner,
                                const T& wanted,
                                const std::function<void(T&)>& change) {
  EVROC_ASSIGN_OR_RETURN(Known<T> known,
                         GetOrCreate(context, inventory, wanted));
  if (!BelongsTo(known.object.metadata.labels, owner)) {
    return NameTaken(known.object);
  }
  if (known.deleting) return known;
  EVROC_ASSIGN_OR_RETURN(
      known.object, inventory.Modify(context, std::move(known.object), change));
  return known;
}

// Why an object is still there.
struct Remaining {
  std::string kind;
  std::string id;
  std::string reason;
};

// Asks for the deletion of an object, once; what is left of it, if anything.
// "Still in use" is no error (traps.md B8).
template <typename T>
absl::StatusOr<std::optional<Remaining>> RemoveObject(
    const CallContext& context, Inventory<T>& inventory,
    const Known<T>& known) {
  const Id<T>& id = known.object.metadata.id;
  Remaining remaining{std::string(kKindInfo<T>.kind), id.value(),
                      "deletion is under way"};
  if (known.deleting) return std::make_optional(remaining);
  const absl::StatusOr<bool> gone = inventory.Delete(context, id);
  if (absl::IsFailedPrecondition(gone.status())) {
    remaining.reason = std::string(gone.status().message());
    return std::make_optional(remaining);
  }
  EVROC_RETURN_IF_ERROR(gone.status());
  if (*gone) return std::optional<Remaining>();
  return std::make_optional(remaining);
}

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_ENSURE_H_
