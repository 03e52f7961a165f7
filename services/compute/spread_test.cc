// How machines that are kept apart fill placement groups of ours, and what
// becomes of these (ADR 22).

#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/compute/part_names.h"
#include "services/compute/placement/spread_set.h"
#include "services/compute/testing/compute_scope_fixture.h"
#include "services/identity/owner_labels.h"

namespace evroc::compute {
namespace {

using cloud::FakeDialect;
using cloud::FakeFaults;
using cloud::PlacementGroup;
using cloud::Verb;
using cloud::VirtualMachine;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using GroupId = Id<PlacementGroup>;

class SpreadTest : public ComputeScopeFixture {
 protected:
  static cloud::Owner OwnerOf(int number) {
    return {"c1", "prod", absl::StrCat("m", number),
            absl::StrCat("worker-", number)};
  }
  v1::VirtualMachine Member(int number, const std::string& zone = "a",
                            const std::string& set = "md-workers") {
    v1::VirtualMachine spec = Request();
    spec.mutable_owner()->set_machine_id(OwnerOf(number).machine_id);
    spec.mutable_owner()->set_machine_name(OwnerOf(number).machine_name);
    if (dialect_ == FakeDialect::kRest) {
      spec.set_zone(zone);
      spec.set_subnet_id(absl::StrCat("default-se-sto-", zone));
    }
    spec.set_spread_group(set);
    return spec;
  }
  void Make(int first, int last) {
    for (int number = first; number <= last; ++number) Apply(Member(number));
  }
  void Delete(int number) { DeleteAll(cloud::KeyOf(OwnerOf(number))); }

  static GroupId Group(int number, const std::string& zone = "a",
                       const std::string& set = "md-workers") {
    return SpreadGroupIds({{"c1", "prod", "", ""}, set, zone}).At(number);
  }
  GroupId GroupOf(int number) {
    const auto machine =
        api_->virtual_machines().Find(MachineId(OwnerOf(number)));
    return machine.has_value() ? machine->placement_group : GroupId();
  }
  // The number of machines in each group that exists.
  std::map<GroupId, int> Groups() {
    std::map<GroupId, int> counts;
    for (const PlacementGroup& group : api_->placement_groups().All()) {
      counts[group.metadata.id] = 0;
    }
    for (const VirtualMachine& machine : api_->virtual_machines().All()) {
      ++counts[machine.placement_group];
    }
    return counts;
  }
  using Counts = std::map<GroupId, int>;

