// Picks the zone of a machine without a requested one: the zone with the fewest
// machines of its cluster and role, and if possible none in which a machine of
// the same size is or was late. Picks count at once, before an annotation
// records them. Thread-safe.

#ifndef SHIM_RECONCILE_MACHINE_ZONE_PICKER_H_
#define SHIM_RECONCILE_MACHINE_ZONE_PICKER_H_

#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "shim/reconcile/object_cache.h"

namespace evroc::shim {

class ZonePicker {
 public:
  // Picks one of `zones` (not empty, sorted) for `machine`; `siblings` are the
  // machines of its cluster. Returns the same zone until Forget.
  std::string Pick(const EvrocMachineObject& machine,
                   const std::vector<std::string>& zones,
                   const std::vector<EvrocMachinePtr>& siblings,
                   absl::Time now);

  // Notes that `machine` is late in that zone: the one that takes its place
  // goes elsewhere, also if it comes after it is gone.
  void Avoid(const EvrocMachineObject& machine, absl::string_view zone,
             absl::Time now);

  // Drops the pick once the machine's annotation has it, or the machine is
  // gone.
  void Forget(const ObjectKey& machine);

 private:
  // What has room in a zone depends on its size.
  struct Place {
    ObjectKey cluster;
    std::string compute_profile;
    std::string zone;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  // Zones, without those where a machine is or was late; all of them if there
  // is no other.
  std::vector<std::string> WithoutLateLocked(
      const EvrocMachineObject& machine, const std::vector<std::string>& zones,
      const std::vector<EvrocMachinePtr>& siblings, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  std::map<Place, absl::Time> late_ ABSL_GUARDED_BY(mutex_);  // until when
  absl::flat_hash_map<ObjectKey, std::string> picked_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_ZONE_PICKER_H_
