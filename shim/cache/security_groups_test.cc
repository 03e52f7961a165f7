#include "shim/cache/security_groups.h"

#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/names/dns_label.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::StartsWith;

SecurityGroupSpec Group(const std::string& name) {
  return {.name = name,
          .rules = {{.name = "r",
                     .direction = "Ingress",
                     .protocol = "TCP",
                     .port = 80,
                     .end_port = 81,
                     .remote_cidr = "10.0.0.0/8"}}};
}

// Of released versions: a group under another name is a new one.
TEST(SecurityGroupNameTest, StaysTheSame) {
  EXPECT_EQ(ClusterGroupName(Group("web")), "web");
  EXPECT_EQ(ClusterGroupName(Group("Web Servers")), DnsLabelOf("Web Servers"));
  EXPECT_EQ(MachineGroupName(Group("web")), "machine-web-8a8722d5af");
}

TEST(SecurityGroupNameTest, EveryPartOfAMachinesGroupCounts) {
  std::set<std::string> names;
  const auto add = [&](const auto& change) {
    SecurityGroupSpec group = Group("web");
    change(group, group.rules[0]);
    names.insert(MachineGroupName(group));
  };
  add([](auto&, auto&) {});
  add([](auto& group, auto&) { group.name = "Web"; });
  add([](auto& group, auto&) { group.rules.clear(); });
  add([](auto& group, auto& rule) { group.rules.push_back(rule); });
  add([](auto&, auto& rule) { rule.name = "s"; });
  add([](auto&, auto& rule) { rule.direction = "Egress"; });
  add([](auto&, auto& rule) { rule.protocol = "UDP"; });
  add([](auto&, auto& rule) { rule.port = 79; });
  add([](auto&, auto& rule) { rule.end_port = 82; });
  add([](auto&, auto& rule) { rule.remote_cidr = "10.0.0.0/9"; });
  add([](auto&, auto& rule) { rule.remote_security_group = "10.0.0.0/8"; });
  add([](auto&, auto& rule) { rule.subnet_id = "10.0.0.0/8"; });
  add([](auto&, auto& rule) { rule.vpc = true; });
  EXPECT_EQ(names.size(), 13);
}

TEST(SecurityGroupNameTest, IsALabelForAnyText) {
  for (const std::string& name :
       {std::string("Web Servers"), std::string("---"), std::string("ü"),
        std::string(253, 'x')}) {
    EXPECT_TRUE(IsDnsLabel(ClusterGroupName(Group(name)))) << name;
    EXPECT_TRUE(IsDnsLabel(MachineGroupName(Group(name)))) << name;
  }
}

// Even one that a cluster calls as a machine's is called here.
TEST(SecurityGroupNameTest, AClusterHasNoGroupOfAMachine) {
  for (const std::string& name :
       {MachineGroupName(Group("web")), std::string("machine-x"),
        std::string("Machine X"), std::string("machine-")}) {
    EXPECT_FALSE(absl::StartsWith(ClusterGroupName(Group(name)), "machine-"))
        << name;
    EXPECT_THAT(MachineGroupName(Group(name)), StartsWith("machine-"));
  }
}

}  // namespace
}  // namespace evroc::shim
