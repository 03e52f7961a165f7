#include "services/compute/machine_state.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace evroc::compute {
namespace {

using State = v1::VirtualMachine;

// The cloud's states, and those of KubeVirt, which it is built on.
constexpr std::pair<absl::string_view, v1::VirtualMachine::State> kStates[] = {
    {"", State::STATE_PROVISIONING},
    {"Creating", State::STATE_PROVISIONING},
    {"Provisioning", State::STATE_PROVISIONING},
    {"WaitingForVolumeBinding", State::STATE_PROVISIONING},
    {"WaitingForReceiver", State::STATE_PROVISIONING},
    {kUnschedulable, State::STATE_PROVISIONING},
    {"Starting", State::STATE_STARTING},
    {"Running", State::STATE_RUNNING},
    {"Migrating", State::STATE_RUNNING},
    {"Stopping", State::STATE_STOPPING},
    {"Stopped", State::STATE_STOPPED},
    {"Terminating", State::STATE_DELETING},
    {"ProvisioningFailed", State::STATE_FAILED},
};

constexpr absl::string_view kImportScheduled = "ImportScheduled";

}  // namespace

v1::VirtualMachine::State StateOf(absl::string_view virtual_machine_status) {
  for (const auto& [word, state] : kStates) {
    if (word == virtual_machine_status) return state;
  }
  return State::STATE_UNKNOWN;
}

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
