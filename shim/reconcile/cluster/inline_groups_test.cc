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

EvrocMachinePtr Machine(const std::string& name, const std::string& created,
                        SecurityGroupSpec group) {
  auto machine = std::make_shared<EvrocMachineObject>();
  machine->meta.key = {"ns", name};
  machine->meta.created = created;
  machine->spec.security_groups.inline_groups = {std::move(group)};
  return machine;
}

TEST(InlineGroupsTest, GroupsOfAllPlacesAreGathered) {
  EvrocClusterSpec spec;
  spec.worker_groups.inline_groups = {Group("web", 80)};
  const auto groups =
      GatherInlineGroups(spec, {Machine("m", "2026-01-01", Group("db", 5432)),
                                Machine("n", "2026-01-01", Group("web", 80))});
  EXPECT_THAT(*groups, ElementsAre(Key("db"), Key("web")));
}

TEST(InlineGroupsTest, TheClusterThenTheOldestMachineDefinesAName) {
  EvrocClusterSpec spec;
  spec.common_groups.inline_groups = {Group("web", 80)};
  const auto groups =
      GatherInlineGroups(spec, {Machine("a-new", "2026-01-02", Group("db", 2)),
                                Machine("old", "2026-01-01", Group("db", 1)),
                                Machine("m", "2025-01-01", Group("web", 81))});
  EXPECT_EQ(groups->at("web")[0].port, 80);
  EXPECT_EQ(groups->at("db")[0].port, 1);
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
