#include "services/compute/machine_waiting.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/compute/machine_state.h"

namespace evroc::compute {
namespace {

constexpr absl::string_view kImportScheduled = "ImportScheduled";

}  // namespace

bool HasAddress(const cloud::VirtualMachine& machine) {
  return !machine.status.private_ipv4_address.empty() ||
         !machine.status.ipv6_address.empty();
}

bool AwaitsRoom(const cloud::VirtualMachine& machine) {
  return machine.status.state == kUnschedulable;
}

bool AwaitsImport(const cloud::Disk& disk) {
  const cloud::Condition* ready =
      cloud::FindCondition(disk.status.conditions, "Ready");
  return ready != nullptr && ready->status != cloud::ConditionStatus::kTrue &&
         ready->reason == kImportScheduled;
}

std::optional<absl::Time> WaitingSince(const MachineResources& resources,
                                       v1::VirtualMachine::State state) {
  if (state != v1::VirtualMachine::STATE_PROVISIONING) return std::nullopt;
  absl::Time since = absl::InfinitePast();
  if (resources.machine.has_value() && AwaitsRoom(resources.machine->object)) {
    // One that has an address may have run since.
    if (HasAddress(resources.machine->object)) return std::nullopt;
    since = resources.machine->object.metadata.created;
  } else {
    for (const cloud::Known<cloud::Disk>& disk : resources.disks) {
      if (AwaitsImport(disk.object)) since = disk.object.metadata.created;
    }
  }
  if (since == absl::InfinitePast()) return std::nullopt;
  return since;
}

std::string Since(absl::Time created) {
  if (created == absl::InfinitePast()) return "";
  return absl::StrCat(" since ", absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", created,
                                                  absl::UTCTimeZone()));
}

}  // namespace evroc::compute
