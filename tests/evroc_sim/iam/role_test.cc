#include "tests/evroc_sim/iam/role.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

bool Has(const char* role, const char* permission) {
  const Role* const found = FindRole(RoleFqid(role));
  EXPECT_NE(found, nullptr) << role;
  if (found == nullptr) return false;
  const std::vector<std::string> all = PermissionsOf(*found);
  const bool listed =
      std::find(all.begin(), all.end(), permission) != all.end();
  EXPECT_EQ(listed, Grants(*found, permission)) << role << " " << permission;
  return listed;
}

TEST(RoleTest, HasTheRolesOfTheReference) {
  for (const char* name :
       {"projectOwner", "projectContributor", "projectAccessAdministrator",
        "computeViewer", "computeOperator", "networkingViewer",
        "networkingOperator", "networkingUser", "loadBalancerViewer",
        "loadBalancerOperator", "storageOperator", "thinkViewer",
        "thinkOperator", "quotaViewer", "cicdInfrastructureManager",
        "securityIncidentResponder", "kubernetesCCMAgent",
        "kubernetesCSIAgent"}) {
    ASSERT_NE(FindRole(RoleFqid(name)), nullptr) << name;
    EXPECT_FALSE(FindRole(RoleFqid(name))->of_organisation) << name;
  }
  for (const char* name :
       {"organizationOwner", "organizationViewer",
        "organizationAccessAdministrator", "organizationProjectCreator"}) {
    ASSERT_NE(FindRole(RoleFqid(name)), nullptr) << name;
    EXPECT_TRUE(FindRole(RoleFqid(name))->of_organisation) << name;
  }
  EXPECT_EQ(AllRoles().size(), 22u);
  EXPECT_EQ(FindRole("computeViewer"), nullptr);
  EXPECT_EQ(FindRole("/iam/roles/cheese"), nullptr);
}

TEST(RoleTest, ViewersReadAndOperatorsWrite) {
  EXPECT_TRUE(Has("computeViewer", "compute.disks.list"));
  EXPECT_FALSE(Has("computeViewer", "compute.disks.create"));
  EXPECT_FALSE(Has("computeViewer", "networking.subnets.get"));
  EXPECT_TRUE(Has("computeOperator", "compute.disks.create"));
  EXPECT_FALSE(Has("computeOperator", "networking.publicIPs.create"));
  EXPECT_TRUE(Has("loadBalancerOperator", "loadbalancer.l4Routes.delete"));
  EXPECT_TRUE(Has("quotaViewer", "quotas.orgQuotas.get"));
  EXPECT_FALSE(Has("quotaViewer", "compute.disks.get"));
}

TEST(RoleTest, AgentsHaveWhatTheirProgramsNeed) {
  EXPECT_TRUE(Has("kubernetesCCMAgent", "compute.virtualMachines.get"));
  EXPECT_TRUE(Has("kubernetesCCMAgent", "networking.publicIPs.create"));
  EXPECT_TRUE(Has("kubernetesCCMAgent", "loadbalancer.backendPools.update"));
  EXPECT_FALSE(Has("kubernetesCCMAgent", "compute.disks.create"));
  EXPECT_TRUE(
      Has("kubernetesCSIAgent", "compute.hotswapDiskAttachments.create"));
  EXPECT_FALSE(Has("kubernetesCSIAgent", "compute.virtualMachines.delete"));
}

TEST(RoleTest, OnlyAdministratorsManageAccess) {
  EXPECT_TRUE(Has("projectOwner", "iam.roleBindings.create"));
  EXPECT_TRUE(Has("projectAccessAdministrator", "iam.roleBindings.assign"));
  EXPECT_FALSE(Has("projectContributor", "iam.roleBindings.create"));
  EXPECT_TRUE(Has("organizationProjectCreator", "iam.projects.create"));
  EXPECT_FALSE(Has("organizationProjectCreator", "iam.projects.delete"));
}

TEST(RoleTest, EveryRoleListsPermissionsInFull) {
  for (const Role& role : AllRoles()) {
    const std::vector<std::string> permissions = PermissionsOf(role);
    EXPECT_FALSE(permissions.empty()) << role.name;
    for (const std::string& permission : permissions) {
      EXPECT_TRUE(CheckPermission(permission).ok()) << permission;
    }
  }
}

TEST(RoleTest, PermissionsHaveThreeWords) {
  for (const char* text : {"", "compute", "compute.disks", "compute.disks.*",
                           "compute..get", "a.b.c.d"}) {
    EXPECT_EQ(HttpStatusOf(CheckPermission(text)), 400) << text;
  }
}

}  // namespace
}  // namespace evroc::sim
