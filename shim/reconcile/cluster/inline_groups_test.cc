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
  EvrocClusterObject cluster;
  EvrocClusterSpec& spec = cluster.spec;
  spec.worker_groups.inline_groups = {Group("web", 80)};
  const auto groups = GatherInlineGroups(
      cluster, {Machine(Group("db", 1)), Machine(Group("db", 1))});
  EXPECT_THAT(groups,
              ElementsAre(Key(MachineGroupName(Group("db", 1))), Key("web")));
}

TEST(InlineGroupsTest, MachinesMayGiveANameOtherRules) {
  EvrocClusterObject cluster;
  EvrocClusterSpec& spec = cluster.spec;
  spec.common_groups.inline_groups = {Group("web", 80)};
  const auto groups = GatherInlineGroups(
      cluster, {Machine(Group("web", 81)), Machine(Group("web", 82)),
                Machine(Group("web", 80))});
  ASSERT_EQ(groups.size(), 4);
  EXPECT_EQ(groups.at("web").rules[0].port, 80);
  EXPECT_EQ(groups.at(MachineGroupName(Group("web", 82))).rules[0].port, 82);
}

TEST(InlineGroupsTest, AClusterMustNotContradictItself) {
  EvrocClusterObject cluster;
  EvrocClusterSpec& spec = cluster.spec;
  spec.common_groups.inline_groups = {Group("web", 80)};
  spec.worker_groups.inline_groups = {Group("web", 81)};
  EXPECT_THAT(CheckInlineGroups(cluster).message(),
              HasSubstr("spec.securityGroups.worker.inlineSecurityGroups"));
  // On one that exists the first stands.
  EXPECT_EQ(GatherInlineGroups(cluster, {}).at("web").rules[0].port, 80);
}

// They are found by the ids that they have there, and stay each machine's own.
TEST(InlineGroupsTest, TheOfficialProvidersGroupsKeepTheirIds) {
  EvrocClusterObject cluster;
  cluster.meta.annotations[kResourcePrefixAnnotation] = "prod-0123abcd";
  cluster.spec.common_groups.inline_groups = {Group("web", 80),
                                              Group("Odd name", 81)};
  EvrocMachineObject machine;
  machine.meta.key.name = "worker-0";
  machine.spec.security_groups.inline_groups = {Group("db", 1)};
  machine.spec.labels = {{"size", "small"}};
  EvrocMachineObject untaken = machine;
  machine.meta.annotations[kResourcePrefixAnnotation] = "worker-0";
  untaken.meta.key.name = "worker-1";
  untaken.meta.finalizers = {kOfficialMachineFinalizer};
  const auto groups = GatherInlineGroups(
      cluster, {std::make_shared<EvrocMachineObject>(machine),
                std::make_shared<EvrocMachineObject>(untaken)});
  EXPECT_EQ(groups.at("web").id, "prod-0123abcd-web");
  EXPECT_EQ(groups.at("worker-0-db").id, "worker-0-db");
  EXPECT_EQ(groups.at("worker-1-db").id, "worker-1-db");
  EXPECT_EQ(groups.at("worker-1-db").labels.at("size"), "small");
  EXPECT_EQ(groups.at(ClusterGroupName(Group("Odd name", 81))).id, "");
}

}  // namespace
}  // namespace evroc::shim
