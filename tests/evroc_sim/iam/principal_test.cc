#include "tests/evroc_sim/iam/principal.h"

#include "gtest/gtest.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

TEST(PrincipalTest, ABindingsIdFollowsFromThePrincipal) {
  const std::string uuid = "11111111-2222-3333-4444-55555555abcd";
  EXPECT_EQ(*RoleBindingIdOf(UserPrincipal(uuid)), "u-" + uuid);
  EXPECT_EQ(*RoleBindingIdOf(ServiceAccountPrincipal("p", "robot")),
            "sa-p.robot");
}

TEST(PrincipalTest, NothingElseIsAPrincipal) {
  for (const char* text :
       {"", "robot", "/iam/users/ada", "/iam/groups/g",
        "/iam/users/11111111-2222-3333-4444-55555555abcd/",
        "/iam/users/11111111-2222-3333-4444_55555555abcd",
        "/iam/projects/p/serviceAccounts/", "/iam/projects/*/serviceAccounts/x",
        "/compute/projects/p/serviceAccounts/x",
        "/iam/projects/p/robots/robot"}) {
    EXPECT_EQ(HttpStatusOf(RoleBindingIdOf(text).status()), 400) << text;
  }
}

}  // namespace
}  // namespace evroc::sim
