#include "services/compute/delete_machine.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/compute/part_names.h"
#include "services/compute/testing/compute_scope_fixture.h"
#include "services/identity/owner_labels.h"

namespace evroc::compute {
namespace {

using cloud::Disk;
using cloud::FakeDialect;
using cloud::FakeFaults;
using cloud::OwnerLabels;
using cloud::Verb;
using cloud::VirtualMachine;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const cloud::Owner kOther = {"c2", "other", "m2", "worker-1"};

class DeleteMachineTest : public ComputeScopeFixture {
 protected:
  // "Kind id: why" of what remains, or the error.
  static std::vector<std::string> Describe(
      const absl::StatusOr<std::vector<cloud::Remaining>>& remaining) {
    if (!remaining.ok()) return {remaining.status().ToString()};
    std::vector<std::string> texts;
    for (const cloud::Remaining& each : *remaining) {
      texts.push_back(absl::StrCat(each.kind, " ", each.id, ": ", each.reason));
    }
    return texts;
  }
  // All that the shim knows of the machine.
  MachineTraces Traces() {
    return {.owner = kOwner, .vm_uid = uid_, .data_disks = {"data"}};
  }
  std::vector<std::string> Delete(const MachineTraces& traces) {
    return Describe(scope_->Delete({}, kKey, traces));
  }
  std::vector<std::string> Delete() { return Delete(Traces()); }
  void MakeVm() { uid_ = Boot(Request()).uid(); }
  void Relabel(const cloud::Labels& labels) {
    vms().Change(vm_, [&](VirtualMachine& machine) {
      machine.metadata.labels = labels;
    });
    Forget();
  }
  cloud::FakeCollection<VirtualMachine>& vms() {
    return api_->virtual_machines();
  }
  std::vector<std::string> DeleteUntilItWaits(const MachineTraces& traces) {
    std::vector<std::string> left;
    for (int i = 0; i < 8; ++i) {
      left = Delete(traces);
      api_->Settle();
      Forget();
    }
    return left;
  }
  std::vector<std::string> DeleteUntilItWaits() {
    return DeleteUntilItWaits(Traces());
  }

  const cloud::Id<VirtualMachine> vm_ = MachineId(kOwner);
  std::string uid_;
};

TEST_F(DeleteMachineTest, CostsAListOfAKindAndAReadForEachObject) {
  MakeVm();
  Watch();
  api_->ResetCalls();
  EXPECT_THAT(Delete(), SizeIs(2));
  EXPECT_EQ(vms().faults().calls(Verb::kList), 1);
  EXPECT_EQ(vms().faults().calls(Verb::kGet), 1);
  EXPECT_EQ(vms().faults().calls(Verb::kDelete), 1);
  EXPECT_EQ(api_->disks().faults().calls(Verb::kList), 1);
  EXPECT_EQ(api_->disks().faults().calls(Verb::kGet), 0);
  for (int i = 0; i < 3; ++i) Delete();
  EXPECT_EQ(vms().faults().reads(), 2) << "a repeat costs nothing";
  EXPECT_EQ(vms().faults().calls(Verb::kDelete), 1);
}

TEST_F(DeleteMachineTest, NothingIsLeftOfAMachine) {
  MakeVm();
  EXPECT_THAT(DeleteUntilItWaits(), IsEmpty());
  EXPECT_THAT(vms().All(), IsEmpty());
  EXPECT_THAT(api_->disks().All(), IsEmpty());
}

TEST_F(DeleteMachineTest, ADroppedDeletionIsRepeatedThoughAWatchRuns) {
  MakeVm();
  Watch();
  vms().set_behaviour({.drops_deletion = true});
  Delete();
  vms().set_behaviour({});
  clock_.Advance(absl::Seconds(31));
  Delete();
  EXPECT_EQ(vms().faults().calls(Verb::kDelete), 2);
  EXPECT_TRUE(vms().deleting(vm_));
}

TEST_F(DeleteMachineTest, AListThatIsStaleDoesNotEndIt) {
  vms().FreezeLists(true);
  api_->disks().FreezeLists(true);
  MakeVm();
  MachineTraces unseen = Traces();
  unseen.vm_uid.clear();
  for (const MachineTraces& traces : {unseen, Traces()}) {
    EXPECT_THAT(Delete(traces), Contains(HasSubstr("VirtualMachine")));
    EXPECT_TRUE(vms().deleting(vm_));
  }
}

TEST_F(DeleteMachineTest, AVmThatLostItsLabelsIsWaitedFor) {
  MakeVm();
  Relabel({});
  EXPECT_THAT(DeleteUntilItWaits(),
              Contains(testing::AllOf(HasSubstr(vm_.value()),
                                      HasSubstr("this machine's by its UID"),
                                      HasSubstr("capi-machine-id=m1"))));
  EXPECT_EQ(vms().faults().calls(Verb::kDelete), 0);
  Relabel(OwnerLabels(kOwner));
  EXPECT_THAT(DeleteUntilItWaits(), IsEmpty());
  EXPECT_THAT(vms().All(), IsEmpty());
}

TEST_F(DeleteMachineTest, AlsoIfOnlyItsUidIsKnown) {
  MakeVm();
  Relabel(OwnerLabels(kOther));
  EXPECT_THAT(Delete({.vm_uid = uid_}),
              Contains(HasSubstr("belongs to cluster other")));
}

// The list in which it was looked for may have been an old one.
TEST_F(DeleteMachineTest, AVmIsLookedForByItsUidAtTheEndToo) {
  vms().FreezeLists(true);
  MakeVm();
  vms().Change(vm_, [](VirtualMachine& machine) {
    machine.metadata.labels.clear();
    machine.disks.clear();
  });
  Restart();
  EXPECT_THAT(Delete({.vm_uid = uid_}), ElementsAre(HasSubstr("Disk")));
  vms().FreezeLists(false);
  std::vector<std::string> left;
  for (int i = 0; i < 4; ++i) {
    api_->Settle();
    Forget();
    left = Delete({.vm_uid = uid_});
    ASSERT_FALSE(left.empty()) << "it would begin again";
  }
  EXPECT_THAT(left, ElementsAre(HasSubstr("this machine's by its UID")));
}

TEST_F(DeleteMachineTest, AVmThatIsNowhereIsNotLookedForInEachCall) {
  MakeVm();
  vms().Vanish(vm_);
  api_->disks().set_behaviour({.drops_deletion = true});
  Watch();
  EXPECT_THAT(Delete(), ElementsAre(HasSubstr("Disk")));
  api_->ResetCalls();
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Delete(), ElementsAre(HasSubstr("Disk")));
  }
  EXPECT_EQ(vms().faults().reads(), 0);
}

