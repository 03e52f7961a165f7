#include "shim/reconcile/machine/status/machine_status.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Vm = compute::v1::VirtualMachine;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

void AddCondition(Vm& vm, const std::string& type, bool holds,
                  const std::string& reason) {
  common::v1::Condition& condition = *vm.add_conditions();
  condition.set_type(type);
  condition.set_status(holds ? common::v1::Condition::STATUS_TRUE
                             : common::v1::Condition::STATUS_FALSE);
  condition.set_reason(reason);
  condition.set_message(holds ? "" : "since it is " + reason);
}

Vm Machine(Vm::State state, bool ready, const std::string& reason) {
  Vm vm;
  vm.set_state(state);
  vm.set_id("vm");
  vm.set_uid("uid");
  vm.set_actual_zone("a");
  vm.set_private_ipv4_address("10.0.0.2");
  AddCondition(vm, "VMReady", ready, reason);
  AddCondition(vm, "Ready", ready, reason);
  return vm;
}

EvrocMachineStatus WriteStatus(
    const EvrocMachineStatus& before, const Vm& vm,
    ProviderIdState provider_id = ProviderIdState::kSet) {
  EvrocMachineObject machine;
  machine.meta.generation = 3;
  machine.status = before;
  return StatusOfMachine(machine, SnapshotOf(vm), "a", provider_id, kNow);
}

TEST(MachineStatusTest, D3AddressesAlwaysComeInTheSameOrder) {
  Vm vm;
  vm.set_id("host");
  EXPECT_THAT(AddressesOf(SnapshotOf(vm)), IsEmpty());
  vm.set_public_ipv4_address("192.0.2.1");
  vm.set_ipv6_address("2001:db8::1");
  vm.set_private_ipv4_address("10.0.0.2");
  EXPECT_THAT(AddressesOf(SnapshotOf(vm)),
              ElementsAre(MachineAddress{"InternalIP", "10.0.0.2"},
                          MachineAddress{"InternalIP", "2001:db8::1"},
                          MachineAddress{"ExternalIP", "192.0.2.1"},
                          MachineAddress{"Hostname", "host"}));
}

TEST(MachineStatusTest, A1OnlyAMachineThatRunsIsProvisioned) {
  const EvrocMachineStatus made =
      WriteStatus({}, Machine(Vm::STATE_PROVISIONING, false, "Creating"));
  EXPECT_FALSE(made.provisioned);
  EXPECT_EQ(made.conditions.ReasonOf("Ready"), "Creating");
  const EvrocMachineStatus running =
      WriteStatus(made, Machine(Vm::STATE_RUNNING, true, "Ready"));
  EXPECT_TRUE(running.provisioned);
  EXPECT_TRUE(running.conditions.IsTrue("Ready"));
  EXPECT_EQ(running.state, "Running");
  EXPECT_EQ(running.observed_generation, 3);
}

TEST(MachineStatusTest, TheGroupThatAMachineWasMadeInIsRecorded) {
  Vm vm = Machine(Vm::STATE_RUNNING, true, "Ready");
  EXPECT_TRUE(WriteStatus({}, vm).placement_group_id.empty());
  vm.set_actual_placement_group_id("group");
  EvrocMachineObject machine;
  machine.spec.spread = true;
  const auto status = [&] {
    return StatusOfMachine(machine, SnapshotOf(vm), "a", ProviderIdState::kSet,
                           kNow);
  };
  machine.status = status();
  EXPECT_EQ(machine.status.placement_group_id, "group");
  EXPECT_EQ(machine.status.placement_strategy, "Spread");
  // Without the spec, and without a machine.
  machine.spec.spread = false;
  EXPECT_EQ(status().placement_strategy, "Spread");
  vm.clear_actual_placement_group_id();
  EXPECT_EQ(status().placement_group_id, "group");
}

TEST(MachineStatusTest, ADiskThatCouldNotBeMadeIsMissing) {
  Vm vm = Machine(Vm::STATE_RUNNING, true, "Ready");
  EXPECT_FALSE(WriteStatus({}, vm).additional_disks.has_value());
  for (const char* name : {"", "there", "refused"}) {
    vm.add_disks()->set_name(name);
  }
  vm.mutable_disks(0)->set_ready(true);
  vm.mutable_disks(1)->set_reason("DiskImageDownloading");
  const EvrocMachineStatus status = WriteStatus({}, vm);
  ASSERT_TRUE(status.additional_disks.has_value());
  EXPECT_THAT(*status.additional_disks, ElementsAre(InternedString("there")));
  // One that is asked for and is not there is told from one that is not known.
  EvrocMachineObject machine;
  machine.spec.additional_disks = {{.name = "d", .size_gb = 1, .image = {}}};
  vm.clear_disks();
  const std::optional<std::vector<InternedString>> none =
      StatusOfMachine(machine, SnapshotOf(vm), "a", ProviderIdState::kSet, kNow)
          .additional_disks;
  ASSERT_TRUE(none.has_value());
  EXPECT_THAT(*none, IsEmpty());
}

TEST(MachineStatusTest, IM07ProvisionedComesWithTheProviderId) {
  const EvrocMachineStatus status = WriteStatus(
      {}, Machine(Vm::STATE_RUNNING, true, "Ready"), ProviderIdState::kUnset);
  EXPECT_FALSE(status.provisioned);
  EXPECT_EQ(status.conditions.ReasonOf("Ready"), "WaitingForProviderID");
}

