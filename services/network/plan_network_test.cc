// What taking over a network of Evroc's official provider would change beside
// labels of providers.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/network/testing/network_scope_fixture.h"
#include "services/network/testing/official_network.h"

namespace evroc::network {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class PlanNetworkTest : public NetworkScopeFixture {
 protected:
  PlanNetworkTest() : request_(OfficialRequest()) {
    Start();
    MakeOfficialNetwork(*api_);
    api_->ResetCalls();
  }
  ~PlanNetworkTest() override { EXPECT_EQ(api_->writes(), 0); }

  v1::PlanClusterNetworkResponse Plan() {
    v1::PlanClusterNetworkRequest request;
    *request.mutable_cluster_network() = request_;
    *request.mutable_previous_owner() = OfficialOwner();
    const auto plan = scope_->PlanNetwork({}, request);
    EXPECT_TRUE(plan.ok()) << plan.status();
    return plan.value_or(v1::PlanClusterNetworkResponse());
  }
  v1::PlanPublicIpResponse PlanAddress(bool deleted) {
    v1::PlanPublicIpRequest request;
    common::v1::Owner& owner = *request.mutable_public_ip()->mutable_owner();
    owner.set_cluster_id("c1");
    owner.set_cluster_name("prod");
    owner.set_machine_id("m1");
    owner.set_machine_name("worker");
    owner.set_resource_prefix("worker-0");
    (*request.mutable_public_ip()->mutable_labels())["team"] = "red";
    *request.mutable_previous_owner() = OfficialOwner();
    request.mutable_previous_owner()->set_machine_id("m1");
    request.set_deleted(deleted);
    const auto plan = scope_->PlanAddress({}, request);
    EXPECT_TRUE(plan.ok()) << plan.status();
    return plan.value_or(v1::PlanPublicIpResponse());
  }

  v1::ClusterNetwork request_;
};

TEST_F(PlanNetworkTest, NothingElseChangesIfNothingIsAskedFor) {
  const v1::PlanClusterNetworkResponse plan = Plan();
  EXPECT_THAT(plan.changes(), IsEmpty());
  EXPECT_EQ(plan.failure(), "");
  EXPECT_EQ(plan.cluster_network().owner().cluster_id(), "c1");
  EXPECT_EQ(plan.cluster_network().security_group_ids().additional_size(), 2);
}

TEST_F(PlanNetworkTest, WhatWasIgnoredIsTold) {
  v1::ControlPlaneEndpoint& endpoint =
      *request_.mutable_control_plane_endpoint();
  endpoint.mutable_ports(1)->set_port(443);
  request_.mutable_security_groups()->mutable_additional(0)->clear_rules();
  EXPECT_THAT(
      Plan().changes(),
      ElementsAre(
          "changes SecurityGroup prod-0123abcd-nodes: rules",
          "changes LoadBalancer prod-0123abcd-cp-lb: ports 6443 443 (were 6443 "
          "9345)",
          "makes BackendService prod-0123abcd-cp-lb-svc-443",
          "deletes BackendService prod-0123abcd-cp-lb-svc-9345",
          "makes L4Route prod-0123abcd-cp-lb-route-443",
          "deletes L4Route prod-0123abcd-cp-lb-route-9345"));
}

TEST_F(PlanNetworkTest, LabelsAreTold) {
  (*request_.mutable_labels())["cost"] = "7";
  const v1::PlanClusterNetworkResponse plan = Plan();
  EXPECT_THAT(plan.changes(), Each(HasSubstr("labels +cost=7")));
  EXPECT_EQ(plan.changes_size(), 9);
}

TEST_F(PlanNetworkTest, WhatCantBeHadIsTold) {
  request_.mutable_control_plane_endpoint()->set_existing_public_ip_id(
      "test-4567cdef-cp-lb-ip");
  EXPECT_THAT(Plan().failure(), HasSubstr("can't be changed"));
}

TEST_F(PlanNetworkTest, APublicIpIsRelabelledOrDeleted) {
  EXPECT_THAT(PlanAddress(false).changes(),
              ElementsAre(StartsWith(
                  "changes PublicIP worker-0-public-ip: labels +team=red")));
  EXPECT_EQ(PlanAddress(false).id(), "worker-0-public-ip");
  EXPECT_THAT(PlanAddress(true).changes(),
              ElementsAre("deletes PublicIP worker-0-public-ip"));
}

TEST_F(PlanNetworkTest, ACloudThatDoesNotAnswerIsNoPlan) {
  api_->load_balancers().faults().Fail(cloud::Verb::kList,
                                       absl::UnavailableError("away"));
  v1::PlanClusterNetworkRequest request;
  *request.mutable_cluster_network() = request_;
  *request.mutable_previous_owner() = OfficialOwner();
  EXPECT_EQ(scope_->PlanNetwork({}, request).status().code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace evroc::network
