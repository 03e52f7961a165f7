// Says which of several objects with one owner id is the one that the id, and
// what is in the cloud, belongs to. Pure functions.
//
// A manifest that was copied has our annotations, and so has an original that
// was moved or restored; the status neither has. So what counts first is what
// the status says, then what the annotations record, and the age only between
// objects that have nothing in the cloud. What that does not decide is left to
// people.

#ifndef SHIM_RECONCILE_IDENTITY_COPIES_H_
#define SHIM_RECONCILE_IDENTITY_COPIES_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "shim/cache/evroc_cluster.h"
#include "shim/cache/evroc_machine.h"
#include "shim/cache/object_meta.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

// In status.annotations: the owner id that an object was refused for, which is
// another one's.
inline constexpr absl::string_view kRefusedId = "evroc.com/refused-id";

// What an object is among all that have its owner id.
struct Standing {
  enum class Kind {
    kOwner,
    kCopy,     // what is in the cloud is another's: this one may simply go
    kDoubted,  // nothing says whose it is, or it may have something of its own
  };
  Kind kind = Kind::kOwner;
  // The object that it is not the owner for; without a name if that is gone.
  ObjectKey other;
  // It was refused for one whose id it certainly was: it does not take that
  // one's place by itself, whatever becomes of it.
  bool is_refused = false;

  bool owns() const { return kind == Kind::kOwner; }
};

// `with_id`: all objects with the owner id of `self`, which may be among them.
Standing StandingAmong(
    const std::vector<std::shared_ptr<const EvrocClusterObject>>& with_id,
    const EvrocClusterObject& self);
Standing StandingAmong(
    const std::vector<std::shared_ptr<const EvrocMachineObject>>& with_id,
    const EvrocMachineObject& self);

// FAILED_PRECONDITION: it is not the owner. Names both objects, and says what
// to do. `finalizer` is ours on it.
absl::Status StandingError(const ResourceType& type, const ObjectMeta& self,
                           const Standing& standing,
                           absl::string_view finalizer);

// What status.annotations is to be where a reconcile ends before the object was
// proven to be an owner's: what is kept of an owner; of a refused one that it
// is that; else as it is.
Annotations AnnotationsAfter(const EvrocClusterObject& self,
                             const Standing& standing);
Annotations AnnotationsAfter(const EvrocMachineObject& self,
                             const Standing& standing);

// Whether our finalizer belongs onto an object: it lives, may have something in
// the cloud, which is found by its id, and is no copy. Without its Cluster
// (`has_cluster`) only the status says so, since nothing is begun there
// (IC-01).
bool KeepsFinalizer(const EvrocClusterObject& self, const Standing& standing,
                    bool has_cluster);
bool KeepsFinalizer(const EvrocMachineObject& self, const Standing& standing,
                    bool has_cluster);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_IDENTITY_COPIES_H_
