#include "services/network/spec/group_spec.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace evroc::network {
namespace {

using cloud::Direction;
using cloud::Id;
using cloud::Protocol;
using cloud::SecurityRule;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const cloud::Place kPlace = {
    .capabilities = {}, .project = "p", .region = "se-sto"};

template <typename T>
T Parsed(const std::string& text) {
  T message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

std::vector<std::string> FieldsAtFault(const Violations& violations) {
  std::vector<std::string> fields;
  for (const FieldViolation& each :
       DetailsOf(violations.ToStatus()).field_violations) {
    fields.push_back(each.field);
  }
  return fields;
}

std::vector<std::string> FaultsOfRule(const std::string& rule) {
  Violations violations;
  CheckRoleGroup(Parsed<v1::RoleSecurityGroup>("rules {" + rule + "}"), kPlace,
                 "g", violations);
  return FieldsAtFault(violations);
}

TEST(CheckRoleGroupTest, TakesEachKindOfRule) {
  Violations violations;
  const GroupSpec spec = CheckRoleGroup(
      Parsed<v1::RoleSecurityGroup>(R"pb(
        rules {
          name: "ssh"
          direction: DIRECTION_INGRESS
          protocol: PROTOCOL_TCP
          port: 22
          cidr: "::ffff:192.0.2.7"
        }
        rules {
          name: "range"
          direction: DIRECTION_EGRESS
          protocol: PROTOCOL_UDP
          port: 100
          end_port: 200
          security_group_id: "sg1"
        }
        rules {
          name: "ping"
          direction: DIRECTION_INGRESS
          protocol: PROTOCOL_ICMP
          subnet_id: "s1"
        }
        rules { name: "all" direction: DIRECTION_INGRESS vpc: true }
        existing_ids: "sg2"
        existing_ids: "sg3")pb"),
      kPlace, "g", violations);
  EXPECT_TRUE(violations.empty()) << violations.ToStatus();
  EXPECT_THAT(spec.existing_ids, ElementsAre("sg2", "sg3"));
  ASSERT_EQ(spec.rules.size(), 4);
  EXPECT_EQ(spec.rules[0].rule,
            (SecurityRule{.name = "ssh",
                          .protocol = Protocol::kTcp,
                          .port = 22,
                          .remote = {.cidr = "192.0.2.7"}}));
  EXPECT_EQ(spec.rules[1].rule,
            (SecurityRule{.name = "range",
                          .direction = Direction::kEgress,
                          .protocol = Protocol::kUdp,
                          .port = 100,
                          .end_port = 200,
                          .remote = {.security_group =
                                         Id<cloud::SecurityGroup>("sg1")}}));
  EXPECT_EQ(spec.rules[2].rule,
            (SecurityRule{.name = "ping",
                          .protocol = Protocol::kIcmp,
                          .remote = {.subnet = Id<cloud::Subnet>("s1")}}));
  EXPECT_EQ(spec.rules[3].rule, (SecurityRule{.name = "all"}));
  EXPECT_TRUE(spec.rules[3].from_vpc);
  EXPECT_FALSE(spec.rules[0].from_vpc);
}

TEST(CheckRoleGroupTest, NamesTheFieldAtFault) {
  struct Case {
    const char* rule;
    const char* field;
  };
  const std::string good = R"(name: "x" direction: DIRECTION_INGRESS )";
  for (const auto& [rule, field] :
       {Case{R"(cidr: "10.0.0.0/33")", "g.rules[0].cidr"},
        Case{R"(cidr: "")", "g.rules[0].cidr"},
        Case{R"(security_group_id: "/x")", "g.rules[0].security_group_id"},
        Case{R"(subnet_id: "")", "g.rules[0].subnet_id"},
        Case{"vpc: false", "g.rules[0].vpc"},
        Case{"vpc: true port: -1", "g.rules[0].port"},
        Case{"vpc: true port: 65536 protocol: PROTOCOL_TCP", "g.rules[0].port"},
        Case{"vpc: true port: 22 end_port: 21 protocol: PROTOCOL_TCP",
             "g.rules[0].end_port"},
        Case{"vpc: true port: 22 end_port: 65536 protocol: PROTOCOL_TCP",
             "g.rules[0].end_port"}}) {
    EXPECT_THAT(FaultsOfRule(good + rule), ElementsAre(field)) << rule;
  }
  EXPECT_THAT(FaultsOfRule(R"(direction: DIRECTION_INGRESS vpc: true)"),
              ElementsAre("g.rules[0].name"));
  EXPECT_THAT(FaultsOfRule(R"(name: "x" vpc: true)"),
              ElementsAre("g.rules[0].direction"));
  EXPECT_THAT(
      FaultsOfRule(R"(name: "capi-x" direction: DIRECTION_EGRESS vpc: true)"),
      ElementsAre("g.rules[0].name"));
}

TEST(CheckRoleGroupTest, NamesEveryFieldAtFaultAtOnce) {
  Violations violations;
  CheckRoleGroup(Parsed<v1::RoleSecurityGroup>(R"pb(
                   rules { port: -1 cidr: "x" }
                   existing_ids: "/path")pb"),
                 kPlace, "g", violations);
  EXPECT_THAT(FieldsAtFault(violations),
              UnorderedElementsAre("g.rules[0].name", "g.rules[0].direction",
                                   "g.rules[0].port", "g.rules[0].cidr",
                                   "g.existing_ids[0]"));
}

// What the cloud thinks of them is its own affair.
TEST(CheckRoleGroupTest, RulesWithoutRemoteOrWithOddPortsArePassedOn) {
  Violations violations;
  const GroupSpec spec = CheckRoleGroup(
      Parsed<v1::RoleSecurityGroup>(R"pb(
        rules { name: "x" direction: DIRECTION_INGRESS }
        rules { name: "y" direction: DIRECTION_INGRESS port: 22 vpc: true }
        existing_ids: "/networking/projects/p/regions/se-sto/securityGroups/g"
      )pb"),
      kPlace, "g", violations);
  EXPECT_THAT(FieldsAtFault(violations), IsEmpty());
  EXPECT_EQ(spec.rules[0].rule, (SecurityRule{.name = "x"}));
  EXPECT_FALSE(spec.rules[0].from_vpc);
  EXPECT_EQ(spec.rules[1].rule.port, 22);
  EXPECT_THAT(spec.existing_ids, ElementsAre("g"));
}

TEST(CheckRoleGroupTest, NamesOfRulesAreThereOnce) {
  Violations violations;
  CheckRoleGroup(
      Parsed<v1::RoleSecurityGroup>(R"pb(
        rules { name: "x" direction: DIRECTION_INGRESS vpc: true }
        rules { name: "x" direction: DIRECTION_EGRESS vpc: true })pb"),
      kPlace, "g", violations);
  EXPECT_THAT(FieldsAtFault(violations), ElementsAre("g.rules[1].name"));
}

TEST(CheckRoleGroupTest, TwoHundredRulesAreEnough) {
  v1::RoleSecurityGroup group;
  for (int i = 0; i < 201; ++i) {
    v1::SecurityRule& rule = *group.add_rules();
    rule.set_name(absl::StrCat("r", i));
    rule.set_direction(v1::SecurityRule::DIRECTION_INGRESS);
    rule.set_vpc(true);
  }
  Violations violations;
  CheckRoleGroup(group, kPlace, "g", violations);
  EXPECT_THAT(FieldsAtFault(violations), ElementsAre("g.rules"));
}

TEST(CheckAdditionalGroupsTest, EachHasANameOfItsOwn) {
  Violations violations;
  google::protobuf::RepeatedPtrField<v1::NamedSecurityGroup> groups;
  groups.Add()->set_name("a");
  groups.Add()->set_name("a");
  groups.Add()->set_name("Not A Name");
  const std::vector<GroupSpec> specs =
      CheckAdditionalGroups(groups, kPlace, "groups", violations);
  EXPECT_THAT(FieldsAtFault(violations),
              ElementsAre("groups[1].name", "groups[2].name"));
  ASSERT_EQ(specs.size(), 1);
  EXPECT_EQ(specs[0].name, "a");
  EXPECT_THAT(specs[0].rules, IsEmpty());
}

// Each machine of a large cluster that was taken over has some of its own.
TEST(CheckAdditionalGroupsTest, ThereIsRoomForThoseOfManyMachines) {
  Violations violations;
  google::protobuf::RepeatedPtrField<v1::NamedSecurityGroup> groups;
  const auto add = [&](size_t machine) {
    v1::NamedSecurityGroup& group = *groups.Add();
    group.set_name(
        absl::StrCat(std::string(46, 'm'), "-", 100'000 + machine, "-ssh"));
    group.set_id(group.name());
    (*group.mutable_labels())["team"] = "blue";
    for (const char* name : {"in", "out"}) {
      v1::SecurityRule& rule = *group.add_rules();
      rule.set_name(name);
      rule.set_direction(v1::SecurityRule::DIRECTION_INGRESS);
      rule.set_protocol(v1::SecurityRule::PROTOCOL_TCP);
      rule.set_port(30000);
      rule.set_cidr("203.0.113.0/24");
    }
  };
  for (size_t i = 0; i < 10'000; ++i) add(i);
  CheckAdditionalGroups(groups, kPlace, "groups", violations);
  EXPECT_THAT(FieldsAtFault(violations), IsEmpty());
  size_t bytes = 0;
  for (const auto& group : groups) bytes += group.ByteSizeLong();
  EXPECT_LT(bytes, 3U << 20) << "of the 4 MiB of a message";
  add(10'000);
  CheckAdditionalGroups(groups, kPlace, "groups", violations);
  EXPECT_THAT(FieldsAtFault(violations), ElementsAre("groups"));
}

TEST(CheckAdditionalGroupsTest, AnIdIsALabelAndOfOneGroup) {
  Violations violations;
  google::protobuf::RepeatedPtrField<v1::NamedSecurityGroup> groups;
  for (const char* id : {"", "web-0", "web-0", "Not A Label", ""}) {
    v1::NamedSecurityGroup& group = *groups.Add();
    group.set_name(absl::StrCat("g", groups.size()));
    group.set_id(id);
  }
  const std::vector<GroupSpec> specs =
      CheckAdditionalGroups(groups, kPlace, "groups", violations);
  EXPECT_THAT(FieldsAtFault(violations),
              ElementsAre("groups[2].id", "groups[3].id"));
  EXPECT_EQ(specs[1].id, Id<cloud::SecurityGroup>("web-0"));
  EXPECT_TRUE(specs[0].id.empty());
}

}  // namespace
}  // namespace evroc::network
