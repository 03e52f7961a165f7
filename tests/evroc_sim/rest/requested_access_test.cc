#include "tests/evroc_sim/rest/requested_access.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/evroc_sim/rest/testing/rest_api_fixture.h"

namespace evroc::sim {
namespace {

constexpr char kRegion[] = "/projects/p/regions/se-sto/";

std::string Asked(const std::string& method, const std::string& path,
                  const std::string& body = "") {
  const Request request{.method = method, .path = path, .body = body};
  const auto access = AccessOf(request, SplitPath(path));
  if (!access.has_value()) return "";
  EXPECT_EQ(access->is_post, method == "POST");
  return absl::StrCat(access->permission, " ", access->resource);
}

TEST(RequestedAccessTest, RegionalObjects) {
  const std::string disks = absl::StrCat("/compute/v1beta2", kRegion, "disks");
  const std::string all = absl::StrCat("/compute", kRegion, "disks/");
  EXPECT_EQ(Asked("GET", disks), absl::StrCat("compute.disks.list ", all, "*"));
  EXPECT_EQ(Asked("POST", disks, R"({"metadata": {"id": "d"}})"),
            absl::StrCat("compute.disks.create ", all, "d"));
  EXPECT_EQ(Asked("POST", disks, R"({"metadata": {"id": "d/e"}})"),
            absl::StrCat("compute.disks.create ", all, "*"));
  EXPECT_EQ(Asked("POST", disks, "{"),
            absl::StrCat("compute.disks.create ", all, "*"));
  const std::string disk = absl::StrCat(disks, "/d");
  EXPECT_EQ(Asked("GET", disk), absl::StrCat("compute.disks.get ", all, "d"));
  EXPECT_EQ(Asked("PATCH", disk),
            absl::StrCat("compute.disks.update ", all, "d"));
  EXPECT_EQ(Asked("DELETE", disk),
            absl::StrCat("compute.disks.delete ", all, "d"));
}

TEST(RequestedAccessTest, QuotasAndCatalogues) {
  EXPECT_EQ(
      Asked("GET", "/quotas/v1alpha2/organizations/o/regions/r/orgQuotas"),
      "quotas.orgQuotas.get /quotas/organizations/o/regions/r/orgQuotas");
  EXPECT_EQ(Asked("GET", "/quotas/v1alpha2/projects/p/regions/r/projectQuotas"),
            "quotas.projectQuotas.get "
            "/quotas/projects/p/regions/r/projectQuotas");
  EXPECT_EQ(
      Asked("GET", "/compute/v1beta2/global/computeProfiles/a1a.s"),
      "compute.computeProfiles.get /compute/global/computeProfiles/a1a.s");
  EXPECT_EQ(Asked("GET", "/compute/v1beta2/global/diskImages/evroc"),
            "compute.diskImages.list /compute/global/diskImages/evroc");
}

TEST(RequestedAccessTest, ObjectsOfIam) {
  EXPECT_EQ(Asked("GET", "/iam/v1beta1/projects/p"),
            "iam.projects.get /iam/projects/p");
  EXPECT_EQ(Asked("POST", "/iam/v1beta1/projects",
                  R"({"spec": {"organization": "o"}})"),
            "iam.projects.create /iam/organizations/o");
  EXPECT_EQ(Asked("GET", "/iam/v1beta1/organizations/o/roleBindings"),
            "iam.roleBindings.list /iam/organizations/o/roleBindings/*");
  EXPECT_EQ(Asked("POST", "/iam/v1beta1/projects/p/roleBindings/assign"),
            "iam.roleBindings.assign /iam/projects/p/roleBindings/*");
  EXPECT_EQ(Asked("POST",
                  "/iam/v1beta1/projects/p/serviceAccounts/a/"
                  "serviceAccountCredentials/k/revoke"),
            "iam.serviceAccountCredentials.revoke /iam/projects/p/"
            "serviceAccounts/a/serviceAccountCredentials/k");
  EXPECT_EQ(Asked("POST", "/iam/v1beta1/checkAccess",
                  R"({"checks": [{"resource": "/iam/projects/p"}]})"),
            "iam.roleBindings.list /iam/projects/p/roleBindings/*");
}

TEST(RequestedAccessTest, WhatEverybodyMayDo) {
  for (const char* path :
       {"/", "/cheese", "/iam/v1beta1/roles", "/iam/v1beta1/me/roleBindings",
        "/iam/v1beta1/testPermissions", "/iam/v1beta1/projects",
        "/iam/v1beta1/projects/p/permissionSets"}) {
    EXPECT_EQ(Asked("GET", path), "") << path;
  }
}

// The calls of a service account in project "p" whose roles are enforced.
class EnforcedRolesTest : public RestApiFixture {
 protected:
  EnforcedRolesTest() {
    SetChoice("roles", "enforced");
    iam_.Ensure("organizations", "o", Json::Object());
    SignInAsServiceAccount("p", "robot");
  }

