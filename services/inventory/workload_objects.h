// Deletes the cloud objects that programs inside a workload cluster made:
// Evroc's cloud controller manager and CSI driver, which label them with an
// identifier of their cluster (evroc-api.md B.12).
//
// Functions without state.

#ifndef SERVICES_INVENTORY_WORKLOAD_OBJECTS_H_
#define SERVICES_INVENTORY_WORKLOAD_OBJECTS_H_

#include <string>
#include <vector>

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
#include "services/inventory/ensure.h"

namespace evroc::cloud {

inline constexpr char kWorkloadLabel[] = "managed-by";

// Adds an error for `field` unless `identifier` is empty or a UUID: any other
// text may be that of several clusters, as the project's name is, the drivers'
// default, or that of other programs.
void CheckWorkloadIdentifier(absl::string_view identifier,
                             const std::string& field, Violations& violations);

// What keeps an object from being deleted, for people; empty: nothing.
template <typename T>
std::string HolderOf(const T& /*object*/) {
  return "";
}
// A disk that is in use, inside the cluster or outside, is not deleted.
std::string HolderOf(const Disk& disk);

// Requests the deletion of the collection's objects with that identifier, and
// adds those that still exist to `remaining`. An object that has an owner of
// this provider's is left. "Still in use" is no error. Safe to repeat.
template <typename T>
absl::Status RemoveWorkloadObjects(const CallContext& context,
                                   Collection<T>& collection,
                                   const std::string& identifier,
                                   std::vector<Remaining>& remaining) {
  EVROC_ASSIGN_OR_RETURN(
      const Listing<T> listing,
      collection.List(context, absl::StrCat(kWorkloadLabel, "=", identifier)));
  for (const T& object : listing.items) {
    const Labels& labels = object.metadata.labels;
    if (LabelOf(labels, kWorkloadLabel) != identifier ||
        OwnerOf(labels).has_value()) {
      continue;
    }
    if (const std::string holder = HolderOf(object); !holder.empty()) {
      remaining.push_back(
          {std::string(kKindInfo<T>.kind), object.metadata.id.value(),
           absl::StrCat("made inside the cluster, in use by ", holder)});
      continue;
    }
    const absl::StatusOr<bool> gone =
        DeleteObject(collection, context, object.metadata.id);
    std::string reason = "made inside the cluster, deletion is under way";
    if (absl::IsFailedPrecondition(gone.status())) {
      reason =
          absl::StrCat("made inside the cluster, ", gone.status().message());
    } else if (!gone.ok()) {
      return gone.status();
    } else if (*gone) {
      continue;
    }
    remaining.push_back({std::string(kKindInfo<T>.kind),
                         object.metadata.id.value(), std::move(reason)});
  }
  return absl::OkStatus();
}

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_WORKLOAD_OBJECTS_H_
