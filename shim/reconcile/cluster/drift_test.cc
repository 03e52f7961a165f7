// What an EvrocCluster says after somebody else changed its network in the
// cloud: rows of docs/drift.md.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/testing/reconcile_fixture.h"

namespace evroc::shim {
namespace {

class ClusterStatusDriftTest : public ::testing::Test {
 protected:
  std::string Condition(const std::string& type) {
    return ReconcileFixture::ConditionOf(fixture_.EvrocCluster(), type);
  }
  std::string Host() {
    return std::string(
        fixture_.EvrocCluster().At("spec.controlPlaneEndpoint.host").String());
  }
  // Gives the endpoint's public IP another address.
  void ReplaceAddress(const std::string& address) {
    fixture_.network.ChangeNetwork(
        fixture_.ClusterId(), [&](network::v1::ClusterNetwork& network) {
          network.mutable_control_plane_endpoint_status()->set_host(address);
        });
  }

  // As `clusterctl move`, which takes no status along.
  void Move() {
    fixture_.Change(kEvrocClusterType, "c", R"({"status": null})", "status");
    fixture_.Restart();
  }

  ReconcileFixture fixture_;
};

TEST_F(ClusterStatusDriftTest, AnotherAddressOfTheEndpointIsTold) {
  fixture_.MakeNetwork();
  const std::string host = Host();
  ReplaceAddress("198.51.100.9");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Host(), host);
  EXPECT_EQ(Condition("ControlPlaneEndpointReady"), "False/AddressChanged");
  EXPECT_EQ(Condition("NetworkReady"), "False/AddressChanged");
  EXPECT_EQ(Condition("Ready"), "False/AddressChanged");
  EXPECT_THAT(ReconcileFixture::MessageOf(fixture_.EvrocCluster(),
                                          "ControlPlaneEndpointReady"),
              ::testing::EndsWith(" has the address 198.51.100.9, and "
                                  "spec.controlPlaneEndpoint.host is " +
                                  host));
  const int writes = fixture_.kube.WriteCount();
  fixture_.clock.Advance(absl::Minutes(5));
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(fixture_.kube.WriteCount(), writes);
  ReplaceAddress(host);
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition("ControlPlaneEndpointReady"), "True/Available");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
}

TEST_F(ClusterStatusDriftTest, AnotherAddressIsToldWhileAPartIsRepaired) {
  fixture_.MakeNetwork();
  ReplaceAddress("198.51.100.9");
  fixture_.network.ChangeNetwork(
      fixture_.ClusterId(), [](network::v1::ClusterNetwork& network) {
        network.set_state(network::v1::ClusterNetwork::STATE_PROVISIONING);
      });
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition("Ready"), "False/AddressChanged");
}

TEST_F(ClusterStatusDriftTest, AnotherAddressIsToldAfterAMoveToo) {
  fixture_.MakeNetwork();
  const std::string host = Host();
  ReplaceAddress("198.51.100.9");
  for (int i = 0; i < 2; ++i) {
    Move();
    ASSERT_TRUE(fixture_.ReconcileCluster().ok());
    EXPECT_EQ(Host(), host);
    EXPECT_EQ(Condition("Ready"), "False/AddressChanged");
  }
  ReplaceAddress(host);
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition("Ready"), "True/Ready");
}

// It was made by a version that did not record the address.
TEST_F(ClusterStatusDriftTest, TheStatusTellsTheAddressToo) {
  fixture_.MakeNetwork();
  fixture_.Change(kEvrocClusterType, "c", R"({"metadata": {"annotations":
      {"evroc.com/endpoint-address": null}}})");
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"status": {"annotations": null}})", "status");
  ReplaceAddress("198.51.100.9");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition("Ready"), "False/AddressChanged");
  Move();
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition("Ready"), "False/AddressChanged");
}

TEST_F(ClusterStatusDriftTest, AHostNameMayLeadAnywhere) {
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"spec": {"controlPlaneEndpoint": {"host": "api.example",
                                                      "port": 443}}})");
  fixture_.MakeNetwork();
  for (const char* address : {"198.51.100.9", "198.51.100.10"}) {
    ReplaceAddress(address);
    ASSERT_TRUE(fixture_.ReconcileCluster().ok());
    EXPECT_EQ(Condition("ControlPlaneEndpointReady"), "True/Available");
    Move();
    ASSERT_TRUE(fixture_.ReconcileCluster().ok());
    EXPECT_EQ(Condition("ControlPlaneEndpointReady"), "True/Available");
  }
}

// A virtual IP in front of the load balancer, for example.
TEST_F(ClusterStatusDriftTest, AnEndpointOfTheUsersOwnMayBeAnyAddress) {
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"spec": {"controlPlaneEndpoint":
                     {"host": "203.0.113.77", "port": 6443}}})");
  fixture_.MakeNetwork();
  EXPECT_EQ(Host(), "203.0.113.77");
  for (const char* address : {"198.51.100.9", "198.51.100.10"}) {
    ReplaceAddress(address);
    ASSERT_TRUE(fixture_.ReconcileCluster().ok());
    EXPECT_EQ(Condition("ControlPlaneEndpointReady"), "True/Available");
    Move();
    ASSERT_TRUE(fixture_.ReconcileCluster().ok());
    EXPECT_EQ(Condition("ControlPlaneEndpointReady"), "True/Available");
  }
}

}  // namespace
}  // namespace evroc::shim
