#include "tests/evroc_sim/iam/access_control.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/evroc_sim/iam/principal.h"
#include "tests/evroc_sim/iam/role.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

constexpr char kDisk[] = "/compute/projects/p/regions/r/disks/d";

class AccessControlTest : public testing::Test {
 protected:
  void Put(const std::string& path, const Json& object) {
    ASSERT_TRUE(store_
                    .Write(path,
                           [&](Json& stored) {
                             stored = object;
                             return absl::OkStatus();
                           })
                    .ok());
  }
  void Bind(const char* scope, const char* role) {
    Json binding = Json::Object();
    binding.SetAt("spec.roles",
                  Json::Array({Json::Object({{"name", RoleFqid(role)}})}));
    Put(absl::StrCat(scope, "/roleBindings/sa-p.robot"), binding);
  }
  bool Allows(const char* permission, const char* resource) const {
    return access_.Allows(robot_.principal, permission, resource);
  }

  IamStore store_;
  AccessControl access_{store_};
  Settings settings_;
  Identity robot_{.subject = "robot_p",
                  .project = "p",
                  .principal = ServiceAccountPrincipal("p", "robot")};
};

TEST_F(AccessControlTest, NothingIsAllowedWithoutABinding) {
  EXPECT_FALSE(Allows("compute.disks.get", kDisk));
  EXPECT_FALSE(access_.Allows("robot", "compute.disks.get", kDisk));
}

TEST_F(AccessControlTest, AProjectsRoleIsForThatProject) {
  Bind("projects/p", "computeViewer");
  EXPECT_TRUE(Allows("compute.disks.get", kDisk));
  EXPECT_FALSE(Allows("compute.disks.create", kDisk));
  EXPECT_FALSE(
      Allows("compute.disks.get", "/compute/projects/q/regions/r/disks/d"));
  EXPECT_FALSE(Allows("iam.organizations.get", "/iam/organizations/o"));
}

TEST_F(AccessControlTest, AnOrganisationIsKnownByNameAndId) {
  Json organisation = Json::Object();
  organisation.SetAt("metadata.id", "11111111-2222-3333-4444-555555555555");
  Put("organizations/o", organisation);
  Json project = Json::Object();
  project.SetAt("spec.organization", "11111111-2222-3333-4444-555555555555");
  Put("projects/p", project);
  Bind("organizations/o", "organizationViewer");
  EXPECT_TRUE(Allows("compute.disks.get", kDisk));
  EXPECT_TRUE(Allows("iam.organizations.get", "/iam/organizations/o"));
  EXPECT_TRUE(
      Allows("iam.organizations.get",
             "/iam/organizations/11111111-2222-3333-4444-555555555555"));
}

TEST_F(AccessControlTest, WithoutRolesAnAccountKeepsToItsProjectAndBindings) {
  ASSERT_TRUE(
      settings_.Update(*Json::Parse(R"({"choices": {"roles": "ignored"}})"))
          .ok());
  const AccessRequest foreign{"compute.disks.get",
                              "/compute/projects/q/regions/r/disks/d"};
  EXPECT_TRUE(
      access_.Check(robot_, {"compute.disks.get", kDisk}, settings_).ok());
  EXPECT_EQ(HttpStatusOf(access_.Check(robot_, foreign, settings_)), 403);
  Bind("projects/q", "computeViewer");
  EXPECT_TRUE(access_.Check(robot_, foreign, settings_).ok());
}

TEST_F(AccessControlTest, ACallerWithoutAPrincipalMayDoEverything) {
  const AccessRequest access{"compute.disks.get", kDisk};
  EXPECT_EQ(HttpStatusOf(access_.Check(robot_, access, settings_)), 403);
  EXPECT_TRUE(
      access_.Check({.subject = "client certificate"}, access, settings_).ok());
}

}  // namespace
}  // namespace evroc::sim
