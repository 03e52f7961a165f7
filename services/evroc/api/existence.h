// Finds out whether an object exists: the cloud may answer 403 for absent
// objects (evroc-api.md B.9.1, ADR 6), and a 404 may be a proxy's (ADR 27).
//
// Stateless functions.

#ifndef SERVICES_EVROC_API_EXISTENCE_H_
#define SERVICES_EVROC_API_EXISTENCE_H_

#include <algorithm>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "services/evroc/api/collection.h"

namespace evroc::cloud {

// 403, whatever its text makes of it, since text says nothing of existence, or
// a 404 that is not known to be the cloud's.
inline bool LeavesExistenceOpen(const absl::Status& status) {
  if (absl::IsPermissionDenied(status)) return true;
  const ErrorDetails details = DetailsOf(status);
  const auto found = details.metadata.find("http_status");
  return found != details.metadata.end() &&
         (found->second == "403" || found->second == "404");
}

// Whether the answer to a list says that the caller is shown nothing of it: it
// is not offered here, or the credential has no right to see it.
inline bool IsWithheld(const absl::Status& status) {
  return absl::IsNotFound(status) || absl::IsUnimplemented(status) ||
         absl::IsPermissionDenied(status);
}

// Returns the object, or nullopt if it definitely does not exist: after a 404
// that says why, or after another 404 or a 403 if a complete list of the
// collection also lacks the id. Errors of Get, or of List where that was
// needed.
template <typename T>
absl::StatusOr<std::optional<T>> FindObject(Collection<T>& collection,
                                            const CallContext& context,
                                            const Id<T>& id) {
  absl::StatusOr<T> object = collection.Get(context, id);
  if (object.ok()) return std::optional<T>(*std::move(object));
  if (absl::IsNotFound(object.status())) return std::optional<T>();
  if (!LeavesExistenceOpen(object.status())) return object.status();
  EVROC_ASSIGN_OR_RETURN(const Listing<T> all, collection.List(context, ""));
  const bool listed =
      std::any_of(all.items.begin(), all.items.end(),
                  [&](const T& each) { return each.metadata.id == id; });
  if (listed) return object.status();
  return std::optional<T>();
}

// Requests deletion, as Collection::Delete; returns true if the object
// definitely no longer exists. Errors of Delete except NOT_FOUND.
template <typename T>
absl::StatusOr<bool> DeleteObject(Collection<T>& collection,
                                  const CallContext& context, const Id<T>& id,
                                  const std::string& uid) {
  const absl::Status deleted = collection.Delete(context, id, uid);
  if (deleted.ok()) return false;
  if (absl::IsNotFound(deleted)) return true;
  if (!LeavesExistenceOpen(deleted)) return deleted;
  EVROC_ASSIGN_OR_RETURN(const std::optional<T> object,
                         FindObject(collection, context, id));
  if (!object.has_value()) return true;
  return deleted;
}

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_API_EXISTENCE_H_
