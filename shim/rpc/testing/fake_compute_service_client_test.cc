#include "shim/rpc/testing/fake_compute_service_client.h"

#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/rpc/testing/desired_resources.h"
#include "shim/rpc/testing/recording_observer.h"

namespace evroc::shim {
namespace {

using compute::v1::VirtualMachine;
using compute::v1::WatchResponse;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class FakeComputeServiceClientTest : public ::testing::Test {
 protected:
  absl::StatusOr<VirtualMachine> Apply(const VirtualMachine& desired,
                                       bool provisioned_before = false) {
    return client_.ApplyVirtualMachine({}, scope_, desired, provisioned_before);
  }
  VirtualMachine::State StateOf(const std::string& id) {
    return client_.Machine(id)->state();
  }

  const common::v1::CloudScope scope_ = TestScope("key");
  const VirtualMachine desired_ = TestMachine("c1", "m1");
  FakeComputeServiceClient client_;
};

TEST_F(FakeComputeServiceClientTest, OnlyTheTestChangesAMachine) {
  const auto made = Apply(desired_);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->state(), VirtualMachine::STATE_PROVISIONING);
  EXPECT_FALSE(made->id().empty());
  EXPECT_TRUE(made->user_data().empty());
  EXPECT_EQ(Apply(desired_)->etag(), made->etag());
  client_.Run("m1");
  const auto runs = Apply(desired_);
  EXPECT_EQ(runs->state(), VirtualMachine::STATE_RUNNING);
  EXPECT_EQ(runs->id(), made->id());
  EXPECT_FALSE(runs->private_ipv4_address().empty());
  EXPECT_NE(runs->etag(), made->etag());
}

TEST_F(FakeComputeServiceClientTest, IsAsStrictAsTheService) {
  const auto refused = [&](void (*spoil)(VirtualMachine&)) {
    VirtualMachine desired = desired_;
    spoil(desired);
    return DetailsOf(Apply(desired).status()).field_violations.at(0).field;
  };
  EXPECT_EQ(refused([](VirtualMachine& m) { m.set_zone(""); }),
            "virtual_machine.zone");
  EXPECT_EQ(refused([](VirtualMachine& m) { m.set_compute_profile("no"); }),
            "virtual_machine.compute_profile");
  EXPECT_EQ(
      refused([](VirtualMachine& m) { m.mutable_owner()->clear_machine_id(); }),
      "virtual_machine.owner.machine_id");
  EXPECT_THAT(client_.MachineIds(), IsEmpty());
}

TEST_F(FakeComputeServiceClientTest, RefusesChangesOfImmutableFields) {
  ASSERT_TRUE(Apply(desired_).ok());
  VirtualMachine changed = desired_;
  changed.set_compute_profile("m1a.l");
  EXPECT_EQ(Apply(changed).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(client_.Machine("m1")->compute_profile(), "c1a.s");
}

TEST_F(FakeComputeServiceClientTest, AMachineThatRanIsLostAndNotCreatedAgain) {
  ASSERT_TRUE(Apply(desired_).ok());
  client_.Run("m1");
  client_.Vanish("m1");
  EXPECT_EQ(StateOf("m1"), VirtualMachine::STATE_LOST);
  EXPECT_EQ(Apply(desired_, true)->state(), VirtualMachine::STATE_LOST);
  EXPECT_EQ(Apply(TestMachine("c1", "m2"), true)->state(),
            VirtualMachine::STATE_LOST);
}

TEST_F(FakeComputeServiceClientTest, DeletesStepByStep) {
  ASSERT_TRUE(Apply(desired_).ok());
  ASSERT_TRUE(Apply(TestMachine("c1", "m2")).ok());
  ASSERT_TRUE(Apply(TestMachine("c2", "m3")).ok());
  common::v1::Owner cluster;
  cluster.set_cluster_id("c1");
  EXPECT_THAT(*client_.DeleteVirtualMachine({}, scope_, cluster), SizeIs(2));
  EXPECT_EQ(StateOf("m1"), VirtualMachine::STATE_DELETING);
  EXPECT_EQ(StateOf("m3"), VirtualMachine::STATE_PROVISIONING);
  client_.FinishDeletion("m1");
  EXPECT_THAT(*client_.DeleteVirtualMachine({}, scope_, cluster), SizeIs(1));
  client_.FinishDeletion("m2");
  EXPECT_THAT(*client_.DeleteVirtualMachine({}, scope_, cluster), IsEmpty());
  EXPECT_THAT(client_.MachineIds(), ElementsAre("m3"));
}

TEST_F(FakeComputeServiceClientTest, FailsAsOrdered) {
  client_.faults().Fail("ApplyVirtualMachine", absl::UnavailableError("down"));
  EXPECT_EQ(Apply(desired_).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(client_.MachineIds(), IsEmpty());
  client_.faults().LoseAnswer("ApplyVirtualMachine");
  EXPECT_FALSE(Apply(desired_).ok());
  EXPECT_THAT(client_.MachineIds(), ElementsAre("m1"));
  EXPECT_EQ(client_.faults().calls("ApplyVirtualMachine"), 2);
  client_.access().Refuse("key");
  EXPECT_EQ(Apply(desired_).status().code(),
            absl::StatusCode::kUnauthenticated);
}

TEST_F(FakeComputeServiceClientTest, WatchesFromASnapshotOn) {
  ASSERT_TRUE(Apply(desired_).ok());
  RecordingObserver<WatchResponse> seen;
  const auto stream = client_.Watch(scope_, "", seen);
  EXPECT_THAT(seen.Take(), ElementsAre("CHANGED m1", "SYNCED"));
  client_.Run("m1");
  ASSERT_TRUE(client_.DeleteVirtualMachine({}, scope_, desired_.owner()).ok());
  client_.FinishDeletion("m1");
  EXPECT_THAT(seen.Take(),
              ElementsAre("CHANGED m1", "CHANGED m1", "DELETED m1"));
}

TEST_F(FakeComputeServiceClientTest, WatchesFromACursorOn) {
  ASSERT_TRUE(Apply(desired_).ok());
  ASSERT_TRUE(Apply(TestMachine("c1", "m2")).ok());
  RecordingObserver<WatchResponse> first;
  auto stream = client_.Watch(scope_, "", first);
  stream.reset();
  client_.Run("m2");
  RecordingObserver<WatchResponse> second;
  stream = client_.Watch(scope_, first.cursor(), second);
  EXPECT_THAT(second.Take(), ElementsAre("CHANGED m2", "SYNCED"));
  stream.reset();
  client_.streams().ForgetCursors();
  RecordingObserver<WatchResponse> third;
  stream = client_.Watch(scope_, second.cursor(), third);
  EXPECT_THAT(third.Take(),
              ElementsAre("RESET", "CHANGED m1", "CHANGED m2", "SYNCED"));
  stream.reset();
}

TEST_F(FakeComputeServiceClientTest, EndsStreamsWithAnError) {
  RecordingObserver<WatchResponse> seen;
  const auto stream = client_.Watch(scope_, "", seen);
  EXPECT_EQ(client_.streams().open(), 1);
  client_.streams().EndAll(absl::UnavailableError("restart"));
  EXPECT_EQ(seen.end()->code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(client_.streams().open(), 0);
}

}  // namespace
}  // namespace evroc::shim
