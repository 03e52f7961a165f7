#include "shim/reconcile/cluster/cloud_config.h"

#include <string>

#include "absl/strings/str_split.h"
#include "common/status/error_details.h"
#include "common/yaml/yaml.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

constexpr char kId[] = "65e2bb15-5dea-4db4-919c-ebe15a25751a";

class CloudConfigTest : public ::testing::Test {
 protected:
  CloudConfigTest() {
    cluster_.spec.cloud_config = {.config_map_name = "config",
                                  .organization = "org",
                                  .ccm_service_account = "",
                                  .csi_service_account = "disks"};
    check_.set_project("p");
    check_.set_region("se-sto");
    network_.mutable_owner()->set_cluster_id(kId);
    network_.set_vpc_id("vpc");
    for (const auto& [id, zone] :
         {std::pair("net-a", "a"), {"more-a", "a"}, {"net-b", "b"}}) {
      auto& subnet = *network_.add_subnet_statuses();
      subnet.set_id(id);
      subnet.set_zone(zone);
    }
  }

  // The file of that name in the workload cluster's ConfigMap.
  Json File(absl::string_view name) const {
    const auto manifests = CloudConfigManifests(cluster_, network_, check_);
    if (!manifests.ok()) return {manifests.status().ToString()};
    const std::vector<std::string> documents =
        absl::StrSplit(*manifests, "\n---\n");
    const auto config_map = Json::Parse(documents.at(1));
    const auto file = ParseYaml((*config_map)["data"][name].String());
    return file.ok() ? *file : Json(file.status().ToString());
  }

  EvrocClusterObject cluster_;
  network::v1::ClusterNetwork network_;
  common::v1::CredentialCheck check_;
};

TEST_F(CloudConfigTest, TheControllerManagerGetsNetworkAndIdentifier) {
  EXPECT_EQ(
      File("ccm.yaml").Dump(),
      R"({"auth":{"service_account_id":"ccm-agent",)"
      R"("service_account_secret":"/etc/evroc/service-account-key"},)"
      R"("context":{"organization":"org","project":"p","region":"se-sto"},)"
      R"("ccm":{"identifier":"65e2bb15-5dea-4db4-919c-ebe15a25751a"},)"
      R"("loadbalancers":{"stackType":"dual-stack","backendNetwork":)"
      R"({"vpcID":"vpc","subnets":[{"zone":"a","subnetID":"net-a"},)"
      R"({"zone":"b","subnetID":"net-b"}]}}})");
}

TEST_F(CloudConfigTest, AnotherCloudAndStackTypeAreNamed) {
  cluster_.spec.api_base_url = "https://api.test";
  cluster_.spec.issuer_url = "https://issuer.test/realms/r";
  cluster_.spec.stack_type = "ipv6-only";
  const Json ccm = File("ccm.yaml");
  EXPECT_EQ(ccm.At("api.base_url").String(), "https://api.test");
  EXPECT_EQ(ccm.At("auth.token_url").String(),
            "https://issuer.test/realms/r/protocol/openid-connect/token");
  EXPECT_EQ(ccm.At("loadbalancers.stackType").String(), "ipv6-only");
}

TEST_F(CloudConfigTest, TheCsiDriverGetsItsOwnAccount) {
  EXPECT_EQ(File("csi.yaml").Dump(),
            R"({"auth":{"service_account_id":"disks",)"
            R"("service_account_secret":"/etc/evroc/service-account-key"},)"
            R"("context":{"organization":"org","project":"p",)"
            R"("region":"se-sto"},)"
            R"("csi":{"identifier":"65e2bb15-5dea-4db4-919c-ebe15a25751a"}})");
}

TEST_F(CloudConfigTest, TheOrganizationIsTheCredentialsOrIsAskedFor) {
  cluster_.spec.cloud_config.organization.clear();
  EXPECT_EQ(DetailsOf(CloudConfigManifests(cluster_, network_, check_).status())
                .field_violations.at(0)
                .field,
            "spec.cloudConfig.organization");
  check_.set_organization("mine");
  EXPECT_EQ(File("csi.yaml").At("context.organization").String(), "mine");
}

TEST_F(CloudConfigTest, WithoutZonesThereIsNoBackendNetwork) {
  network_.clear_subnet_statuses();
  EXPECT_FALSE(File("ccm.yaml").At("loadbalancers.backendNetwork").exists());
}

}  // namespace
}  // namespace evroc::shim
