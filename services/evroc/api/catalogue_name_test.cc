#include "services/evroc/api/catalogue_name.h"

#include <string>

#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

TEST(ParseImageNameTest, KnowsEveryForm) {
  EXPECT_EQ(ParseImageName("ubuntu.24-04.1"),
            ImageName{.name = "ubuntu.24-04.1"});
  EXPECT_EQ(ParseImageName("/compute/global/diskImages/evroc/ubuntu.24-04.1"),
            ImageName{.name = "ubuntu.24-04.1"});
  EXPECT_EQ(ParseImageName("custom:golden"),
            (ImageName{.name = "golden", .custom = true}));
  EXPECT_EQ(ParseImageName(
                "/compute/projects/p/regions/se-sto/customDiskImages/golden"),
            (ImageName{.name = "golden",
                       .custom = true,
                       .project = "p",
                       .region = "se-sto"}));
}

TEST(ParseImageNameTest, RefusesAnythingElse) {
  for (const char* text : {"",
                           ".",
                           "..",
                           "custom:.",
                           "custom:..",
                           "-a",
                           "/compute/projects/p/regions/r/customDiskImages/..",
                           "/compute/global/diskImages/evroc/..",
                           "custom:",
                           "custom:a/b",
                           "custom:custom:a",
                           "a b",
                           "a/b",
                           "/",
                           "//",
                           "/compute/global/diskImages/evroc/",
                           "/compute/global/diskImages/evroc/a/b",
                           "/compute/global/diskImages/other/a",
                           "/compute/global/computeProfiles/a1a.s",
                           "/compute/projects/p/regions/r/disks/d",
                           "/compute/projects/p/regions/r/customDiskImages/",
                           "/compute/projects//regions/r/customDiskImages/a",
                           "/compute/projects/p?/regions/r/customDiskImages/a",
                           "compute/projects/p/regions/r/customDiskImages/a"}) {
    EXPECT_EQ(ParseImageName(text), std::nullopt) << text;
  }
  EXPECT_EQ(ParseImageName(std::string(101, 'a')), std::nullopt);
}

}  // namespace
}  // namespace evroc::cloud
