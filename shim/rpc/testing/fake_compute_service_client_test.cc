#include "shim/rpc/testing/fake_compute_service_client.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/rpc/testing/desired_resources.h"
#include "shim/rpc/testing/recording_observer.h"

// What the fake has in common with the service is tested in
// tests/contract/services.
namespace evroc::shim {
namespace {

using compute::v1::VirtualMachine;
using compute::v1::WatchResponse;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class FakeComputeServiceClientTest : public ::testing::Test {
 protected:
  absl::StatusOr<VirtualMachine> Apply(const VirtualMachine& desired) {
    return client_.ApplyVirtualMachine({}, scope_, desired,
                                       /*provisioned_before=*/false);
  }

  const common::v1::CloudScope scope_ = TestScope("key");
  const VirtualMachine desired_ = TestMachine("c1", "m1");
  FakeComputeServiceClient client_;
};

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
