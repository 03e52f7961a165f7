#include "shim/reconcile/cluster/inline_groups.h"

#include <memory>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;

SecurityGroupSpec Group(const std::string& name, int port) {
  return {.name = name,
          .rules = {{.name = "r",
                     .direction = "Ingress",
                     .protocol = "TCP",
                     .port = port,
                     .remote_cidr = "10.0.0.0/8"}}};
}

EvrocMachinePtr Machine(SecurityGroupSpec group) {
  auto machine = std::make_shared<EvrocMachineObject>();
  machine->spec.security_groups.inline_groups = {std::move(group)};
  return machine;
}

TEST(InlineGroupsTest, GroupsOfAllPlacesAreGathered) {
  EvrocClusterSpec spec;
  spec.worker_groups.inline_groups = {Group("web", 80)};
  const auto groups = GatherInlineGroups(
      spec, {Machine(Group("db", 1)), Machine(Group("db", 1))});
  EXPECT_THAT(*groups,
              ElementsAre(Key(MachineGroupName(Group("db", 1))), Key("web")));
}

TEST(InlineGroupsTest, MachinesMayGiveANameOtherRules) {
  EvrocClusterSpec spec;
  spec.common_groups.inline_groups = {Group("web", 80)};
  const auto groups = GatherInlineGroups(
      spec, {Machine(Group("web", 81)), Machine(Group("web", 82)),
             Machine(Group("web", 80))});
  ASSERT_EQ(groups->size(), 4);
  EXPECT_EQ(groups->at("web")[0].port, 80);
  EXPECT_EQ(groups->at(MachineGroupName(Group("web", 82)))[0].port, 82);
}

TEST(InlineGroupsTest, AClusterMustNotContradictItself) {
  EvrocClusterSpec spec;
  spec.common_groups.inline_groups = {Group("web", 80)};
  spec.worker_groups.inline_groups = {Group("web", 81)};
  EXPECT_THAT(GatherInlineGroups(spec, {}).status().message(),
              HasSubstr("spec.securityGroups.worker.inlineSecurityGroups"));
}

}  // namespace
}  // namespace evroc::shim
