#include "tests/evroc_sim/iam/role_binding.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

const IamScope kProject{"projects", "p"};
constexpr char kRobot[] = "/iam/projects/q/serviceAccounts/robot";

absl::Status Check(const std::string& roles, const char* id = "sa-q.robot",
                   const IamScope& scope = kProject,
                   const char* principal = kRobot) {
  return CheckRoleBinding(
      scope, id,
      *Json::Parse(absl::StrCat(R"({"principal": ")", principal,
                                R"(", "roles": )", roles, "}")));
}

constexpr char kViewer[] = R"([{"name": "/iam/roles/computeViewer"}])";
constexpr char kOwner[] = R"([{"name": "/iam/roles/organizationOwner"}])";

TEST(RoleBindingTest, TheIdFollowsFromThePrincipal) {
  EXPECT_TRUE(Check(kViewer).ok());
  EXPECT_EQ(HttpStatusOf(Check(kViewer, "sa-p.robot")), 400);
  EXPECT_EQ(HttpStatusOf(Check(kViewer, "robot")), 400);
  EXPECT_EQ(HttpStatusOf(Check(kViewer, "u-ada", kProject, "/iam/users/ada")),
            400);
}

TEST(RoleBindingTest, RolesAreThoseOfTheScope) {
  const IamScope organisation{"organizations", "o"};
  EXPECT_TRUE(Check(kOwner, "sa-q.robot", organisation).ok());
  EXPECT_EQ(HttpStatusOf(Check(kOwner)), 400);
  EXPECT_EQ(HttpStatusOf(Check(kViewer, "sa-q.robot", organisation)), 400);
  EXPECT_EQ(HttpStatusOf(Check(R"([{"name": "computeViewer"}])")), 400);
}

TEST(RoleBindingTest, HasOneRoleOrMoreAndNoneTwice) {
  EXPECT_EQ(HttpStatusOf(Check("[]")), 400);
  EXPECT_EQ(HttpStatusOf(Check(R"([{"name": "/iam/roles/computeViewer"},
                                   {"name": "/iam/roles/computeViewer"}])")),
            400);
}

TEST(RoleBindingTest, ResourcesAreOfTheScope) {
  const auto with = [](const char* resource) {
    return absl::StrCat(
        R"([{"name": "/iam/roles/computeViewer", "resources": [")", resource,
        R"("]}])");
  };
  EXPECT_TRUE(Check(with("/compute/projects/p/regions/*/disks/*")).ok());
  EXPECT_EQ(HttpStatusOf(Check(with("/compute/projects/q/regions/*/disks/*"))),
            400);
  EXPECT_EQ(HttpStatusOf(Check(with("disk"))), 400);
}

class RolesOfABindingTest : public testing::Test {
 protected:
  void Add(const char* role, const char* resources) {
    AddRole(spec_, role, *Json::Parse(resources));
  }
  std::string Roles() const { return spec_["roles"].Dump(); }

  Json spec_ = Json::Object();
};

TEST_F(RolesOfABindingTest, Grow) {
  Add("a", "null");
  Add("b", R"(["x"])");
  EXPECT_EQ(Roles(), R"([{"name":"a"},{"name":"b","resources":["x"]}])");
  Add("b", R"(["x", "y"])");
  EXPECT_EQ(Roles(), R"([{"name":"a"},{"name":"b","resources":["x","y"]}])");
}

TEST_F(RolesOfABindingTest, OneForAllResourcesStaysThat) {
  Add("a", R"(["x"])");
  Add("a", "null");
  EXPECT_EQ(Roles(), R"([{"name":"a"}])");
  Add("a", R"(["x"])");
  EXPECT_EQ(Roles(), R"([{"name":"a"}])");
}

TEST_F(RolesOfABindingTest, Shrink) {
  Add("a", "null");
  EXPECT_FALSE(RemoveRole(spec_, "b"));
  EXPECT_TRUE(RemoveRole(spec_, "a"));
  EXPECT_EQ(Roles(), "[]");
}

}  // namespace
}  // namespace evroc::sim