TEST(MachineStatusTest, IM07AProviderIdOfTheNodeHoldsUpProvisionedNotReady) {
  const EvrocMachineStatus status =
      WriteStatus({}, Machine(Vm::STATE_RUNNING, true, "Ready"),
                  ProviderIdState::kComesFromNode);
  EXPECT_FALSE(status.provisioned);
  EXPECT_TRUE(status.conditions.IsTrue("Ready"));
  // Without an address no Node can be proven to be its.
  Vm vm = Machine(Vm::STATE_RUNNING, true, "Ready");
  vm.clear_private_ipv4_address();
  EXPECT_FALSE(WriteStatus({}, vm, ProviderIdState::kComesFromNode)
                   .conditions.IsTrue("Ready"));
}

TEST(MachineStatusTest, AddressesAreNeededToo) {
  Vm vm = Machine(Vm::STATE_RUNNING, true, "Ready");
  vm.clear_private_ipv4_address();
  EXPECT_FALSE(WriteStatus({}, vm).provisioned);
}

TEST(MachineStatusTest, ADiskThatIsAddedLaterDoesNotMakeItUnready) {
  const EvrocMachineStatus running =
      WriteStatus({}, Machine(Vm::STATE_RUNNING, true, "Ready"));
  const EvrocMachineStatus attaching =
      WriteStatus(running, Machine(Vm::STATE_RUNNING, false, "Attaching"));
  EXPECT_TRUE(attaching.conditions.IsTrue("Ready"));
  EXPECT_EQ(attaching.conditions.ReasonOf("VMReady"), "Attaching");
}

TEST(MachineStatusTest, IM11LaterStatesAreReported) {
  const EvrocMachineStatus running =
      WriteStatus({}, Machine(Vm::STATE_RUNNING, true, "Ready"));
  Vm gone = Machine(Vm::STATE_LOST, false, "Lost");
  gone.clear_private_ipv4_address();
  const EvrocMachineStatus lost = WriteStatus(running, gone);
  EXPECT_FALSE(lost.conditions.IsTrue("Ready"));
  EXPECT_TRUE(lost.provisioned);
  EXPECT_EQ(lost.conditions.ReasonOf("Ready"), "Lost");
  EXPECT_EQ(lost.state, "Lost");
  EXPECT_EQ(lost.addresses, running.addresses);
}

TEST(MachineStatusTest, AMachineThatDoesNotRunIsNotReady) {
  const EvrocMachineStatus running =
      WriteStatus({}, Machine(Vm::STATE_RUNNING, true, "Ready"));
  for (const Vm::State state :
       {Vm::STATE_STARTING, Vm::STATE_STOPPING, Vm::STATE_STOPPED,
        Vm::STATE_FAILED, Vm::STATE_DELETING}) {
    const EvrocMachineStatus later =
        WriteStatus(running, Machine(state, false, "Away"));
    EXPECT_FALSE(later.conditions.IsTrue("Ready")) << later.state;
    EXPECT_EQ(later.conditions.ReasonOf("Ready"), "Away") << later.state;
  }
}

TEST(MachineStatusTest, AnUnknownStateDoesNotFlap) {
  const EvrocMachineStatus running =
      WriteStatus({}, Machine(Vm::STATE_RUNNING, true, "Ready"));
  const EvrocMachineStatus unknown =
      WriteStatus(running, Machine(Vm::STATE_UNKNOWN, false, "UnknownState"));
  EXPECT_TRUE(unknown.conditions.IsTrue("Ready"));
  EXPECT_EQ(unknown.state, "Unknown");
}

TEST(MachineStatusTest, ErrorsChangeReadyOnlyBeforeTheFirstRun) {
  EvrocMachineObject machine;
  const ReconcileError quota{.condition = "VMReady",
                             .reason = "QuotaExceeded",
                             .message = "no more",
                             .cause = absl::ResourceExhaustedError("no more")};
  EvrocMachineStatus status = StatusWithError(machine, quota, kNow);
  EXPECT_EQ(status.conditions.ReasonOf("Ready"), "QuotaExceeded");
  machine.status = WriteStatus({}, Machine(Vm::STATE_RUNNING, true, "Ready"));
  status = StatusWithError(machine, quota, kNow);
  EXPECT_TRUE(status.conditions.IsTrue("Ready"));
  EXPECT_EQ(status.conditions.ReasonOf("VMReady"), "Ready");
  EXPECT_EQ(status.conditions.ReasonOf("SpecApplied"), "QuotaExceeded");
  machine.meta.generation = 3;
  machine.status.conditions.Set("SpecApplied", ConditionStatus::kTrue,
                                "Applied", "", 3, kNow);
  const ReconcileError away{
      .reason = "x", .transient = true, .cause = absl::UnavailableError("x")};
  EXPECT_EQ(StatusWithError(machine, away, kNow).Encode(),
            machine.status.Encode());
}

TEST(MachineStatusTest, AMachineThatIsNotSeenIsNotReady) {
  EvrocMachineObject machine;
  machine.status = WriteStatus({}, Machine(Vm::STATE_RUNNING, true, "Ready"));
  const ReconcileError blocked{.condition = "VMReady",
                               .reason = "Blocked",
                               .message = "not ours",
                               .cause = absl::FailedPreconditionError("x")};
  const EvrocMachineStatus status = StatusUnseen(machine, blocked, kNow);
  EXPECT_EQ(status.state, "Unknown");
  EXPECT_EQ(status.conditions.ReasonOf("Ready"), "Blocked");
  EXPECT_EQ(status.conditions.ReasonOf("VMReady"), "Blocked");
  EXPECT_TRUE(status.provisioned);
  EXPECT_EQ(status.addresses, machine.status.addresses);
}

}  // namespace
}  // namespace evroc::shim
