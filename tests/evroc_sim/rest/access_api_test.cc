#include "tests/evroc_sim/rest/access_api.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/evroc_sim/rest/testing/rest_api_fixture.h"

namespace evroc::sim {
namespace {

constexpr char kDisk[] = "/compute/projects/p/regions/se-sto/disks/d";

class AccessApiTest : public RestApiFixture {
 protected:
  void Assign(const char* role, const char* scope = "projects/p") {
    ASSERT_EQ(
        StatusOf("POST",
                 absl::StrCat("/iam/v1beta1/", scope, "/roleBindings/assign"),
                 absl::StrCat(
                     R"({"principal": "/iam/projects/p/serviceAccounts/robot",
                         "role": "/iam/roles/)",
                     role, R"("})")),
        200);
  }
  static std::string Check(const char* permission, const char* resource) {
    return absl::StrCat(R"({"permission": ")", permission,
                        R"(", "resource": ")", resource, R"("})");
  }
  Response Test(const std::string& checks) {
    return Call("POST", "/iam/v1beta1/testPermissions",
                absl::StrCat(R"({"checks": [)", checks, "]}"));
  }
  static std::string Allowed(const Response& response) {
    std::string allowed;
    const Json body = BodyOf(response);
    for (size_t i = 0; i < body["results"].size(); ++i) {
      absl::StrAppend(&allowed,
                      body["results"][i]["allowed"].Bool() ? "y" : "n");
    }
    return allowed;
  }
};

TEST_F(AccessApiTest, ListsTheRoles) {
  const Response response = Call("GET", "/iam/v1beta1/roles");
  EXPECT_EQ(response.route, "/iam/v1beta1/roles");
  const Json roles = BodyOf(response);
  ASSERT_EQ(roles["items"].size(), 22u);
  const JsonView owner = roles["items"][0];
  EXPECT_EQ(owner["id"].String(), "/iam/roles/projectOwner");
  EXPECT_EQ(owner["scope"].String(), "project");
  EXPECT_FALSE(owner["description"].String().empty());
  EXPECT_GT(owner["permissions"].size(), 50u);
  EXPECT_EQ(roles["items"][21]["scope"].String(), "organization");
  EXPECT_EQ(StatusOf("POST", "/iam/v1beta1/roles", "{}"), 405);
  EXPECT_EQ(StatusOf("GET", "/iam/v1beta1/roles/projectOwner"), 404);
}

TEST_F(AccessApiTest, ListsTheCallersBindings) {
  Assign("computeViewer");
  Assign("organizationViewer", "organizations/o");
  EXPECT_EQ(Call("GET", "/iam/v1beta1/me/roleBindings").body,
            R"({"items":[]})");
  SignInAsServiceAccount("p", "robot");
  const Json mine = BodyOf(Call("GET", "/iam/v1beta1/me/roleBindings"));
  ASSERT_EQ(mine["items"].size(), 2u);
  EXPECT_EQ(mine["items"][0].At("metadata.organization").String(), "o");
  EXPECT_EQ(mine["items"][1].At("metadata.project").String(), "p");
  EXPECT_EQ(StatusOf("GET", "/iam/v1beta1/me"), 404);
}

TEST_F(AccessApiTest, TestsTheCallersPermissionsInTheirOrder) {
  Assign("computeViewer");
  const std::string checks =
      absl::StrCat(Check("compute.disks.delete", kDisk), ",",
                   Check("compute.disks.get", kDisk), ",",
                   Check("iam.projects.get", "/iam/projects/p"));
  EXPECT_EQ(Allowed(Test(checks)), "yyy");
  SignInAsServiceAccount("p", "robot");
  const Response response = Test(checks);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(Allowed(response), "nyn");
  EXPECT_EQ(BodyOf(response)["results"][0].Dump(),
            R"({"permission":"compute.disks.delete",)"
            R"("resource":"/compute/projects/p/regions/se-sto/disks/d",)"
            R"("allowed":false})");
}

TEST_F(AccessApiTest, ChecksAreOfOneScope) {
  EXPECT_EQ(Test("").status, 400);
  EXPECT_EQ(Test(Check("compute.disks", kDisk)).status, 400);
  EXPECT_EQ(Test(Check("compute.disks.get", "disk")).status, 400);
  EXPECT_EQ(Test(absl::StrCat(Check("compute.disks.get", kDisk), ",",
                              Check("iam.projects.get", "/iam/projects/q")))
                .status,
            400);
  EXPECT_EQ(StatusOf("POST", "/iam/v1beta1/testPermissions", "["), 400);
  EXPECT_EQ(StatusOf("GET", "/iam/v1beta1/testPermissions"), 405);
}

TEST_F(AccessApiTest, ChecksOthersAccess) {
  Assign("computeViewer");
  const auto ask = [this](const char* principal) {
    return Call(
        "POST", "/iam/v1beta1/checkAccess",
        absl::StrCat(R"({"principal": ")", principal, R"(", "checks": [)",
                     Check("compute.disks.get", kDisk), "]}"));
  };
  EXPECT_EQ(Allowed(ask("/iam/projects/p/serviceAccounts/robot")), "y");
  EXPECT_EQ(Allowed(ask("/iam/projects/p/serviceAccounts/other")), "n");
  EXPECT_EQ(ask("robot").status, 400);
}

}  // namespace
}  // namespace evroc::sim
