// Creates or repairs one cloud object: the step that both services take for
// each part of a network or machine.
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
#include "absl/strings/string_view.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "services/evroc/api/kinds.h"
#include "services/identity/owner.h"
#include "services/identity/owner_labels.h"
#include "services/inventory/inventory.h"

namespace evroc::cloud {

// Reason (ErrorInfo) of a conflict.
inline constexpr absl::string_view kConflict = "CONFLICT";

// FAILED_PRECONDITION: an object of another owner has the name.
template <typename T>
absl::Status NameTaken(const T& object) {
  const std::string whose = DescribeOwner(object.metadata.labels);
  return MakeError(absl::StatusCode::kFailedPrecondition,
                   absl::StrCat(DescribeId(object.metadata.id),
                                " exists already and belongs to ", whose),
                   {.reason = std::string(kNameTaken),
                    .metadata = {{"object", DescribeId(object.metadata.id)},
                                 {"owner", whose}}});
}

// Whether the cloud, or a check of ours, has refused what was asked for, rather
// than not answered: another step may succeed all the same.
inline bool IsRefusal(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsPermissionDenied(status) ||
         absl::IsFailedPrecondition(status) || absl::IsUnimplemented(status) ||
         absl::IsNotFound(status) || absl::IsAborted(status) ||
         DetailsOf(status).reason == kQuotaExceeded;
}

// Whether the object may exist although, or because, its creation failed: the
// cloud may check the rest of the request, the quota or the permission to
// create before the name.
inline bool MayExist(const absl::Status& creation) {
  return absl::IsAlreadyExists(creation) || absl::IsInvalidArgument(creation) ||
         absl::IsPermissionDenied(creation) ||
         DetailsOf(creation).reason == kQuotaExceeded;
}

// After a creation that was refused with `refusal`: returns the object if it
// exists after all; else the refusal, which says more than a read that failed,
// or, where the name is taken, the error of the read. ABORTED with kConflict if
// a conflict (409) is not about the name.
template <typename T>
absl::StatusOr<Known<T>> FindAfterRefusal(const CallContext& context,
                                          Inventory<T>& inventory,
                                          const Id<T>& id,
                                          const absl::Status& refusal) {
  if (!MayExist(refusal)) return refusal;
  const bool exists = absl::IsAlreadyExists(refusal);
  auto found = exists ? inventory.GetFresh(context, id)
                      : inventory.GetFreshIfMissing(context, id);
  if (!found.ok()) return exists ? found.status() : refusal;
  if (found->has_value()) return **std::move(found);
  if (!exists) return refusal;
  return MakeError(
      absl::StatusCode::kAborted,
      absl::StrCat(refusal.message(), "; but there is no ", DescribeId(id)),
      {.reason = std::string(kConflict)});
}

// Returns the object, created from `wanted` if it does not exist. No read comes
// first, since the creation finds out what memory does not show. If the object
// exists after all, made by a call of ours whose answer was lost, with another
// credential or by somebody else, it is read, and does not count as created;
// the caller checks whose it is.
template <typename T>
absl::StatusOr<Known<T>> GetOrCreate(const CallContext& context,
                                     Inventory<T>& inventory, const T& wanted) {
  const Id<T>& id = wanted.metadata.id;
  EVROC_ASSIGN_OR_RETURN(std::optional<Known<T>> known,
                         inventory.Get(context, id));
  if (known.has_value()) return *std::move(known);
  absl::StatusOr<T> created = inventory.Create(context, wanted);
  if (created.ok()) {
    return Known<T>{.object = *std::move(created), .created = true};
  }
  return FindAfterRefusal(context, inventory, id, created.status());
}

// Returns the object as `wanted`: created if absent, changed by `change` if it
// is the owner's. An object that is being deleted is returned as it is.
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

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_ENSURE_H_
