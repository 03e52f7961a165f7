// A virtual machine that Evroc's official provider has made, for the fake
// compute service, which may take it over. Values and pure functions.

#ifndef SHIM_RPC_TESTING_FAKE_OFFICIAL_MACHINE_H_
#define SHIM_RPC_TESTING_FAKE_OFFICIAL_MACHINE_H_

#include <string>
#include <vector>

#include "evroc/common/v1/take_over.pb.h"
#include "evroc/compute/v1/compute_service.pb.h"
#include "evroc/compute/v1/resources.pb.h"

namespace evroc::shim {

struct FakeOfficialMachine {
  // It runs, with this desired state. Its id is its owner's resource prefix.
  compute::v1::VirtualMachine machine;
  // What its labels say: cluster_id, machine_id and one of cluster_names.
  common::v1::PreviousOwner labels;
  // What a plan says.
  std::vector<std::string> plan;
};

using TakeOverVerdict = common::v1::TakeOverObject::Verdict;

// Returns the machine and its disks, all with that verdict.
compute::v1::TakeOverVirtualMachineResponse FakeTakeOver(
    const compute::v1::VirtualMachine& machine, TakeOverVerdict verdict);

// Returns whose the machine and its disks are.
compute::v1::TakeOverVirtualMachineResponse JudgeFakeMachine(
    const FakeOfficialMachine& official,
    const common::v1::PreviousOwner& previous);

// Whether everything is proven.
bool IsProven(const compute::v1::TakeOverVirtualMachineResponse& response);

}  // namespace evroc::shim

#endif  // SHIM_RPC_TESTING_FAKE_OFFICIAL_MACHINE_H_
