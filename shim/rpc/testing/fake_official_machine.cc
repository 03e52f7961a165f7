#include "shim/rpc/testing/fake_official_machine.h"

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"

namespace evroc::shim {
namespace {

using common::v1::TakeOverObject;
using compute::v1::TakeOverVirtualMachineResponse;

constexpr char kMachine[] = "VirtualMachine";

template <typename All>
bool Has(const All& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

// Both ids are right.
bool HasLabelsOf(const common::v1::PreviousOwner& labels,
                 const common::v1::PreviousOwner& previous) {
  return labels.cluster_id() == previous.cluster_id() &&
         labels.machine_id() == previous.machine_id();
}

}  // namespace

TakeOverVirtualMachineResponse FakeTakeOver(
    const compute::v1::VirtualMachine& machine, TakeOverVerdict verdict) {
  const std::string& id = machine.owner().resource_prefix();
  std::set<std::string> disks = {absl::StrCat(id, "-boot-disk")};
  for (const auto& disk : machine.data_disks()) {
    disks.insert(absl::StrCat(id, "-", disk.name()));
  }
  TakeOverVirtualMachineResponse response;
  const auto add = [&](const std::string& kind, const std::string& name) {
    TakeOverObject& object = *response.add_objects();
    object.set_kind(kind);
    object.set_id(name);
    object.set_verdict(verdict);
    object.set_reason("the fake says so");
  };
  for (const std::string& disk : disks) add("Disk", disk);
  add(kMachine, id);
  response.set_zone(machine.zone());
  response.set_uid(machine.uid());
  response.set_public_ip_id(machine.public_ip_id());
  return response;
}

TakeOverVirtualMachineResponse FakeNotTheirs(
    const compute::v1::VirtualMachine& machine) {
  TakeOverVirtualMachineResponse response;
  TakeOverObject& object = *response.add_objects();
  object.set_kind(kMachine);
  object.set_id(machine.id());
  object.set_verdict(TakeOverObject::NOT_THEIRS);
  object.set_reason("the fake made it");
  return response;
}

TakeOverVirtualMachineResponse JudgeFakeMachine(
    const FakeOfficialMachine& official,
    const common::v1::PreviousOwner& previous) {
  TakeOverVirtualMachineResponse response =
      FakeTakeOver(official.machine, TakeOverObject::PROVEN);
  const bool disks = HasLabelsOf(official.labels, previous);
  const bool machine =
      (disks || Has(previous.machine_uids(), official.machine.uid())) &&
      Has(previous.cluster_names(), official.labels.cluster_names(0));
  for (TakeOverObject& object : *response.mutable_objects()) {
    const bool proven = object.kind() == kMachine ? machine : disks;
    if (!proven) object.set_verdict(TakeOverObject::NOT_PROVEN);
  }
  if (!machine) {
    response.clear_uid();
    response.clear_public_ip_id();
  }
  return response;
}

bool IsProven(const TakeOverVirtualMachineResponse& response) {
  return std::none_of(response.objects().begin(), response.objects().end(),
                      [](const TakeOverObject& object) {
                        return object.verdict() == TakeOverObject::NOT_PROVEN;
                      });
}

}  // namespace evroc::shim
