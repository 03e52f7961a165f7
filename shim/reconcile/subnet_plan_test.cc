#include "shim/reconcile/subnet_plan.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

EvrocClusterSpec OneSubnet(std::vector<std::string> domains,
                           const std::string& block = "10.0.1.0/24") {
  EvrocClusterSpec spec;
  spec.subnets = {{.name = "s", .cidr_block = block, .zone = ""}};
  spec.failure_domains = std::move(domains);
  return spec;
}

TEST(SubnetPlanTest, OneSubnetServesOneZoneAsItIs) {
  const EvrocClusterSpec spec = OneSubnet({"b"});
  const auto plan = PlanSubnets(spec, true);
  EXPECT_THAT(*plan,
              ElementsAre(PlannedSubnet{"s", "b", "10.0.1.0/24", false, "s"}));
  EXPECT_THAT(ZonesOf(spec, *plan), ElementsAre("b"));
}

TEST(SubnetPlanTest, WithoutDomainsItIsZoneA) {
  EXPECT_THAT(*PlanSubnets(OneSubnet({}), true),
              ElementsAre(PlannedSubnet{"s", "a", "10.0.1.0/24", false, "s"}));
}

TEST(SubnetPlanTest, WithoutZonesInTheCloudSubnetsHaveNone) {
  const EvrocClusterSpec spec = OneSubnet({});
  const auto plan = PlanSubnets(spec, false);
  EXPECT_THAT(*plan,
              ElementsAre(PlannedSubnet{"s", "", "10.0.1.0/24", false, "s"}));
  EXPECT_THAT(ZonesOf(spec, *plan), IsEmpty());
  // A requested zone is passed on, so that the cloud can refuse it.
  EXPECT_EQ(PlanSubnets(OneSubnet({"a"}), false)->at(0).zone, "a");
}

TEST(SubnetPlanTest, SeveralZonesGetTheirQuarters) {
  EXPECT_THAT(
      *PlanSubnets(OneSubnet({"a", "b", "c"}), true),
      ElementsAre(PlannedSubnet{"s-a", "a", "10.0.1.0/26", false, "s"},
                  PlannedSubnet{"s-b", "b", "10.0.1.64/26", false, "s"},
                  PlannedSubnet{"s-c", "c", "10.0.1.128/26", false, "s"}));
  // A zone's quarter does not depend on the other zones.
  EXPECT_THAT(
      *PlanSubnets(OneSubnet({"a", "c"}, "10.0.0.0/14"), true),
      ElementsAre(PlannedSubnet{"s-a", "a", "10.0.0.0/16", false, "s"},
                  PlannedSubnet{"s-c", "c", "10.2.0.0/16", false, "s"}));
}

TEST(SubnetPlanTest, SubnetsWithZonesStayUnchanged) {
  EvrocClusterSpec spec = OneSubnet({"a", "b"});
  spec.subnets = {{.name = "x", .cidr_block = "10.0.0.0/24", .zone = "a"},
                  {.name = "y", .cidr_block = "10.0.1.0/24", .zone = "b"},
                  {.name = "z", .cidr_block = "10.0.2.0/24", .zone = "c"}};
  const auto plan = PlanSubnets(spec, true);
  EXPECT_EQ(plan->size(), 3);
  EXPECT_THAT(ZonesOf(spec, *plan), ElementsAre("a", "b"));
}

TEST(SubnetPlanTest, ReferencesAreExistingSubnetsByZone) {
  EvrocClusterSpec spec;
  spec.subnet_refs = {{"a", "default-a"}, {"b", "default-b"}};
  spec.failure_domains = {"a", "b"};
  const auto plan = PlanSubnets(spec, true);
  EXPECT_THAT(
      *plan,
      ElementsAre(PlannedSubnet{"default-a", "a", "", true, "default-a"},
                  PlannedSubnet{"default-b", "b", "", true, "default-b"}));
  EXPECT_THAT(ZonesOf(spec, *plan), ElementsAre("a", "b"));
  // Where the cloud has no zones, there are no default subnets.
  spec.failure_domains.clear();
  EXPECT_EQ(PlanSubnets(spec, false)->size(), 2);
}

// The official provider writes a, b and c into every object: a name does not
// say that the project has a default subnet there.
TEST(SubnetPlanTest, DefaultSubnetsAreOptionalAlsoWhereZonesAreNamed) {
  EvrocClusterSpec spec;
  spec.region = "se-sto";
  spec.subnet_refs = {{"a", "theirs"}};
  for (const bool named : {true, false}) {
    if (named) spec.failure_domains = {"a", "b", "c"};
    if (!named) spec.failure_domains.clear();
    const std::vector<PlannedSubnet> plan = PlanSubnets(spec, true).value();
    ASSERT_EQ(plan.size(), 3);
    EXPECT_FALSE(plan[0].optional) << "somebody wrote it down";
    EXPECT_EQ(plan[1].name, "default-se-sto-b");
    EXPECT_TRUE(plan[1].optional) << named;
    EXPECT_TRUE(plan[2].optional) << named;
  }
}

TEST(SubnetPlanTest, ErrorsNameTheField) {
  EXPECT_THAT(PlanSubnets(EvrocClusterSpec(), false).status().message(),
              HasSubstr("spec.network.subnets"));
  EXPECT_THAT(PlanSubnets(OneSubnet({"a", "b"}, "10.0.0.0/28"), true)
                  .status()
                  .message(),
              HasSubstr("spec.network.subnets[s]: cidrBlock"));
  EXPECT_THAT(
      PlanSubnets(OneSubnet({"a", "b"}, "10.0.0.0"), true).status().message(),
      HasSubstr("cidrBlock"));
  EXPECT_THAT(PlanSubnets(OneSubnet({"a", "z"}), true).status().message(),
              HasSubstr("zone \"z\""));
}

}  // namespace
}  // namespace evroc::shim