  // Assigns the role as somebody who may do everything.
  void Assign(const char* role, const char* more = "",
              const char* scope = "projects/p") {
    SignIn({.subject = "me"});
    ASSERT_EQ(
        StatusOf("POST",
                 absl::StrCat("/iam/v1beta1/", scope, "/roleBindings/assign"),
                 absl::StrCat(
                     R"({"principal": "/iam/projects/p/serviceAccounts/robot",
                         "role": "/iam/roles/)",
                     role, R"(")", more, "}")),
        200);
    SignInAsServiceAccount("p", "robot");
  }
  static std::string Pools(const char* project = "p") {
    return absl::StrCat("/loadbalancer/v1alpha1/projects/", project,
                        "/regions/se-sto/backendPools");
  }
  static std::string Pool(const char* id) {
    return absl::StrCat(
        R"({"apiVersion": "loadbalancer/v1alpha1", "kind": "BackendPool",
            "metadata": {"id": ")",
        id, R"("}, "spec": {}})");
  }
};

constexpr char kQuotas[] =
    "/quotas/v1alpha2/organizations/o/regions/se-sto/orgQuotas";
constexpr char kImages[] = "/compute/v1beta2/global/diskImages/evroc";

TEST_F(EnforcedRolesTest, WithoutARoleNothingIsAllowed) {
  for (const std::string& path :
       {absl::StrCat("/compute/v1beta2", kRegion, "disks"),
        absl::StrCat("/networking/v1beta2", kRegion, "publicIPs/a"),
        absl::StrCat("/storage/v1", kRegion, "buckets"), Pools(),
        std::string(kQuotas), std::string("/iam/v1beta1/projects/p"),
        std::string("/iam/v1beta1/projects/p/serviceAccounts"),
        std::string("/iam/v1beta1/organizations/o")}) {
    const Response response = Call("GET", path);
    EXPECT_EQ(response.status, 403) << path;
    EXPECT_EQ(BodyOf(response)["reason"].String(), "Forbidden") << path;
    EXPECT_EQ(response.route, "(forbidden)");
  }
  EXPECT_EQ(StatusOf("POST", "/iam/v1beta1/checkAccess",
                     R"({"checks": [{"resource": "/iam/projects/p"}]})"),
            403);
  EXPECT_EQ(StatusOf("GET", "/iam/v1beta1/roles"), 200);
  EXPECT_EQ(StatusOf("GET", "/iam/v1beta1/me/roleBindings"), 200);
}

TEST_F(EnforcedRolesTest, ARoleAllowsWhatItHolds) {
  Assign("loadBalancerViewer");
  EXPECT_EQ(StatusOf("GET", Pools()), 200);
  EXPECT_EQ(StatusOf("POST", Pools(), Pool("a")), 403);
  Assign("loadBalancerOperator");
  EXPECT_EQ(StatusOf("POST", Pools(), Pool("a")), 201);
  EXPECT_EQ(StatusOf("GET", absl::StrCat("/compute/v1beta2", kRegion, "disks")),
            403);
}

TEST_F(EnforcedRolesTest, APostWithoutPermissionMayAnswerNotFound) {
  SetChoice("post_without_permission", "not_found");
  EXPECT_EQ(StatusOf("POST", Pools(), Pool("a")), 404);
  EXPECT_EQ(StatusOf("GET", Pools()), 403);
}

TEST_F(EnforcedRolesTest, ARoleCanBeLimitedToResources) {
  Assign("loadBalancerOperator",
         R"(, "resources": ["/loadbalancer/projects/p/regions/*/*/a"])");
  EXPECT_EQ(StatusOf("POST", Pools(), Pool("a")), 201);
  EXPECT_EQ(StatusOf("POST", Pools(), Pool("b")), 403);
  EXPECT_EQ(StatusOf("GET", absl::StrCat(Pools(), "/a")), 200);
  EXPECT_EQ(StatusOf("GET", Pools()), 403);
}

TEST_F(EnforcedRolesTest, ARoleOpensAnotherProject) {
  EXPECT_EQ(StatusOf("GET", Pools("q")), 403);
  Assign("loadBalancerViewer", "", "projects/q");
  EXPECT_EQ(StatusOf("GET", Pools("q")), 200);
  EXPECT_EQ(StatusOf("GET", Pools("p")), 403);
  EXPECT_EQ(StatusOf("GET", Pools("r")), 403);
}

TEST_F(EnforcedRolesTest, AnOrganisationsRoleReachesItsProjects) {
  SignIn({.subject = "me"});
  iam_.Ensure("projects", "else", Json::Object({{"organization", "other"}}));
  Assign("organizationViewer", "", "organizations/o");
  EXPECT_EQ(StatusOf("GET", Pools("p")), 200);
  EXPECT_EQ(StatusOf("GET", Pools("q")), 200);
  EXPECT_EQ(StatusOf("GET", Pools("else")), 403);
  EXPECT_EQ(StatusOf("POST", Pools("p"), Pool("a")), 403);
  EXPECT_EQ(StatusOf("GET", kQuotas), 200);
}

TEST_F(EnforcedRolesTest, ListsHoldWhatTheCallerMayRead) {
  iam_.Ensure("projects", "p", Json::Object({{"organization", "o"}}));
  iam_.Ensure("projects", "q", Json::Object({{"organization", "o"}}));
  const char path[] = "/iam/v1beta1/projects";
  EXPECT_EQ(BodyOf(Call("GET", path))["items"].size(), 0u);
  Assign("projectOwner");
  const Json mine = BodyOf(Call("GET", path));
  ASSERT_EQ(mine["items"].size(), 1u);
  EXPECT_EQ(mine["items"][0].At("metadata.id").String(), "p");
  const char body[] =
      R"({"apiVersion": "iam/v1beta1", "kind": "Project",
          "metadata": {"id": "new"}, "spec": {"organization": "o"}})";
  EXPECT_EQ(StatusOf("POST", path, body), 403);
  Assign("organizationProjectCreator", "", "organizations/o");
  EXPECT_EQ(StatusOf("POST", path, body), 201);
}

TEST_F(EnforcedRolesTest, AProjectsQuotaViewerReadsItsOrganisations) {
  Assign("quotaViewer");
  EXPECT_EQ(StatusOf("GET", kQuotas), 200);
  EXPECT_EQ(StatusOf("GET",
                     "/quotas/v1alpha2/organizations/x/regions/se-sto/"
                     "orgQuotas"),
            403);
}

TEST_F(EnforcedRolesTest, TheCatalogueNeedsARoleByChoice) {
  EXPECT_EQ(StatusOf("GET", kImages), 200);
  SetChoice("catalogue", "with_role");
  EXPECT_EQ(StatusOf("GET", kImages), 403);
  Assign("computeViewer");
  EXPECT_EQ(StatusOf("GET", kImages), 200);
}

}  // namespace
}  // namespace evroc::sim
