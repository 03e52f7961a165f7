#include "shim/rpc/testing/fake_network_service_client.h"

#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/rpc/testing/desired_resources.h"
#include "shim/rpc/testing/recording_observer.h"

namespace evroc::shim {
namespace {

using network::v1::ClusterNetwork;
using network::v1::ControlPlaneEndpoint;
using network::v1::PublicIp;
using network::v1::WatchResponse;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class FakeNetworkServiceClientTest : public ::testing::Test {
 protected:
  absl::StatusOr<ClusterNetwork> Apply(const ClusterNetwork& desired) {
    return client_.ApplyClusterNetwork({}, scope_, desired);
  }

  const common::v1::CloudScope scope_ = TestScope("key");
  const ClusterNetwork desired_ = TestNetwork("c1");
  FakeNetworkServiceClient client_;
};

TEST_F(FakeNetworkServiceClientTest, OnlyTheTestChangesANetwork) {
  const auto made = Apply(desired_);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->state(), ClusterNetwork::STATE_PROVISIONING);
  EXPECT_TRUE(made->control_plane_endpoint_status().host().empty());
  EXPECT_EQ(Apply(desired_)->etag(), made->etag());
  client_.FinishNetwork("c1");
  const auto ready = Apply(desired_);
  EXPECT_EQ(ready->state(), ClusterNetwork::STATE_READY);
  EXPECT_FALSE(ready->control_plane_endpoint_status().host().empty());
  EXPECT_EQ(ready->control_plane_endpoint_status().port(), 6443);
  EXPECT_THAT(ready->failure_domains(), SizeIs(1));
  EXPECT_THAT(ready->security_group_ids().common(), SizeIs(1));
}

TEST_F(FakeNetworkServiceClientTest, BackendsFollowTheRequest) {
  ClusterNetwork desired = desired_;
  desired.mutable_control_plane_endpoint()->add_member_ids("vm-b");
  desired.mutable_control_plane_endpoint()->add_member_ids("vm-a");
  EXPECT_THAT(Apply(desired)->control_plane_endpoint_status().member_ids(),
              ElementsAre("vm-a", "vm-b"));
  EXPECT_THAT(Apply(desired_)->control_plane_endpoint_status().member_ids(),
              IsEmpty());
}

TEST_F(FakeNetworkServiceClientTest, IsAsStrictAsTheService) {
  const auto refused = [&](void (*spoil)(ClusterNetwork&)) {
    ClusterNetwork desired = desired_;
    spoil(desired);
    return DetailsOf(Apply(desired).status()).field_violations.at(0).field;
  };
  EXPECT_EQ(refused([](ClusterNetwork& n) { n.clear_vpc(); }),
            "cluster_network.vpc.name");
  EXPECT_EQ(refused([](ClusterNetwork& n) { n.clear_subnets(); }),
            "cluster_network.subnets");
  EXPECT_EQ(
      refused([](ClusterNetwork& n) { n.mutable_subnets(0)->clear_zone(); }),
      "cluster_network.subnets[0].zone");
  EXPECT_FALSE(client_.Network("c1").has_value());
}

TEST_F(FakeNetworkServiceClientTest, TheEndpointsTypeIsFixed) {
  ASSERT_TRUE(Apply(desired_).ok());
  ClusterNetwork changed = desired_;
  changed.mutable_control_plane_endpoint()->set_type(
      ControlPlaneEndpoint::TYPE_PUBLIC_IP);
  EXPECT_EQ(Apply(changed).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(FakeNetworkServiceClientTest,
       WithoutLoadBalancersAPublicIpIsTheEndpoint) {
  client_.SetRest(false);
  EXPECT_EQ(Apply(desired_)->control_plane_endpoint_status().type(),
            ControlPlaneEndpoint::TYPE_PUBLIC_IP);
  EXPECT_FALSE(client_.CheckCredentials({}, scope_)->load_balancers());
  ClusterNetwork balanced = TestNetwork("c2");
  balanced.mutable_control_plane_endpoint()->set_type(
      ControlPlaneEndpoint::TYPE_LOAD_BALANCER);
  EXPECT_EQ(Apply(balanced).status().code(), absl::StatusCode::kUnimplemented);
}

TEST_F(FakeNetworkServiceClientTest, FailsWithTheCondition) {
  ASSERT_TRUE(Apply(desired_).ok());
  client_.FailNetwork("c1", "VPCReady", "VPCNotFound",
                      "VPC vpc does not exist");
  const auto failed = Apply(desired_);
  EXPECT_EQ(failed->state(), ClusterNetwork::STATE_FAILED);
  EXPECT_EQ(failed->conditions(0).reason(), "VPCNotFound");
  client_.FinishNetwork("c1");
  EXPECT_EQ(Apply(desired_)->conditions(0).reason(), "Available");
}

TEST_F(FakeNetworkServiceClientTest, DeletesStepByStep) {
  EXPECT_THAT(*client_.DeleteClusterNetwork({}, scope_, "c1"), IsEmpty());
  ASSERT_TRUE(Apply(desired_).ok());
  EXPECT_THAT(*client_.DeleteClusterNetwork({}, scope_, "c1"), SizeIs(1));
  EXPECT_EQ(client_.Network("c1")->state(), ClusterNetwork::STATE_DELETING);
  client_.FinishDeletion("c1");
  EXPECT_THAT(*client_.DeleteClusterNetwork({}, scope_, "c1"), IsEmpty());
}

TEST_F(FakeNetworkServiceClientTest, CreatesAndDeletesPublicIps) {
  const common::v1::Owner owner = TestOwner("c1", "m1");
  const PublicIp desired = TestAddress("c1", "m1");
  EXPECT_THAT(*client_.DeletePublicIp({}, scope_, owner), IsEmpty());
  const auto made = client_.ApplyPublicIp({}, scope_, desired);
  EXPECT_EQ(made->state(), PublicIp::STATE_PROVISIONING);
  client_.GiveAddress("m1");
  EXPECT_FALSE(client_.ApplyPublicIp({}, scope_, desired)->address().empty());
  EXPECT_THAT(*client_.DeletePublicIp({}, scope_, owner), SizeIs(1));
  client_.FinishAddressDeletion("m1");
  EXPECT_THAT(*client_.DeletePublicIp({}, scope_, owner), IsEmpty());
}

TEST_F(FakeNetworkServiceClientTest, WatchesBothKinds) {
  client_.SetInstant(true);
  RecordingObserver<WatchResponse> seen;
  const auto stream = client_.Watch(scope_, "", seen);
  ASSERT_TRUE(Apply(desired_).ok());
  ASSERT_TRUE(client_.ApplyPublicIp({}, scope_, TestAddress("c1", "m1")).ok());
  ASSERT_TRUE(client_.DeletePublicIp({}, scope_, TestOwner("c1", "m1")).ok());
  ASSERT_TRUE(client_.DeleteClusterNetwork({}, scope_, "c1").ok());
  EXPECT_THAT(seen.Take(), ElementsAre("SYNCED", "CHANGED c1", "CHANGED m1",
                                       "DELETED m1", "DELETED c1"));
}

}  // namespace
}  // namespace evroc::shim
