#include "tests/evroc_sim/iam/resource_name.h"

#include "gtest/gtest.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

const IamScope kProject{"projects", "p"};
const IamScope kOrganisation{"organizations", "o"};

TEST(ResourceNameTest, AResourceBelongsToAProjectOrAnOrganisation) {
  EXPECT_EQ(*ScopeOf("/compute/projects/p/regions/r/disks/d"), kProject);
  EXPECT_EQ(*ScopeOf("/iam/projects/p"), kProject);
  EXPECT_EQ(*ScopeOf("/quotas/organizations/o/regions/r/orgQuotas"),
            kOrganisation);
  for (const char* text :
       {"", "/", "projects/p", "/compute/global/computeProfiles/x",
        "/cheese/projects/p", "/compute/projects/", "/compute/projects/p/",
        "/compute//projects/p", "/iam/users/u"}) {
    EXPECT_EQ(HttpStatusOf(ScopeOf(text).status()), 400) << text;
  }
}

TEST(ResourceNameTest, AStarIsAnyWordButServiceAndScope) {
  for (const char* pattern : {"/compute/projects/p/regions/*/disks/*",
                              "/compute/projects/p/*/r/*/d"}) {
    EXPECT_TRUE(CheckResourcePattern(pattern, kProject).ok()) << pattern;
  }
  for (const char* pattern :
       {"/*/projects/p/regions/r/disks/d", "/compute/projects/*/regions/r",
        "/compute/projects/p/regions/r/disks/d*",
        "/compute/projects/q/regions/r/disks/d",
        "/iam/organizations/o/roleBindings/x"}) {
    EXPECT_EQ(HttpStatusOf(CheckResourcePattern(pattern, kProject)), 400)
        << pattern;
  }
}

TEST(ResourceNameTest, AnOrganisationHasItsProjectsResources) {
  EXPECT_TRUE(CheckResourcePattern("/iam/projects/p", kOrganisation).ok());
  EXPECT_TRUE(
      CheckResourcePattern("/iam/organizations/o/*/*", kOrganisation).ok());
  EXPECT_EQ(
      HttpStatusOf(CheckResourcePattern("/iam/organizations/x", kOrganisation)),
      400);
}

TEST(ResourceNameTest, APatternCoversNamesOfItsLength) {
  const char disk[] = "/compute/projects/p/regions/r/disks/d";
  EXPECT_TRUE(Covers(disk, disk));
  EXPECT_TRUE(Covers("/compute/projects/p/regions/*/disks/*", disk));
  EXPECT_FALSE(Covers("/compute/projects/p/regions/*/disks/e", disk));
  EXPECT_FALSE(Covers("/compute/projects/p/regions/*", disk));
  EXPECT_FALSE(Covers("/compute/projects/p/regions/r/disks/d/*", disk));
}

}  // namespace
}  // namespace evroc::sim
