#include "shim/reconcile/identity/vm_identity.h"

#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

MachineSnapshot Reported(const std::string& uid) {
  MachineSnapshot vm;
  vm.state = compute::v1::VirtualMachine::STATE_RUNNING;
  vm.uid = uid;
  return vm;
}

EvrocMachineObject Machine(const std::string& provider_id,
                           const std::string& annotation = "") {
  EvrocMachineObject machine;
  machine.spec.provider_id = provider_id;
  if (!annotation.empty()) {
    machine.meta.annotations.emplace(kVmUidAnnotation, annotation);
  }
  return machine;
}

TEST(VmIdentityTest, TheProviderIdIsTheVmsUid) {
  EXPECT_EQ(ProviderIdOf(""), "");
  EXPECT_EQ(ProviderIdOf("3b9b9f42"), "evroc://3b9b9f42");
}

TEST(VmIdentityTest, TheProviderIdOrTheAnnotationTellThatAVmWasMade) {
  EXPECT_FALSE(WasMade(Machine("")));
  EXPECT_TRUE(WasMade(Machine("evroc://uid")));
  EXPECT_TRUE(WasMade(Machine("rke2://vm")));
  EXPECT_TRUE(WasMade(Machine("", "uid")));
  EXPECT_EQ(RecordedVmUid(Machine("evroc://uid")), "uid");
  EXPECT_EQ(RecordedVmUid(Machine("rke2://vm", "uid")), "uid");
  EXPECT_EQ(RecordedVmUid(Machine("rke2://vm")), "");
}

TEST(VmIdentityTest, AnotherVmUnderItsNameIsNotTheMachines) {
  const MachineSnapshot vm = Reported("uid");
  for (const EvrocMachineObject& own :
       {Machine(""), Machine("evroc://uid"), Machine("", "uid"),
        Machine("rke2://vm", "uid"), Machine("rke2://vm"),
        Machine("evroc://before", "uid")}) {
    EXPECT_EQ(VmOf(own, vm), vm);
    EXPECT_EQ(VmOf(own, LostMachine()), LostMachine());
  }
  for (const EvrocMachineObject& other :
       {Machine("evroc://other"), Machine("", "other"),
        Machine("rke2://vm", "other")}) {
    EXPECT_EQ(VmOf(other, vm), LostMachine());
  }
}

// Only its disks are there, and the service that looks does not know more.
TEST(VmIdentityTest, AVmThatWasMadeIsNotMadeYet) {
  const MachineSnapshot none = {
      .state = compute::v1::VirtualMachine::STATE_PROVISIONING};
  EXPECT_EQ(VmOf(Machine("evroc://uid"), none), LostMachine());
  EXPECT_EQ(VmOf(Machine("", "uid"), none), LostMachine());
  EXPECT_EQ(VmOf(Machine(""), none), none);
  const MachineSnapshot going = {
      .state = compute::v1::VirtualMachine::STATE_DELETING};
  EXPECT_EQ(VmOf(Machine("evroc://uid"), going), going);
}

TEST(VmIdentityTest, TheStatusTellsWhatAForeignProviderIdDoesNot) {
  EvrocMachineObject machine = Machine("rke2://vm");
  machine.status.machine_uid = "other";
  EXPECT_EQ(VmOf(machine, Reported("uid")), LostMachine());
  // A machine that was never recorded may get another VM.
  machine.spec.provider_id = "";
  EXPECT_EQ(VmOf(machine, Reported("uid")), Reported("uid"));
}

}  // namespace
}  // namespace evroc::shim
