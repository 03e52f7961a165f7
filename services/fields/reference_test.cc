#include "services/fields/reference.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evroc/api/networking.h"

namespace evroc::cloud {
namespace {

using ::testing::HasSubstr;

const Place kPlace = {.capabilities = {}, .project = "p", .region = "se-sto"};

// The id, or what is wrong.
std::string Checked(absl::string_view text, const Place& place = kPlace) {
  Violations violations;
  const Id<Subnet> id =
      CheckReference<Subnet>(text, place, "subnet_id", violations);
  const absl::Status status = violations.ToStatus();
  return status.ok() ? id.value() : std::string(status.message());
}

TEST(CheckReferenceTest, TakesIdsAndFullReferences) {
  EXPECT_EQ(Checked(""), "");
  EXPECT_EQ(Checked("net-a"), "net-a");
  EXPECT_EQ(Checked("/networking/projects/p/regions/se-sto/subnets/net-a"),
            "net-a");
  EXPECT_EQ(Checked("/networking/projects/p/regions/x/subnets/net-a",
                    {.capabilities = {}, .project = "p", .region = ""}),
            "net-a");
}

TEST(CheckReferenceTest, RefusesOtherProjectsAndRegions) {
  for (const char* text : {"/networking/projects/q/regions/se-sto/subnets/a",
                           "/networking/projects/p/regions/de-fra/subnets/a"}) {
    EXPECT_THAT(Checked(text),
                HasSubstr("it can only be of project \"p\" and region "
                          "\"se-sto\""))
        << text;
  }
}

TEST(CheckReferenceTest, RefusesWhatIsNeither) {
  for (const char* text :
       {"Net", "a/b", "/networking/projects/p/regions/se-sto/publicIPs/a",
        "/compute/projects/p/regions/se-sto/subnets/a",
        "/networking/projects/p/regions/se-sto/subnets/",
        "/networking/projects/p/regions/se-sto/subnets/a/b",
        "/networking/zones/p/regions/se-sto/subnets/a"}) {
    EXPECT_THAT(Checked(text), HasSubstr("is not the name of a Subnet"))
        << text;
  }
}

}  // namespace
}  // namespace evroc::cloud