TEST_F(DeleteMachineTest, AVmThatIsGivenAwayBetweenListAndDeletionIsLeft) {
  MakeVm();
  vms().faults().Before(Verb::kGet, [&] { Relabel(OwnerLabels(kOther)); });
  EXPECT_THAT(Delete(), Contains(HasSubstr("it belongs to cluster other")));
  EXPECT_THAT(DeleteUntilItWaits(),
              Contains(HasSubstr("this machine's by its UID")));
  EXPECT_EQ(vms().faults().calls(Verb::kDelete), 0);
}

TEST_F(DeleteMachineTest, AnotherVmWithItsLabelsIsLeft) {
  MakeVm();
  VirtualMachine again = *vms().Find(vm_);
  again.metadata.uid = "another";
  vms().Vanish(vm_);
  vms().Put(again);
  Forget();
  EXPECT_THAT(Delete(), Contains(HasSubstr("but is another one")));
  EXPECT_EQ(vms().faults().calls(Verb::kDelete), 0);
}

TEST_F(DeleteMachineTest, AStrangersVmUnderItsNameIsNobodysConcern) {
  MakeVm();
  VirtualMachine again = *vms().Find(vm_);
  again.metadata.uid = "another";
  again.metadata.labels.clear();
  again.disks.clear();
  vms().Vanish(vm_);
  vms().Put(again);
  Forget();
  EXPECT_THAT(DeleteUntilItWaits(), IsEmpty());
  EXPECT_THAT(vms().All(), SizeIs(1));
  EXPECT_THAT(api_->disks().All(), IsEmpty());
}

TEST_F(DeleteMachineTest, ADiskThatLostItsLabelsIsWaitedFor) {
  MakeVm();
  api_->disks().Change(DiskId(kOwner, ""),
                       [](Disk& disk) { disk.metadata.labels.clear(); });
  Forget();
  EXPECT_THAT(DeleteUntilItWaits(),
              ElementsAre(HasSubstr("but not its labels")));
  EXPECT_THAT(api_->disks().All(), SizeIs(1));
}

// The event that a watch brings of it is no absence.
TEST_F(DeleteMachineTest, ADiskThatLostItsLabelsJustNowIsWaitedFor) {
  Start(FakeDialect::kKcp);
  MakeVm();
  Watch();
  api_->disks().Change(DiskId(kOwner, ""),
                       [](Disk& disk) { disk.metadata.labels.clear(); });
  cloud::ChangeLog::Event event;
  ASSERT_TRUE(watch_->Next(&event).ok());
  vms().Vanish(vm_);
  EXPECT_THAT(Delete(), ElementsAre(HasSubstr("but not its labels")));
}

