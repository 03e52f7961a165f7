#include "shim/reconcile/machine/zone_picker.h"

#include <algorithm>

namespace evroc::shim {

std::string ZonePicker::Pick(const EvrocMachineObject& machine,
                             const std::vector<std::string>& zones,
                             const std::vector<EvrocMachinePtr>& siblings) {
  const absl::MutexLock lock(&mutex_);
  const auto known = picked_.find(machine.meta.key);
  if (known != picked_.end()) return known->second;
  std::map<std::string, int> machines;
  for (const EvrocMachinePtr& sibling : siblings) {
    if (sibling->meta.control_plane != machine.meta.control_plane) continue;
    if (sibling->meta.deleting) continue;
    std::string zone(sibling->meta.Annotation(kZoneAnnotation));
    const auto pick = picked_.find(sibling->meta.key);
    if (zone.empty() && pick != picked_.end()) zone = pick->second;
    if (!zone.empty()) ++machines[zone];
  }
  std::string zone =
      *std::min_element(zones.begin(), zones.end(),
                        [&](const std::string& a, const std::string& b) {
                          return machines[a] < machines[b];
                        });
  picked_[machine.meta.key] = zone;
  return zone;
}

void ZonePicker::Forget(const ObjectKey& machine) {
  const absl::MutexLock lock(&mutex_);
  picked_.erase(machine);
}

}  // namespace evroc::shim
