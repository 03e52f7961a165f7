// Deletes the cloud objects that programs inside a workload cluster made:
// Evroc's cloud controller manager and CSI driver, which label them with an
// identifier of their cluster (evroc-api.md B.12).
//
// Functions without state.

#ifndef SERVICES_INVENTORY_WORKLOAD_OBJECTS_H_
#define SERVICES_INVENTORY_WORKLOAD_OBJECTS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/status/status_macros.h"
#include "common/status/violations.h"
#include "services/evroc/api/collection.h"
#include "services/evroc/api/compute.h"
#include "services/evroc/api/existence.h"
#include "services/evroc/api/kinds.h"
#include "services/identity/owner_labels.h"
#include "services/inventory/removal.h"

namespace evroc::cloud {

inline constexpr char kWorkloadLabel[] = "managed-by";

// Adds an error for `field` unless `identifier` is empty or a UUID: any other
// text may be that of several clusters, as the project's name is, the drivers'
// default, or that of other programs.
void CheckWorkloadIdentifier(absl::string_view identifier,
                             const std::string& field, Violations& violations);

// What keeps an object from being deleted, for people; empty: nothing.
template <typename T>
std::string WorkloadHolderOf(const T& /*object*/) {
  return "";
}
// A disk that is in use, inside the cluster or outside, is not deleted.
std::string WorkloadHolderOf(const Disk& disk);

// Whether the object is that cluster's, and has no owner of this provider's.
bool IsWorkloadObject(const Labels& labels, absl::string_view identifier);

// Requests the deletion of an object that a list has shown, if it is still that
// object and still the cluster's. Returns why it still exists, empty: it is
// gone or is none of the cluster's any more.
template <typename T>
absl::StatusOr<std::string> RemoveWorkloadObject(const CallContext& context,
                                                 Collection<T>& collection,
                                                 const std::string& identifier,
                                                 const T& listed) {
  const Id<T>& id = listed.metadata.id;
  EVROC_ASSIGN_OR_RETURN(const std::optional<T> fresh,
                         FindObject(collection, context, id));
  if (!fresh.has_value() ||
      !IsWorkloadObject(fresh->metadata.labels, identifier)) {
    return std::string();
  }
  if (fresh->metadata.uid != listed.metadata.uid) {
    return std::string("made again inside the cluster; it is looked at again");
  }
  if (const std::string holder = WorkloadHolderOf(*fresh); !holder.empty()) {
    return absl::StrCat("made inside the cluster, in use by ", holder);
  }
  const absl::StatusOr<bool> gone =
      DeleteObject(collection, context, id, fresh->metadata.uid);
  if (absl::IsFailedPrecondition(gone.status())) {
    return absl::StrCat("made inside the cluster, ", gone.status().message());
  }
  EVROC_RETURN_IF_ERROR(gone.status());
  return std::string(*gone ? ""
                           : "made inside the cluster, deletion is under way");
}

// Requests the deletion of the collection's objects with that identifier, and
// adds those that still exist to `sweep`. "Still in use" is no error. Safe to
// repeat.
template <typename T>
void RemoveWorkloadObjects(const CallContext& context,
                           Collection<T>& collection,
                           const std::string& identifier, Sweep& sweep) {
  const absl::StatusOr<Listing<T>> listing =
      collection.List(context, absl::StrCat(kWorkloadLabel, "=", identifier));
  sweep.Note(listing.status());
  if (!listing.ok()) return;
  for (const T& object : listing->items) {
    if (!IsWorkloadObject(object.metadata.labels, identifier)) continue;
    const absl::StatusOr<std::string> left =
        RemoveWorkloadObject(context, collection, identifier, object);
    sweep.Note(left.status());
    if (left.ok() && !left->empty()) {
      sweep.Add(RemainingOf(object.metadata.id, *left));
    }
  }
}

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_WORKLOAD_OBJECTS_H_
