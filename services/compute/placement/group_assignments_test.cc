#include "services/compute/placement/group_assignments.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace evroc::compute {
namespace {

using MachineId = GroupAssignments::MachineId;
using GroupId = GroupAssignments::GroupId;

class GroupAssignmentsTest : public testing::Test {
 protected:
  static cloud::OwnerKey Owner(int number) {
    return {"c1", absl::StrCat("m", number)};
  }
  static MachineId Machine(int number) {
    return MachineId(absl::StrCat("vm-", number));
  }
  GroupId Group(int number) const { return SpreadGroupIds(set_).At(number); }

  GroupObservation Begin(const std::string& cluster_id = "c1") const {
    return {.cluster_id = cluster_id, .began_at = assignments_.sequence()};
  }
  // With these machines in the first group.
  GroupObservation Showing(int first, int last) const {
    GroupObservation observed = Begin();
    for (int number = first; number <= last; ++number) {
      observed.machines[Machine(number)] = Group(1);
    }
    return observed;
  }
  void See(const GroupObservation& observed) { assignments_.Record(observed); }
  GroupId Choose(int number, const GroupObservation& observed) {
    return assignments_.Choose(set_, Owner(number), Machine(number), observed);
  }
  void Promise(int first, int last) {
    for (int number = first; number <= last; ++number) {
      EXPECT_EQ(Choose(number, Begin()), Group(1));
    }
  }

  const SpreadSet set_{{"c1", "prod", "", ""}, "md-workers", "a"};
  FakeClock clock_;
  GroupAssignments assignments_{clock_};
};

TEST_F(GroupAssignmentsTest, AMachineThatIsGoneTakesNoPlace) {
  Promise(1, 5);
  See(Showing(1, 5));
  See(Showing(2, 5));
  EXPECT_EQ(Choose(6, Showing(2, 5)), Group(1));
  EXPECT_EQ(Choose(7, Showing(2, 5)), Group(2));
}

TEST_F(GroupAssignmentsTest, AGroupWhoseMachinesAreGoneCanBeRemoved) {
  Promise(1, 2);
  See(Showing(1, 2));
  EXPECT_FALSE(assignments_.BeginRemoval(Group(1), Begin()));
  See(Begin());
  EXPECT_FALSE(assignments_.HasAny("c1"));
  EXPECT_TRUE(assignments_.BeginRemoval(Group(1), Begin()));
}

TEST_F(GroupAssignmentsTest, AnObservationFromBeforeAMachineEndsNoPromise) {
  Promise(1, 1);
  const GroupObservation before = Begin();
  See(Showing(1, 1));
  See(before);
  EXPECT_FALSE(assignments_.BeginRemoval(Group(1), before));
}

TEST_F(GroupAssignmentsTest, AMachineThatWasNeverObservedKeepsItsPlaceAWhile) {
  Promise(1, 5);
  clock_.Advance(absl::Minutes(20));
  Promise(5, 5);
  clock_.Advance(absl::Minutes(20));
  EXPECT_EQ(Choose(6, Begin()), Group(2));
  See(Begin());
  EXPECT_EQ(Choose(7, Begin()), Group(1)) << "four are not asked for any more";
  EXPECT_FALSE(assignments_.BeginRemoval(Group(1), Begin()));
}

TEST_F(GroupAssignmentsTest, AMachineThatRunsKeepsItsPlaceForEver) {
  Promise(1, 5);
  See(Showing(1, 5));
  clock_.Advance(absl::Hours(24));
  See(Showing(1, 5));
  EXPECT_EQ(Choose(6, Begin()), Group(2));
}

TEST_F(GroupAssignmentsTest, AnotherClustersObservationSaysNothing) {
  Promise(1, 1);
  See(Showing(1, 1));
  See(Begin("c0"));
  See(Begin("c2"));
  EXPECT_TRUE(assignments_.HasAny("c1"));
  EXPECT_FALSE(assignments_.HasAny("c0"));
  EXPECT_FALSE(assignments_.HasAny("c2"));
}

}  // namespace
}  // namespace evroc::compute
