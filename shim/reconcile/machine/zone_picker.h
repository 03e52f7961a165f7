// Picks the zone of a machine without a requested one: the zone with the fewest
// machines of its cluster and role. Picks count at once, before an annotation
// records them. Thread-safe.

#ifndef SHIM_RECONCILE_MACHINE_ZONE_PICKER_H_
#define SHIM_RECONCILE_MACHINE_ZONE_PICKER_H_

#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "shim/reconcile/object_cache.h"

namespace evroc::shim {

class ZonePicker {
 public:
  // Picks one of `zones` (not empty, sorted) for `machine`; `siblings` are the
  // machines of its cluster. Returns the same zone until Forget.
  std::string Pick(const EvrocMachineObject& machine,
                   const std::vector<std::string>& zones,
                   const std::vector<EvrocMachinePtr>& siblings);

  // Drops the pick once the machine's annotation has it, or the machine is
  // gone.
  void Forget(const ObjectKey& machine);

 private:
  absl::Mutex mutex_;
  absl::flat_hash_map<ObjectKey, std::string> picked_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_ZONE_PICKER_H_
