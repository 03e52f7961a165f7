#include "shim/rpc/machine_snapshot.h"

#include <memory>
#include <tuple>
#include <vector>

namespace evroc::shim {
namespace {

auto Tie(const MachineSnapshot& machine) {
  return std::tie(machine.state, machine.id, machine.uid, machine.zone,
                  machine.placement_group, machine.data_disks,
                  machine.private_ipv4_address, machine.public_ipv4_address,
                  machine.ipv6_address, machine.waiting_since);
}

// Of a disk that does not exist only the names are known.
bool Exists(const compute::v1::DiskStatus& disk) {
  return disk.ready() || disk.attached() || disk.size_gb() > 0 ||
         !disk.reason().empty();
}

std::vector<InternedString> DataDisksOf(
    const compute::v1::VirtualMachine& machine) {
  std::vector<InternedString> names;
  for (const compute::v1::DiskStatus& disk : machine.disks()) {
    if (!disk.name().empty() && Exists(disk)) names.emplace_back(disk.name());
  }
  return names;
}

}  // namespace

bool operator==(const MachineSnapshot& a, const MachineSnapshot& b) {
  return Tie(a) == Tie(b) && SameConditions(a.conditions, b.conditions);
}

MachineSnapshot SnapshotOf(const compute::v1::VirtualMachine& machine) {
  return {.state = machine.state(),
          .id = machine.id(),
          .uid = machine.uid(),
          .zone = machine.actual_zone(),
          .placement_group = machine.actual_placement_group_id(),
          .data_disks = DataDisksOf(machine),
          .private_ipv4_address = machine.private_ipv4_address(),
          .public_ipv4_address = machine.public_ipv4_address(),
          .ipv6_address = machine.ipv6_address(),
          .waiting_since =
              machine.has_waiting_since()
                  ? absl::FromUnixSeconds(machine.waiting_since().seconds())
                  : absl::InfinitePast(),
          .conditions = ConditionsOf(machine.conditions())};
}

MachineSnapshot LostMachine() {
  std::vector<CloudCondition> conditions;
  for (const char* type : {"VMReady", "Ready"}) {
    conditions.push_back(
        {.type = type,
         .status = common::v1::Condition::STATUS_FALSE,
         .reason = "Lost",
         .message = "it was provisioned before and does not exist any more"});
  }
  return {.state = compute::v1::VirtualMachine::STATE_LOST,
          .conditions = std::make_shared<const std::vector<CloudCondition>>(
              std::move(conditions))};
}

}  // namespace evroc::shim
