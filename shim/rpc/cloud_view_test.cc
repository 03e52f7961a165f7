#include "shim/rpc/cloud_view.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/rpc/testing/desired_resources.h"

namespace evroc::shim {
namespace {

using compute::v1::VirtualMachine;
using network::v1::ClusterNetwork;
using network::v1::PublicIp;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

VirtualMachine Machine(const std::string& cluster_id,
                       const std::string& machine_id,
                       VirtualMachine::State state) {
  VirtualMachine machine = TestMachine(cluster_id, machine_id);
  machine.set_state(state);
  machine.set_id("vm-" + machine_id);
  common::v1::Condition& condition = *machine.add_conditions();
  condition.set_type("Ready");
  condition.set_status(common::v1::Condition::STATUS_FALSE);
  condition.set_reason("Creating");
  return machine;
}

class CloudViewTest : public ::testing::Test {
 protected:
  CloudViewTest() { view_.Keep("c1"); }

  VirtualMachine::State StateOf(const std::string& id) {
    return view_.Machine("c1", id)->state;
  }

  const VirtualMachine creating_ =
      Machine("c1", "m1", VirtualMachine::STATE_PROVISIONING);
  const VirtualMachine running_ =
      Machine("c1", "m1", VirtualMachine::STATE_RUNNING);
  CloudView view_;
};

TEST_F(CloudViewTest, KnowsWhatWasReported) {
  EXPECT_FALSE(view_.Machine("c1", "m1").has_value());
  EXPECT_TRUE(view_.Changed(creating_));
  EXPECT_EQ(view_.Machine("c1", "m1")->id, "vm-m1");
  EXPECT_EQ(
      FindCondition(view_.Machine("c1", "m1")->conditions, "Ready")->reason,
      "Creating");
  EXPECT_TRUE(view_.Deleted(creating_));
  EXPECT_FALSE(view_.Machine("c1", "m1").has_value());
  EXPECT_FALSE(view_.Deleted(creating_));
}

TEST_F(CloudViewTest, DistinguishesChanges) {
  EXPECT_TRUE(view_.Changed(creating_));
  EXPECT_FALSE(view_.Changed(creating_));
  EXPECT_TRUE(view_.Changed(running_));
  VirtualMachine other_desired = running_;
  other_desired.mutable_labels()->insert({"a", "b"});
  EXPECT_FALSE(view_.Changed(other_desired));
}

TEST_F(CloudViewTest, KeepsNothingOfOthers) {
  EXPECT_FALSE(
      view_.Changed(Machine("c2", "m9", VirtualMachine::STATE_RUNNING)));
  view_.Answered(view_.Now(),
                 Machine("c2", "m9", VirtualMachine::STATE_RUNNING));
  EXPECT_FALSE(view_.Machine("c2", "m9").has_value());
  view_.Changed(running_);
  view_.Forget("c1");
  EXPECT_FALSE(view_.Machine("c1", "m1").has_value());
}

TEST_F(CloudViewTest, AnAnswerReplacesWhatIsKnown) {
  view_.Changed(creating_);
  view_.Answered(view_.Now(), running_);
  EXPECT_EQ(StateOf("m1"), VirtualMachine::STATE_RUNNING);
}

TEST_F(CloudViewTest, AnEventDuringTheCallIsNewerThanTheAnswer) {
  const CloudView::Sequence sequence = view_.Now();
  view_.Changed(running_);
  view_.Answered(sequence, creating_);
  EXPECT_EQ(StateOf("m1"), VirtualMachine::STATE_RUNNING);
}

TEST_F(CloudViewTest, ADeletionDuringTheCallIsNewerThanTheAnswer) {
  view_.Changed(creating_);
  const CloudView::Sequence sequence = view_.Now();
  view_.Deleted(creating_);
  view_.Answered(sequence, creating_);
  EXPECT_FALSE(view_.Machine("c1", "m1").has_value());
  view_.Answered(view_.Now(), creating_);
  EXPECT_TRUE(view_.Machine("c1", "m1").has_value());
}

TEST_F(CloudViewTest, ASnapshotForgetsWhatItDoesNotName) {
  for (const char* id : {"named", "answered", "gone"}) {
    view_.Changed(Machine("c1", id, VirtualMachine::STATE_RUNNING));
  }
  const CloudView::Sequence began = view_.Now();
  view_.Changed(Machine("c1", "named", VirtualMachine::STATE_RUNNING));
  view_.Answered(view_.Now(),
                 Machine("c1", "answered", VirtualMachine::STATE_RUNNING));
  EXPECT_THAT(view_.ForgetMachinesBefore(began, "c1"), ElementsAre("gone"));
  EXPECT_TRUE(view_.Machine("c1", "answered").has_value());
  EXPECT_TRUE(view_.Machine("c1", "named").has_value());
  EXPECT_FALSE(view_.Machine("c1", "gone").has_value());
  EXPECT_THAT(view_.ForgetMachinesBefore(view_.Now(), "c2"), IsEmpty());
}

TEST_F(CloudViewTest, NetworksAndPublicIpsAreKeptApart) {
  ClusterNetwork network = TestNetwork("c1");
  network.set_etag("n1");
  PublicIp address = TestAddress("c1", "m1");
  address.set_etag("a1");
  EXPECT_TRUE(view_.Changed(network));
  EXPECT_TRUE(view_.Changed(address));
  EXPECT_FALSE(view_.Machine("c1", "m1").has_value());
  EXPECT_TRUE(view_.HasPublicIp("c1", "m1"));
  EXPECT_FALSE(view_.Changed(network));
  EXPECT_FALSE(view_.Changed(address));
  address.set_etag("a2");
  EXPECT_TRUE(view_.Changed(address));
  EXPECT_FALSE(view_.Changed(network));
  EXPECT_THAT(view_.ForgetNetworksBefore(view_.Now(), "c1"),
              UnorderedElementsAre("", "m1"));
  EXPECT_FALSE(view_.HasPublicIp("c1", "m1"));
}

TEST_F(CloudViewTest, TheEventThatRepeatsAnAnswerIsNoChange) {
  ClusterNetwork network = TestNetwork("c1");
  network.set_etag("n1");
  view_.Answered(view_.Now(), network);
  EXPECT_FALSE(view_.Changed(network));
  PublicIp address = TestAddress("c1", "m1");
  address.set_etag("a1");
  view_.Answered(view_.Now(), address);
  EXPECT_FALSE(view_.Changed(address));
  view_.Answered(view_.Now(), creating_);
  EXPECT_FALSE(view_.Changed(creating_));
}

TEST_F(CloudViewTest, EqualConditionsAreOne) {
  view_.Changed(creating_);
  view_.Changed(Machine("c1", "m2", VirtualMachine::STATE_RUNNING));
  EXPECT_EQ(view_.Machine("c1", "m1")->conditions,
            view_.Machine("c1", "m2")->conditions);
}

}  // namespace
}  // namespace evroc::shim
