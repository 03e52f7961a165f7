// Role bindings over REST: the verbs of any collection, and assign and revoke.

#include "tests/evroc_sim/rest/role_assignments.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/evroc_sim/rest/testing/rest_api_fixture.h"

namespace evroc::sim {
namespace {

constexpr char kBindings[] = "/iam/v1beta1/projects/p/roleBindings";
constexpr char kBinding[] = "/iam/v1beta1/projects/p/roleBindings/sa-p.robot";
constexpr char kViewer[] = R"([{"name":"/iam/roles/computeViewer"}])";

class RoleAssignmentsTest : public RestApiFixture {
 protected:
  static std::string Binding(const char* roles, const char* id = "sa-p.robot") {
    return absl::StrCat(
        R"({"apiVersion": "iam/v1beta1", "kind": "RoleBinding",
            "metadata": {"id": ")",
        id, R"("}, "spec": {"roles": )", roles,
        R"(, "principal": "/iam/projects/p/serviceAccounts/robot"}})");
  }
  Response Act(const char* action, const char* role, const char* more = "",
               const char* scope = "projects/p") {
    return Call("POST",
                absl::StrCat("/iam/v1beta1/", scope, "/roleBindings/", action),
                absl::StrCat(
                    R"({"principal": "/iam/projects/p/serviceAccounts/robot",
                        "role": "/iam/roles/)",
                    role, R"(")", more, "}"));
  }
  static std::string RolesOf(const Response& response) {
    return BodyOf(response).At("spec.roles").Dump();
  }
};

TEST_F(RoleAssignmentsTest, ABindingIsMadeReadListedChangedAndDeleted) {
  const Response made = Call("POST", kBindings, Binding(kViewer));
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(BodyOf(made).At("metadata.id").String(), "sa-p.robot");
  EXPECT_EQ(BodyOf(made).At("metadata.project").String(), "p");
  EXPECT_EQ(StatusOf("POST", kBindings, Binding(kViewer)), 409);
  EXPECT_EQ(Call("GET", kBinding).body, made.body);
  EXPECT_EQ(BodyOf(Call("GET", kBindings))["items"].size(), 1u);
  const Json named =
      BodyOf(Call("PATCH", kBinding, R"({"spec": {"name": "n"}})"));
  EXPECT_EQ(named.At("spec.name").String(), "n");
  EXPECT_EQ(named.At("spec.roles").Dump(), kViewer);
  EXPECT_EQ(StatusOf("DELETE", kBinding), 204);
  EXPECT_EQ(StatusOf("GET", kBinding), 404);
}

TEST_F(RoleAssignmentsTest, ABindingIsChecked) {
  EXPECT_EQ(StatusOf("POST", kBindings, Binding(kViewer, "sa-q.robot")), 400);
  EXPECT_EQ(StatusOf("POST", kBindings, Binding("[]")), 400);
  ASSERT_EQ(StatusOf("POST", kBindings, Binding(kViewer)), 201);
  for (const char* spec :
       {R"({"roles": []})", R"({"roles": [{"name": "/iam/roles/cheese"}]})",
        R"({"roles": null})"}) {
    EXPECT_EQ(
        StatusOf("PATCH", kBinding, absl::StrCat(R"({"spec": )", spec, "}")),
        400)
        << spec;
  }
  EXPECT_EQ(StatusOf("PATCH", kBinding,
                     R"({"spec": {"principal":
                          "/iam/projects/p/serviceAccounts/x"}})"),
            422);
  EXPECT_EQ(RolesOf(Call("GET", kBinding)), kViewer);
}

TEST_F(RoleAssignmentsTest, AssignMakesAndExtendsABinding) {
  const Response first = Act("assign", "computeViewer");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.route, "/iam/v1beta1/projects/{project}/roleBindings/assign");
  EXPECT_EQ(Call("GET", kBinding).body, first.body);
  const Response second =
      Act("assign", "storageOperator",
          R"(, "resources": ["/storage/projects/p/regions/*/buckets/*"])");
  EXPECT_EQ(BodyOf(second).At("spec.roles").size(), 2u);
  EXPECT_EQ(BodyOf(second).At("metadata.generation").Integer(), 2);
  EXPECT_EQ(BodyOf(second).At("metadata.uid").String(),
            BodyOf(first).At("metadata.uid").String());
  EXPECT_EQ(Act("assign", "computeViewer").body, second.body);
}

TEST_F(RoleAssignmentsTest, RevokeShrinksABindingUntilItIsGone) {
  Act("assign", "computeViewer");
  Act("assign", "storageOperator");
  EXPECT_EQ(RolesOf(Act("revoke", "storageOperator")), kViewer);
  EXPECT_EQ(Act("revoke", "storageOperator").status, 404);
  const Response last = Act("revoke", "computeViewer");
  EXPECT_EQ(last.status, 200);
  EXPECT_EQ(RolesOf(last), kViewer);
  EXPECT_EQ(StatusOf("GET", kBinding), 404);
  EXPECT_EQ(Act("revoke", "computeViewer").status, 404);
}

TEST_F(RoleAssignmentsTest, AssignIsCheckedAsABindingIs) {
  EXPECT_EQ(Act("assign", "cheese").status, 400);
  EXPECT_EQ(Act("assign", "organizationOwner").status, 400);
  EXPECT_EQ(Act("assign", "computeViewer", R"(, "resources": ["x"])").status,
            400);
  const std::string assign = absl::StrCat(kBindings, "/assign");
  EXPECT_EQ(StatusOf("POST", assign, "{"), 400);
  EXPECT_EQ(StatusOf("POST", assign, R"({"role": "/iam/roles/quotaViewer"})"),
            400);
  EXPECT_EQ(BodyOf(Call("GET", kBindings))["items"].size(), 0u);
}

TEST_F(RoleAssignmentsTest, TheActionsAreNoBindings) {
  EXPECT_EQ(StatusOf("GET", absl::StrCat(kBindings, "/assign")), 405);
  EXPECT_EQ(StatusOf("DELETE", absl::StrCat(kBindings, "/revoke")), 405);
}

TEST_F(RoleAssignmentsTest, OrganisationsHaveBindingsOfTheirOwn) {
  iam_.Ensure("organizations", "acme", Json::Object());
  const Json binding =
      BodyOf(Act("assign", "organizationViewer", "", "organizations/acme"));
  const std::string id(binding.At("metadata.organization").String());
  EXPECT_FALSE(binding.At("metadata.project").exists());
  EXPECT_EQ(id, BodyOf(Call("GET", "/iam/v1beta1/organizations/acme"))
                    .At("metadata.id")
                    .String());
  EXPECT_EQ(Call("GET", absl::StrCat("/iam/v1beta1/organizations/", id,
                                     "/roleBindings/sa-p.robot"))
                .body,
            binding.Dump());
  EXPECT_EQ(StatusOf("GET", kBinding), 404);
  EXPECT_EQ(Act("assign", "computeViewer", "", "organizations/acme").status,
            400);
}

}  // namespace
}  // namespace evroc::sim
