#include "shim/reconcile/machine/zone_picker.h"

#include <algorithm>

#include "shim/reconcile/machine/status/lateness.h"

namespace evroc::shim {
namespace {

// For so long after a machine was late its zone is avoided.
constexpr absl::Duration kAvoid = absl::Hours(1);

ObjectKey ClusterOf(const EvrocMachineObject& machine) {
  return {machine.meta.key.name_space, machine.meta.cluster_name};
}

}  // namespace

std::vector<std::string> ZonePicker::WithoutLateLocked(
    const EvrocMachineObject& machine, const std::vector<std::string>& zones,
    const std::vector<EvrocMachinePtr>& siblings, absl::Time now) {
  std::erase_if(late_, [&](const auto& entry) { return entry.second <= now; });
  std::vector<std::string> left = zones;
  const std::string& profile = machine.spec.compute_profile;
  for (const auto& [place, until] : late_) {
    if (place.cluster == ClusterOf(machine) &&
        place.compute_profile == profile) {
      std::erase(left, place.zone);
    }
  }
  // After a restart their status alone remembers it.
  for (const EvrocMachinePtr& sibling : siblings) {
    if (sibling->spec.compute_profile != profile ||
        !IsLate(sibling->status.conditions.ReasonOf("Ready"))) {
      continue;
    }
    std::erase(left, sibling->meta.Annotation(kZoneAnnotation));
  }
  return left.empty() ? zones : left;
}

void ZonePicker::Avoid(const EvrocMachineObject& machine,
                       absl::string_view zone, absl::Time now) {
  if (zone.empty()) return;
  const absl::MutexLock lock(&mutex_);
  late_[{ClusterOf(machine), machine.spec.compute_profile, std::string(zone)}] =
      now + kAvoid;
}

std::string ZonePicker::Pick(const EvrocMachineObject& machine,
                             const std::vector<std::string>& zones,
                             const std::vector<EvrocMachinePtr>& siblings,
                             absl::Time now) {
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
    // One that the official provider made and that is yet to be taken over.
    if (zone.empty()) zone = sibling->status.failure_domain.str();
    if (!zone.empty()) ++machines[zone];
  }
  const std::vector<std::string> candidates =
      WithoutLateLocked(machine, zones, siblings, now);
  std::string zone =
      *std::min_element(candidates.begin(), candidates.end(),
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
