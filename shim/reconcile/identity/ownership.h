// Checks whose an object is, by its annotations, their copy in the status, and
// finalizers. Pure functions.

#ifndef SHIM_RECONCILE_IDENTITY_OWNERSHIP_H_
#define SHIM_RECONCILE_IDENTITY_OWNERSHIP_H_

#include "absl/strings/string_view.h"
#include "shim/cache/evroc_cluster.h"
#include "shim/cache/object_meta.h"
#include "shim/reconcile/identity/kept_annotations.h"

namespace evroc::shim {

// Whether the id was removed: one patch writes finalizer and id, so a finalizer
// without an id means that the cloud objects can't be found.
inline bool LostIdentity(const ObjectMeta& meta, absl::string_view finalizer) {
  return meta.HasFinalizer(finalizer) &&
         meta.Annotation(kOwnerIdAnnotation).empty();
}

// Whether another controller manages an EvrocCluster (IC-10): not if this
// provider has begun it, since nobody else would finish or delete that (ADR
// 32), which the status of one that was stripped says.
inline bool IsExternallyManaged(const EvrocClusterObject& cluster) {
  const bool begun = cluster.meta.HasFinalizer(kClusterFinalizer) ||
                     !KeptAnnotation(cluster, kOwnerIdAnnotation).empty();
  return cluster.meta.managed_by && !begun;
}

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_IDENTITY_OWNERSHIP_H_