// The owner reference was taken away, so that nobody knows how the machine was
// called.
TEST_F(DeleteMachineTest, WithoutNamesTheIdsAreEnough) {
  MakeVm();
  const cloud::Id<Disk> boot = DiskId(kOwner, "");
  api_->disks().Change(boot, [](Disk& disk) { disk.metadata.labels.clear(); });
  Relabel({});
  const auto left = [&] {
    const auto remaining = scope_->Delete({}, kKey);
    api_->Settle();
    Forget();
    return Describe(remaining);
  };
  EXPECT_THAT(left(), ElementsAre(HasSubstr(vm_.value())));
  Relabel(OwnerLabels(kOwner));
  left();
  left();
  EXPECT_THAT(left(),
              ElementsAre(testing::AllOf(HasSubstr(boot.value()),
                                         HasSubstr("but not its labels"))));
  EXPECT_THAT(Describe(scope_->Delete({}, {"c1", "m9"})), IsEmpty());
}

// The UID says nothing of a disk.
TEST_F(DeleteMachineTest, WithoutNamesADiskIsRecognisedBesideTheUid) {
  MakeVm();
  const cloud::Id<Disk> boot = DiskId(kOwner, "");
  api_->disks().Change(boot, [](Disk& disk) { disk.metadata.labels.clear(); });
  Forget();
  EXPECT_THAT(DeleteUntilItWaits({.vm_uid = uid_}),
              ElementsAre(testing::AllOf(HasSubstr(boot.value()),
                                         HasSubstr("but not its labels"))));
  EXPECT_THAT(vms().All(), IsEmpty());
}

TEST_F(DeleteMachineTest, ADiskThatAnotherMachineUsesIsLeft) {
  MakeVm();
  VirtualMachine rescue;
  rescue.metadata.id = cloud::Id<VirtualMachine>("rescue");
  rescue.disks.push_back({DiskId(kOwner, "")});
  vms().Put(rescue);
  EXPECT_THAT(DeleteUntilItWaits(),
              ElementsAre(HasSubstr("rescue of an unknown owner: detach it")));
  EXPECT_EQ(api_->disks().faults().calls(Verb::kDelete), 0);
}

TEST_F(DeleteMachineTest, OneMachinesErrorDoesNotHoldTheOthers) {
  v1::VirtualMachine second = Request();
  second.mutable_owner()->set_machine_id("m2");
  second.mutable_owner()->set_machine_name("worker-1");
  MakeVm();
  Boot(second);
  const absl::Status down = absl::UnavailableError("down");
  for (int i = 0; i < 4; ++i) {
    vms().faults().Fail(Verb::kGet, down);  // of the first in the list
    EXPECT_THAT(Describe(scope_->DeleteCluster({}, "c1")),
                ElementsAre("UNAVAILABLE: down"));
    api_->Settle();
    Forget();
  }
  EXPECT_THAT(vms().All(), SizeIs(1));
  EXPECT_THAT(api_->disks().All(), SizeIs(1)) << "that of the other is gone";
}

TEST_F(DeleteMachineTest, WithoutAListNoDiskIsDeleted) {
  MakeVm();
  vms().faults().Fail(Verb::kList, absl::UnavailableError("down"),
                      FakeFaults::kForever);
  EXPECT_THAT(Delete(), ElementsAre("UNAVAILABLE: down"));
  EXPECT_EQ(api_->disks().faults().calls(Verb::kDelete), 0);
}

// Who uses them is known all the same.
TEST_F(DeleteMachineTest, WithoutAListOfDisksTheKnownOnesGo) {
  MakeVm();
  vms().Vanish(vm_);
  api_->disks().faults().Fail(Verb::kList, absl::UnavailableError("down"),
                              FakeFaults::kForever);
  EXPECT_THAT(Delete(), ElementsAre("UNAVAILABLE: down"));
  EXPECT_EQ(api_->disks().faults().calls(Verb::kDelete), 1);
}

TEST_F(DeleteMachineTest, A404WithoutAReasonIsNoEnd) {
  MakeVm();
  const absl::Status anyones =
      MakeError(absl::StatusCode::kUnavailable, "the cloud answered HTTP 404",
                {.metadata = {{"http_status", "404"}}});
  vms().faults().Fail(Verb::kGet, anyones, FakeFaults::kForever);
  EXPECT_THAT(Delete(), ElementsAre(HasSubstr("HTTP 404")));
  EXPECT_THAT(vms().All(), SizeIs(1));
}

}  // namespace
}  // namespace evroc::compute
