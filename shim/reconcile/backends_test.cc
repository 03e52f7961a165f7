#include "shim/reconcile/backends.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using Vm = compute::v1::VirtualMachine;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Machines "a", "b", … with ids "id-a" and virtual machines "vm-a".
class BackendsTest : public ::testing::Test {
 protected:
  EvrocMachineObject& Add(const std::string& name, bool control_plane) {
    MachineObject owner;
    owner.meta.key = {"ns", name};
    owner.meta.uid = "uid-" + name;
    owner.meta.control_plane = control_plane;
    cache_.machines.Upsert(owner);
    EvrocMachineObject machine;
    machine.meta.key = {"ns", name};
    machine.meta.created = "2026-01-0" + std::to_string(machines_.size() + 1);
    machine.meta.control_plane = control_plane;
    machine.meta.owners = {{.group = std::string(kCoreGroup),
                            .kind = "Machine",
                            .name = name,
                            .uid = "uid-" + name}};
    machine.meta.annotations = {
        {std::string(kOwnerIdAnnotation), "id-" + name}};
    machine.status.provisioned = true;
    machine.status.addresses = {{"Hostname", "vm-" + name}};
    machines_.push_back(machine);
    AddVm(name);
    return machines_.back();
  }

  void AddVm(const std::string& name) {
    MachineSnapshot vm;
    vm.state = Vm::STATE_RUNNING;
    vm.id = "vm-" + name;
    vm.uid = "uid";
    vms_["id-" + name] = vm;
  }

  void DeleteMachine(const std::string& name) {
    MachineObject owner = *cache_.machines.Find({"ns", name});
    owner.meta.deleting = true;
    cache_.machines.Upsert(owner);
  }

  std::vector<EvrocMachinePtr> Machines() const {
    std::vector<EvrocMachinePtr> machines;
    for (const EvrocMachineObject& machine : machines_) {
      machines.push_back(std::make_shared<const EvrocMachineObject>(machine));
    }
    return machines;
  }

  Backends Selected() const { return BackendsOf(Machines(), cache_, vms_); }

  // The name of the machine that holds the endpoint.
  std::string Holder() const {
    for (const EvrocMachineObject& machine : machines_) {
      if (IsEndpointHolder(machine, Machines(), cache_, vms_, "192.0.2.1")) {
        return machine.meta.key.name.str();
      }
    }
    return "";
  }

  // Two of the control plane keep their places while `lose` takes something of
  // the first away, which holds the endpoint; `holder` is who knows that after.
  template <typename Lose>
  void ExpectKept(Lose lose, const std::string& holder = "a") {
    Add("a", true);
    Add("b", true);
    Add("w", false);
    vms_["id-a"].public_ipv4_address = "192.0.2.1";
    lose(machines_.front());
    const Backends backends = Selected();
    std::vector<std::string> there = backends.serving;
    there.insert(there.end(), backends.undecided.begin(),
                 backends.undecided.end());
    EXPECT_THAT(there, ::testing::UnorderedElementsAre("vm-a", "vm-b"));
    EXPECT_EQ(Holder(), holder);
  }

  ObjectCache cache_;
  std::vector<EvrocMachineObject> machines_;
  MachineSnapshots vms_;
};

TEST_F(BackendsTest, AreTheControlPlane) {
  Add("b", true);
  Add("a", true);
  Add("w", false);
  EXPECT_THAT(Selected().serving, ElementsAre("vm-a", "vm-b"));
  EXPECT_THAT(Selected().undecided, IsEmpty());
}

TEST_F(BackendsTest, D4OneThatDoesNotRunYetIsNone) {
  Add("a", true).status.provisioned = false;
  vms_["id-a"].state = Vm::STATE_PROVISIONING;
  EXPECT_EQ(Selected(), Backends());
}

TEST_F(BackendsTest, OneThatIsDeletedLeaves) {
  Add("a", true).meta.deleting = true;
  Add("b", true);
  DeleteMachine("b");
  Add("c", true);
  vms_["id-a"].public_ipv4_address = "192.0.2.1";
  EXPECT_THAT(Selected().serving, ElementsAre("vm-c"));
  EXPECT_THAT(Selected().undecided, IsEmpty());
  EXPECT_THAT(Selected().leaving, ElementsAre("vm-a", "vm-b"));
  EXPECT_EQ(Holder(), "c");
}

TEST_F(BackendsTest, AMachineWithoutItsOwnerStays) {
  ExpectKept([](EvrocMachineObject& machine) { machine.meta.owners.clear(); });
}

TEST_F(BackendsTest, AMachineStaysWhoseMachineIsNotKnown) {
  ExpectKept([&](EvrocMachineObject& machine) {
    cache_.machines.Remove(machine.meta.key, "");
  });
}

TEST_F(BackendsTest, AMachineStaysWhoseMachineIsAnother) {
  ExpectKept([](EvrocMachineObject& machine) {
    machine.meta.owners.front().uid = "moved";
  });
}

TEST_F(BackendsTest, AMachineWithoutLabelsAndOwnerStays) {
  ExpectKept([](EvrocMachineObject& machine) {
    machine.meta.owners.clear();
    machine.meta.control_plane = false;
  });
}

TEST_F(BackendsTest, AMachineWithoutMetadataStays) {
  ExpectKept(
      [](EvrocMachineObject& machine) {
        machine.meta.owners.clear();
        machine.meta.control_plane = false;
        machine.meta.annotations.clear();
      },
      "");
}

TEST_F(BackendsTest, AMachineStaysThatIsInNoCache) {
  ExpectKept(
      [&](EvrocMachineObject& /*machine*/) {
        machines_.erase(machines_.begin());
      },
      "");
}

// As when its labels in the cloud are lost.
TEST_F(BackendsTest, AMachineStaysThatNoReportShows) {
  Add("a", true);
  vms_.clear();
  EXPECT_THAT(Selected().serving, IsEmpty());
  EXPECT_THAT(Selected().undecided, ElementsAre("vm-a"));
}

// Its virtual machine has the official provider's name.
TEST_F(BackendsTest, AMachineThatIsNotTakenOverYetStays) {
  EvrocMachineObject& machine = Add("a", true);
  machine.meta.annotations.clear();
  machine.status.addresses.clear();
  vms_.clear();
  EXPECT_THAT(Selected().undecided, ElementsAre("a"));
  machine.meta.deleting = true;
  EXPECT_EQ(Selected(), Backends());
}

// As when its labels in the cloud are lost.
TEST_F(BackendsTest, TheHolderIsTheOneThatHadTheAddressIfNoReportShowsIt) {
  Add("a", true);
  Add("b", true).status.addresses.push_back({"ExternalIP", "192.0.2.1"});
  EXPECT_EQ(Holder(), "a") << "a report shows that it has none";
  vms_.erase("id-b");
  EXPECT_EQ(Holder(), "b");
  DeleteMachine("b");
  EXPECT_EQ(Holder(), "a");
}

// A worker must not get the address because nothing says that it is one.
TEST_F(BackendsTest, TheHolderIsTheOldestThatIsKnownToServe) {
  EvrocMachineObject& unknown = Add("a", false);
  unknown.meta.owners.clear();
  Add("b", true);
  EXPECT_EQ(Holder(), "b");
  EXPECT_THAT(Selected().undecided, ElementsAre("vm-a"));
}

}  // namespace
}  // namespace evroc::shim
