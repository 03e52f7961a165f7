#include "shim/rpc/testing/fake_network_service_client.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/rpc/testing/desired_resources.h"
#include "shim/rpc/testing/recording_observer.h"

// What the fake has in common with the service is tested in
// tests/contract/services.
namespace evroc::shim {
namespace {

using network::v1::WatchResponse;
using ::testing::ElementsAre;

TEST(FakeNetworkServiceClientTest, MakesAndDeletesAtOnceIfTold) {
  FakeNetworkServiceClient client;
  client.SetInstant(true);
  const common::v1::CloudScope scope = TestScope("key");
  RecordingObserver<WatchResponse> seen;
  const auto stream = client.Watch(scope, "", seen);
  ASSERT_TRUE(client.ApplyClusterNetwork({}, scope, TestNetwork("c1")).ok());
  ASSERT_TRUE(client.ApplyPublicIp({}, scope, TestAddress("c1", "m1")).ok());
  ASSERT_TRUE(client.DeletePublicIp({}, scope, TestOwner("c1", "m1")).ok());
  ASSERT_TRUE(
      client.DeleteClusterNetwork({}, scope, {.owner = TestOwner("c1", "")})
          .ok());
  EXPECT_THAT(seen.Take(), ElementsAre("SYNCED", "CHANGED c1", "CHANGED m1",
                                       "DELETED m1", "DELETED c1"));
}

}  // namespace
}  // namespace evroc::shim
