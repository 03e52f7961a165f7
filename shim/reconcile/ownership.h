// Whose the ownership id in an object's annotation is. Pure functions.

#ifndef SHIM_RECONCILE_OWNERSHIP_H_
#define SHIM_RECONCILE_OWNERSHIP_H_

#include <tuple>
#include <vector>

#include "shim/cache/object_meta.h"

namespace evroc::shim {

// Whether an older object than this carries the same id: then this one is a
// copy that somebody made with our annotation, and what is in the cloud is not
// its own. `with_id` are all that carry the id.
template <typename Pointer>
bool IsCopy(const std::vector<Pointer>& with_id, const ObjectMeta& self) {
  for (const Pointer& other : with_id) {
    if (other->meta.uid != self.uid &&
        std::tie(other->meta.created, other->meta.uid) <
            std::tie(self.created, self.uid)) {
      return true;
    }
  }
  return false;
}

// Finalizer and id are written in one patch, so that one without the other
// means that somebody took the id away: what was made can't be found any more.
inline bool LostIdentity(const ObjectMeta& meta, absl::string_view finalizer) {
  return meta.HasFinalizer(finalizer) &&
         meta.Annotation(kOwnerIdAnnotation).empty();
}

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_OWNERSHIP_H_