  // A machine of somebody else in a group of ours.
  static VirtualMachine Stranger(int number, const GroupId& group) {
    VirtualMachine machine;
    machine.metadata.id = Id<VirtualMachine>(absl::StrCat("stranger-", number));
    machine.zone = "a";
    machine.placement_group = group;
    return machine;
  }
  void AddStrangers(const GroupId& group, int count) {
    for (int i = 0; i < count; ++i) {
      api_->virtual_machines().Put(Stranger(i, group));
    }
    api_->Settle();
  }
};

TEST_F(SpreadTest, FiveMachinesShareAGroupAndTheNextGetAnother) {
  Make(1, 7);
  EXPECT_EQ(Groups(), (Counts{{Group(1), 5}, {Group(2), 2}}));
  const auto group = api_->placement_groups().Find(Group(1));
  ASSERT_TRUE(group.has_value());
  EXPECT_EQ(group->zone, "a");
  EXPECT_TRUE(cloud::BelongsTo(group->metadata.labels, {"c1", ""}));
  EXPECT_EQ(Apply(Member(7)).actual_placement_group_id(), Group(2).value());
}

TEST_F(SpreadTest, EachZoneAndSetHasItsOwnGroups) {
  Apply(Member(1));
  Apply(Member(2, "b"));
  Apply(Member(3, "a", "control-plane"));
  v1::VirtualMachine other = Member(4);
  other.mutable_owner()->set_cluster_id("c2");
  Apply(other);
  EXPECT_EQ(GroupOf(1), Group(1));
  EXPECT_EQ(GroupOf(2), Group(1, "b"));
  EXPECT_EQ(GroupOf(3), Group(1, "a", "control-plane"));
  EXPECT_THAT(Groups(), SizeIs(4));
}

TEST_F(SpreadTest, AKubeconfigsCloudHasThemToo) {
  Start(FakeDialect::kKcp);
  Make(1, 6);
  EXPECT_EQ(Groups(), (Counts{{Group(1, ""), 5}, {Group(2, ""), 1}}));
  for (int number = 1; number <= 6; ++number) Delete(number);
  EXPECT_THAT(Groups(), IsEmpty());
}

TEST_F(SpreadTest, MachinesThatAreMadeAtTheSameTimeShareNoPlace) {
  std::vector<std::thread> threads;
  for (int number = 1; number <= 12; ++number) {
    threads.emplace_back([&, number] { Apply(Member(number)); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Groups(), (Counts{{Group(1), 5}, {Group(2), 5}, {Group(3), 2}}));
}

// The inventory does not show other people's machines.
TEST_F(SpreadTest, OtherPeoplesMachinesTakePlaces) {
  Make(1, 1);
  AddStrangers(Group(1), 4);
  Forget();
  Make(2, 2);
  EXPECT_EQ(GroupOf(2), Group(2));
  EXPECT_EQ(api_->virtual_machines().faults().writes(), 2) << "no try in vain";
}

// They came after the groups were listed: the cloud refuses a sixth machine.
TEST_F(SpreadTest, AMachineThatIsRefusedTriesAnotherGroup) {
  Make(1, 1);
  AddStrangers(Group(1), 4);
  Make(2, 2);
  EXPECT_EQ(GroupOf(2), Group(2));
  EXPECT_EQ(api_->virtual_machines().faults().writes(), 3);
}

// A cloud that takes no machines in a group before it is Ready.
TEST_F(SpreadTest, AMachineWaitsForItsNewGroup) {
  api_->set_needs_ready_groups();
  const absl::Status refused = Refused(Member(1));
  EXPECT_TRUE(absl::IsAborted(refused)) << refused << ", so tried again soon";
  EXPECT_THAT(std::string(refused.message()), HasSubstr("is not ready: "));
  api_->Settle();
  Make(1, 1);
  EXPECT_EQ(Groups(), (Counts{{Group(1), 1}}));
}

TEST_F(SpreadTest, AGroupThatBecomesReadyMeanwhileIsTriedAgain) {
  api_->set_needs_ready_groups();
  api_->virtual_machines().faults().After(Verb::kCreate,
                                          [&] { api_->Settle(); });
  Make(1, 1);
  EXPECT_EQ(Groups(), (Counts{{Group(1), 1}}));
}

TEST_F(SpreadTest, AGroupThatIsNeverReadyHidesNoRefusal) {
  v1::VirtualMachine spec = Member(1);
  spec.set_compute_profile("no");
  EXPECT_TRUE(absl::IsAborted(Refused(spec)));
  clock_.Advance(absl::Minutes(6));
  EXPECT_EQ(FieldOf(Refused(spec)), "virtual_machine.compute_profile");
}

// A clock that is ahead of the cloud's makes no group old.
TEST_F(SpreadTest, AGroupIsNotPendingByTheCalendar) {
  api_->set_needs_ready_groups();
  v1::VirtualMachine spec = Member(1);
  spec.set_compute_profile("no");
  EXPECT_TRUE(absl::IsAborted(Refused(spec)));
  clock_.SetWallBy(absl::Hours(1));
  EXPECT_TRUE(absl::IsAborted(Refused(spec)));
  clock_.Advance(absl::Minutes(6));
  clock_.SetWallBy(-absl::Hours(9));
  EXPECT_EQ(FieldOf(Refused(spec)), "virtual_machine.compute_profile");
}

// How the cloud says that a group is full is not documented.
TEST_F(SpreadTest, AGroupThatIsFullInOtherWordsIsLeft) {
  Make(1, 5);
  Delete(5);
  Forget();
  int number = 10;
  for (const absl::Status& full :
       {absl::AlreadyExistsError("the group is full"),
        absl::FailedPreconditionError("the group is full"),
        absl::PermissionDeniedError("no")}) {
    const int stranger = number++;
    FakeFaults& faults = api_->virtual_machines().faults();
    faults.Fail(Verb::kCreate, full);
    faults.Before(Verb::kCreate, [&] {
      api_->virtual_machines().Put(Stranger(stranger, Group(1)));
      api_->Settle();
    });
    Make(stranger + 100, stranger + 100);
    EXPECT_EQ(GroupOf(stranger + 100), Group(2)) << full;
    api_->virtual_machines().Vanish(Stranger(stranger, Group(1)).metadata.id);
    api_->Settle();
    clock_.Advance(absl::Minutes(1));
  }
}

TEST_F(SpreadTest, AConflictOfNoGroupIsTold) {
  api_->virtual_machines().faults().Fail(
      Verb::kCreate, absl::AlreadyExistsError("busy"), FakeFaults::kForever);
  const absl::Status refused = Refused(Member(1));
  EXPECT_TRUE(absl::IsAborted(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("busy; but there is"));
}

TEST_F(SpreadTest, B10MachinesThatAreRefusedCauseFewLists) {
  const absl::Status quota =
      MakeError(absl::StatusCode::kResourceExhausted, "not enough quota",
                {.reason = std::string(kQuotaExceeded)});
  const absl::Status invalid = absl::InvalidArgumentError("no");
  const absl::Status denied = absl::PermissionDeniedError("no");
  // Each round lists once; the first error that may be of a group once more.
  for (const auto& [error, lists] :
       {std::pair(quota, 1), std::pair(invalid, 2), std::pair(denied, 2)}) {
    api_->virtual_machines().faults().Fail(Verb::kCreate, error,
                                           FakeFaults::kForever);
    api_->ResetCalls();
    for (int number = 1; number <= 20; ++number) {
      EXPECT_EQ(Refused(Member(number)).code(), error.code());
    }
    EXPECT_EQ(api_->placement_groups().faults().calls(Verb::kList), lists);
    EXPECT_EQ(api_->virtual_machines().faults().calls(Verb::kList), lists);
    api_->Settle();
    clock_.Advance(absl::Minutes(2));  // a refused request is not tried at once
  }
}

// A cloud whose groups do not tell their machines (KCP), and a scope for each
// of two credentials.
TEST_F(SpreadTest, MachinesOfAnotherCredentialTakePlaces) {
  Start(FakeDialect::kKcp);
  ComputeScope other(connection_, cloud::PollIntervals{.pollers = 1}, clock_);
  Make(1, 2);
  for (int number = 3; number <= 5; ++number) {
    ASSERT_TRUE(other.Apply({}, Member(number), false).ok());
  }
  Make(6, 6);
  EXPECT_EQ(Groups(), (Counts{{Group(1, ""), 5}, {Group(2, ""), 1}}));
}

// A credential is replaced, and comes back: the scope of the first remembers
// machines that the other one's deleted.
TEST_F(SpreadTest, MachinesThatAnotherCredentialDeletedTakeNoPlaces) {
  Make(1, 6);
  Delete(6);
  const auto first = std::move(scope_);
  Restart();
  for (int number = 1; number <= 5; ++number) Delete(number);
  EXPECT_THAT(Groups(), IsEmpty());
  for (int number = 7; number <= 8; ++number) {
    ASSERT_TRUE(first->Apply({}, Member(number), false).ok());
  }
  EXPECT_EQ(Groups(), (Counts{{Group(1), 2}}));
}

TEST_F(SpreadTest, AMachineThatIsRefusedForAnotherReasonKeepsItsGroup) {
  v1::VirtualMachine spec = Member(1);
  spec.set_compute_profile("no");
  EXPECT_TRUE(absl::IsAborted(Refused(spec))) << "its group is new";
  for (int i = 0; i < 2; ++i) {
    api_->Settle();
    Forget();
    EXPECT_EQ(FieldOf(Refused(spec)), "virtual_machine.compute_profile");
  }
  Make(1, 1);
  EXPECT_EQ(Groups(), (Counts{{Group(1), 1}}));
}

// Also one where it was to be before.
TEST_F(SpreadTest, TheGroupsOfARefusedMachineGoWithIt) {
  api_->virtual_machines().faults().Fail(Verb::kCreate,
                                         absl::PermissionDeniedError("no role"),
                                         cloud::FakeFaults::kForever);
  const auto refuse = [&](const std::string& zone) {
    EXPECT_TRUE(absl::IsAborted(Refused(Member(1, zone)))) << "a new group";
    api_->Settle();
    Forget();
    EXPECT_TRUE(absl::IsPermissionDenied(Refused(Member(1, zone))));
    api_->Settle();
    Forget();
    EXPECT_THAT(api_->disks().All(), IsEmpty());
  };
  refuse("a");
  EXPECT_EQ(Groups(), (Counts{{Group(1), 0}}));
  refuse("b");
  EXPECT_EQ(Groups(), (Counts{{Group(1), 0}, {Group(1, "b"), 0}}));
  Delete(1);
  api_->Settle();
  EXPECT_THAT(Groups(), IsEmpty());
}

TEST_F(SpreadTest, AGroupThatACrashLeftIsTaken) {
  api_->virtual_machines().faults().Fail(Verb::kCreate,
                                         absl::UnavailableError("crash"));
  EXPECT_FALSE(scope_->Apply({}, Member(1), false).ok());
  EXPECT_EQ(Groups(), (Counts{{Group(1), 0}}));
  Restart();
  Make(2, 2);
  EXPECT_EQ(Groups(), (Counts{{Group(1), 1}}));
}

TEST_F(SpreadTest, ALostAnswerMakesNoSecondGroup) {
  api_->placement_groups().faults().LoseAnswer(Verb::kCreate);
  EXPECT_FALSE(scope_->Apply({}, Member(1), false).ok());
  Restart();
  Make(1, 1);
  EXPECT_EQ(Groups(), (Counts{{Group(1), 1}}));
}

TEST_F(SpreadTest, AFreePlaceIsTakenBeforeANewGroupIsMade) {
  Make(1, 6);
  Delete(2);
  Forget();
  Make(7, 8);
  EXPECT_EQ(GroupOf(7), Group(1));
  EXPECT_EQ(GroupOf(8), Group(2));
}

TEST_F(SpreadTest, AGroupGoesWithItsLastMachine) {
  Make(1, 7);
  Delete(6);
  EXPECT_EQ(Groups(), (Counts{{Group(1), 5}, {Group(2), 1}}));
  Delete(7);
  EXPECT_EQ(Groups(), (Counts{{Group(1), 5}}));
  Restart();
  for (int number = 1; number <= 5; ++number) Delete(number);
  EXPECT_THAT(Groups(), IsEmpty());
}

// The cloud may show a machine in its group that is gone.
TEST_F(SpreadTest, AGroupIsNotKeptForMachinesThatAreGone) {
  Make(1, 1);
  api_->placement_groups().Change(Group(1), [](PlacementGroup& group) {
    group.status.machines = {MachineId(OwnerOf(1)), MachineId(OwnerOf(9))};
  });
  api_->virtual_machines().Vanish(MachineId(OwnerOf(1)));
  Forget();
  ASSERT_TRUE(scope_->Delete({}, cloud::KeyOf(OwnerOf(1))).ok());
  EXPECT_TRUE(api_->placement_groups().deleting(Group(1)) ||
              !api_->placement_groups().Find(Group(1)).has_value());
}

// Groups may show machines for long that are gone. They are read only where it
// depends on them whether a group has room, or whether it is removed.
TEST_F(SpreadTest, B10MachinesThatGroupsStillShowAreHardlyRead) {
  FakeFaults& machines = api_->virtual_machines().faults();
  Make(1, 12);
  for (const int group : {1, 2, 3}) {
    api_->placement_groups().Change(Group(group), [&](PlacementGroup& object) {
      for (int number = 1; number <= 5; ++number) {
        object.status.machines.push_back(
            MachineId(OwnerOf(100 * group + number)));
      }
    });
  }
  Forget();
  machines.ResetCalls();
  Make(13, 13);
  EXPECT_EQ(machines.calls(Verb::kGet), 1 + 3) << "its own, and three of five";
  Forget();
  for (const int number : {11, 12, 13}) {
    api_->virtual_machines().Vanish(MachineId(OwnerOf(number)));
  }
  machines.ResetCalls();
  ASSERT_TRUE(scope_->Delete({}, cloud::KeyOf(OwnerOf(13))).ok());
  EXPECT_EQ(machines.calls(Verb::kGet), 5) << "those of the last group";
  EXPECT_TRUE(api_->placement_groups().deleting(Group(3)));
}

TEST_F(SpreadTest, AGroupWithOtherPeoplesMachinesStays) {
  Make(1, 1);
  AddStrangers(Group(1), 1);
  Delete(1);
  EXPECT_EQ(Groups(), (Counts{{Group(1), 1}}));
}

// Another machine is about to be made in it.
TEST_F(SpreadTest, AGroupThatIsPromisedStays) {
  Make(1, 1);
  api_->virtual_machines().faults().Fail(Verb::kCreate,
                                         absl::UnavailableError("later"));
  EXPECT_FALSE(scope_->Apply({}, Member(2), false).ok());
  Delete(1);
  EXPECT_EQ(Groups(), (Counts{{Group(1), 0}}));
  Delete(2);
  EXPECT_THAT(Groups(), IsEmpty());
}

TEST_F(SpreadTest, AGroupThatIsBeingDeletedIsNotTaken) {
  Make(1, 1);
  api_->placement_groups().set_behaviour({.shows_deletion = true});
  // Its deletion was accepted and has to wait for the machine.
  ASSERT_TRUE(scope_->connection()
                  .compute->placement_groups()
                  .Delete({}, Group(1), "")
                  .ok());
  Forget();
  Make(2, 2);
  EXPECT_EQ(GroupOf(2), Group(2));
}

TEST_F(SpreadTest, B6AClustersGroupsAreSwept) {
  Make(1, 1);
  PlacementGroup stray;
  stray.metadata.id = GroupId("stray");
  stray.metadata.labels = cloud::OwnerLabels({"c1", "prod", "", ""});
  api_->placement_groups().Put(stray);
  stray.metadata.id = GroupId("theirs");
  stray.metadata.labels = cloud::OwnerLabels({"c2", "prod", "", ""});
  api_->placement_groups().Put(stray);
  DeleteAll({"c1", ""});
  EXPECT_EQ(Groups(), (Counts{{GroupId("theirs"), 0}}));
}

TEST_F(SpreadTest, AGroupThatLostItsLabelsHoldsTheClustersDeletion) {
  const std::string longest(50, 'x');
  for (const std::string& set : {std::string("md"), longest}) {
    PlacementGroup group;
    group.metadata.id = Group(1, "a", set);
    api_->placement_groups().Put(group);
  }
  const auto left = [&](const ClusterTraces& traces) {
    const auto remaining = scope_->DeleteCluster({}, "c1", {}, traces);
    EXPECT_TRUE(remaining.ok()) << remaining.status();
    std::vector<std::string> ids;
    for (const auto& each : *remaining) ids.push_back(each.id);
    return ids;
  };
  EXPECT_THAT(left({}), testing::ElementsAre(Group(1, "a", "md").value()));
  EXPECT_THAT(left({.name = "prod"}),
              testing::UnorderedElementsAre(Group(1, "a", "md").value(),
                                            Group(1, "a", longest).value()));
  EXPECT_TRUE(scope_->DeleteCluster({}, "c3", {}, {.name = "other"})->empty());
}

// A role that can't list groups any more says nothing of those that were made.
TEST_F(SpreadTest, GroupsThatMayNotBeListedAreNoneOnlyIfNoneWasMade) {
  const auto hide = [&] {
    api_->placement_groups().faults().Fail(
        Verb::kList, absl::PermissionDeniedError("no"), FakeFaults::kForever);
  };
  hide();
  EXPECT_TRUE(scope_->DeleteCluster({}, "c1")->empty());
  EXPECT_TRUE(absl::IsPermissionDenied(
      scope_->DeleteCluster({}, "c1", {}, {.had_groups = true}).status()));
  api_->placement_groups().faults().Clear();
  // Remembered, without the caller's help.
  Restart();
  Make(1, 1);
  hide();
  EXPECT_TRUE(
      absl::IsPermissionDenied(scope_->DeleteCluster({}, "c1").status()));
  EXPECT_TRUE(
      absl::IsPermissionDenied(scope_->DeleteCluster({}, "c1").status()));
  api_->placement_groups().faults().Clear();
  DeleteAll({"c1", ""});
  EXPECT_THAT(api_->placement_groups().All(), IsEmpty());
}

TEST_F(SpreadTest, AGroupOfOthersWithOurNameIsNotTaken) {
  PlacementGroup theirs;
  theirs.metadata.id = Group(1);
  theirs.metadata.labels = {{"team", "x"}};
  theirs.zone = "a";
  api_->placement_groups().Put(theirs);
  api_->Settle();
  const auto before = api_->placement_groups().All();
  const absl::Status refused = Refused(Member(1));
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_EQ(DetailsOf(refused).reason, "NAME_TAKEN");
  EXPECT_THAT(std::string(refused.message()), HasSubstr(Group(1).value()));
  EXPECT_THAT(api_->virtual_machines().All(), IsEmpty());
  // Whose it is has to be said before the cluster is gone.
  const auto remaining = scope_->DeleteCluster({}, "c1");
  ASSERT_TRUE(remaining.ok()) << remaining.status();
  EXPECT_THAT(*remaining, SizeIs(1));
  EXPECT_EQ(api_->placement_groups().All(), before);
}

TEST_F(SpreadTest, B5AGroupThatCantBeMadeIsTold) {
  for (const absl::Status& error :
       {MakeError(absl::StatusCode::kResourceExhausted, "not enough quota",
                  {.reason = std::string(kQuotaExceeded)}),
        absl::PermissionDeniedError("no")}) {
    api_->placement_groups().faults().Fail(Verb::kCreate, error);
    EXPECT_EQ(Refused(Member(1)).code(), error.code());
    EXPECT_THAT(api_->virtual_machines().All(), IsEmpty());
  }
  api_->Settle();
  clock_.Advance(absl::Minutes(2));  // a refused request is not tried at once
  Make(1, 1);
}

TEST_F(SpreadTest, OnlyOneKindOfGroupIsRequested) {
  v1::VirtualMachine spec = Member(1);
  spec.set_placement_group_id("g");
  EXPECT_EQ(FieldOf(Refused(spec)), "virtual_machine.spread_group");
  for (const std::string& name : {std::string(101, 'x'), std::string("a b")}) {
    EXPECT_EQ(FieldOf(Refused(Member(1, "a", name))),
              "virtual_machine.spread_group");
  }
  EXPECT_THAT(Groups(), IsEmpty());
}

TEST_F(SpreadTest, B10AnIdleMachineCostsNothingMore) {
  Boot(Member(1));
  Forget();
  api_->ResetCalls();
  Apply(Member(1));
  EXPECT_EQ(api_->reads(), 2) << "one GET for machine and disk";
  EXPECT_EQ(api_->writes(), 0);
}

// --- The rows of docs/drift.md.

class SpreadDriftTest : public SpreadTest {
 protected:
  void SetUp() override {
    Boot(Member(1));
    for (int number = 2; number <= 6; ++number) Apply(Member(number));
    Forget();
    api_->ResetCalls();
  }
  std::string Told() {
    const auto machine = scope_->Get({}, cloud::KeyOf(OwnerOf(1)));
    EXPECT_TRUE(machine.ok()) << machine.status();
    return ConditionOf(*machine, "VMReady").reason();
  }
  void Move(const GroupId& group) {
    api_->virtual_machines().Change(
        MachineId(OwnerOf(1)),
        [&](VirtualMachine& machine) { machine.placement_group = group; });
    Forget();
  }
};

TEST_F(SpreadDriftTest, AnyGroupOfTheSetIsAsRequested) {
  Move(Group(2));
  EXPECT_EQ(Told(), "Available");
  EXPECT_EQ(Apply(Member(1)).actual_placement_group_id(), Group(2).value());
  EXPECT_EQ(api_->writes(), 0);
}

TEST_F(SpreadDriftTest, AnotherGroupIsLeftAndTold) {
  for (const GroupId& group : {GroupId("other"), GroupId(), Group(1, "b")}) {
    Move(group);
    EXPECT_EQ(Told(), "Changed");
    EXPECT_EQ(FieldOf(Refused(Member(1))), "virtual_machine.spread_group");
    EXPECT_EQ(api_->writes(), 0);
  }
}

TEST_F(SpreadDriftTest, LabelsOfAGroupAreRepairedWithTheNextMachine) {
  api_->placement_groups().Change(Group(2), [](PlacementGroup& group) {
    group.metadata.labels.erase(cloud::kPartLabel);
  });
  EXPECT_EQ(Told(), "Available");
  Apply(Member(1));
  EXPECT_EQ(api_->writes(), 0);
  Apply(Member(7));
  EXPECT_EQ(
      cloud::LabelOf(api_->placement_groups().Find(Group(2))->metadata.labels,
                     cloud::kPartLabel),
      "md-workers");
}

TEST_F(SpreadDriftTest, AGroupWithoutOurLabelsIsNotOursAnyMore) {
  api_->placement_groups().Change(
      Group(2), [](PlacementGroup& group) { group.metadata.labels.clear(); });
  EXPECT_EQ(Told(), "Available");
  EXPECT_EQ(DetailsOf(Refused(Member(7))).reason, "NAME_TAKEN");
  for (int number = 1; number <= 6; ++number) Delete(number);
  EXPECT_EQ(Groups(), (Counts{{Group(2), 0}}));
}

TEST_F(SpreadDriftTest, ADeletedGroupIsMadeForTheNextMachine) {
  api_->placement_groups().Vanish(Group(2));
  Forget();
  EXPECT_EQ(Told(), "Available");
  Apply(Member(7));
  EXPECT_EQ(GroupOf(7), Group(2));
}

}  // namespace
}  // namespace evroc::compute
