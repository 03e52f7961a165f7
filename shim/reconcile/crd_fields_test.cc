#include "shim/reconcile/crd_fields.h"

#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

TEST(CrdFieldsTest, AFieldOfAServiceIsNamedAsInTheCrd) {
  constexpr struct {
    const char* field;
    const char* crd_field;
  } kCases[] = {
      {"virtual_machine.compute_profile", "spec.computeProfile"},
      {"virtual_machine.boot_disk.size_gb", "spec.rootDiskSize"},
      {"virtual_machine.boot_disk.image", "spec.image"},
      {"virtual_machine.data_disks[0].size_gb",
       "spec.additionalDisks[0].sizeGB"},
      {"virtual_machine.zone", "spec.failureDomain of the Machine"},
      {"virtual_machine.stack_type",
       "spec.network.stackType of the EvrocCluster"},
      {"virtual_machine.placement_group_id",
       "spec.placementConfig.existingGroupID"},
      {"virtual_machine.spread_group", "spec.placementConfig.strategy"},
      {"cluster_network.subnets[1].ipv4_cidr_block",
       "spec.network.subnets[1].cidrBlock"},
      {"cluster_network.subnets[a_b].zone", "spec.network.subnets[a_b].zone"},
      {"cluster_network.vpc.name", "spec.network.vpcRef"},
      {"cluster_network.vpc.stack_type", "spec.network.stackType"},
      {"cluster_network.security_groups.control_plane.existing_ids[2]",
       "spec.securityGroups.controlPlane.existingIDs[2]"},
      {"cluster_network.control_plane_endpoint.ports[0].health_check_port",
       "spec.controlPlaneConfig.loadBalancer.ports[0]"
       ".healthCheckPort"},
      {"scope.project", "spec.project"},
      {"scope.credentials.current-context",
       "Secret ns/creds key config: current-context"},
      {"credentials", "Secret ns/creds key config"},
      {"spec.network.subnets[a]", "spec.network.subnets[a]"},
      // A name that only begins like a known one is another field.
      {"cluster_network.vpcs", "cluster_network.vpcs"},
  };
  for (const auto& [field, crd_field] : kCases) {
    EXPECT_EQ(CrdFieldOf(field, {.secret = "ns/creds"}), crd_field) << field;
  }
}

TEST(CrdFieldsTest, AMemberOfAServiceAccountIsNamedByItsKey) {
  const CredentialSource source{.secret = "ns/creds",
                                .form = CredentialForm::kServiceAccount};
  constexpr struct {
    const char* field;
    const char* named;
  } kCases[] = {
      {"credentials.auth.service_account_id",
       "Secret ns/creds key serviceAccountID"},
      {"scope.credentials.auth.service_account_secret",
       "Secret ns/creds key serviceAccountSecret"},
      {"credentials.context.organization", "Secret ns/creds key organization"},
      {"credentials.context.project", "spec.project"},
      {"credentials.auth", "Secret ns/creds"},
      {"credentials", "Secret ns/creds"},
      {"virtual_machine.zone", "spec.failureDomain of the Machine"},
  };
  for (const auto& [field, named] : kCases) {
    EXPECT_EQ(CrdFieldOf(field, source), named) << field;
  }
}

TEST(CrdFieldsTest, FieldsOfTheCredentialAreKnown) {
  EXPECT_TRUE(IsCredentialField("credentials.users.user"));
  EXPECT_TRUE(IsCredentialField("scope.credentials"));
  EXPECT_FALSE(IsCredentialField("scope.project"));
  EXPECT_FALSE(IsCredentialField("credentials_dir"));
}

TEST(CrdFieldsTest, AFieldConcernsACondition) {
  constexpr struct {
    const char* crd_field;
    const char* condition;
  } kCases[] = {
      {"spec.network.subnets[0].cidrBlock", "SubnetsReady"},
      {"spec.network.vpcRef", "VPCReady"},
      {"spec.securityGroups.worker", "SecurityGroupsReady"},
      {"inlineSecurityGroups[web]", "SecurityGroupsReady"},
      {"spec.controlPlaneConfig.loadBalancer", "ControlPlaneEndpointReady"},
      {"spec.project", ""},
  };
  for (const auto& [crd_field, condition] : kCases) {
    EXPECT_EQ(ConditionOfField(crd_field), condition) << crd_field;
  }
}

}  // namespace
}  // namespace evroc::shim
