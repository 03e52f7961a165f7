#include "shim/node/node_match.h"

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct TestNode {
  std::string name;
  std::string address;
  std::string provider_id;
  bool alive = true;
  absl::Time created = absl::FromUnixSeconds(1000);
};

NodeTable TableOf(const std::vector<TestNode>& nodes) {
  NodeTable table;
  for (const TestNode& node : nodes) {
    ObservedNode seen;
    seen.snapshot.name = node.name;
    seen.snapshot.provider_id = node.provider_id;
    seen.snapshot.alive = node.alive;
    seen.snapshot.created = node.created;
    if (!node.address.empty()) {
      seen.snapshot.addresses = {{"Hostname", node.name},
                                 {"InternalIP", node.address}};
    }
    table[node.name] = seen;
  }
  return table;
}

DesiredNode DesiredFor(const std::string& vm, const std::string& address) {
  return DesiredNode{
      .provider_id = "evroc://uid-of-" + vm,
      .vm_id = vm,
      .addresses = {{"InternalIP", address}, {"ExternalIP", "203.0.113.9"}}};
}

// For each desired Node the name of its Node, "-" for none, "?" for several.
std::vector<std::string> Match(const std::vector<DesiredNode>& desired_nodes,
                               const std::vector<TestNode>& nodes) {
  std::vector<const DesiredNode*> pointers;
  pointers.reserve(desired_nodes.size());
  for (const DesiredNode& desired : desired_nodes) pointers.push_back(&desired);
  const NodeTable table = TableOf(nodes);
  std::vector<std::string> names;
  for (const NodeMatch& match : MatchNodes(pointers, table)) {
    if (match.node != nullptr) {
      names.push_back(match.node->snapshot.name);
    } else {
      names.emplace_back(match.ambiguity.empty() ? "-" : "?");
    }
  }
  return names;
}

TEST(NodeMatchTest, FindsTheNodeThatHasTheNameOfTheVm) {
  EXPECT_THAT(Match({DesiredFor("vm-a", "10.0.0.1")},
                    {{"vm-a", "10.0.0.9", ""}, {"vm-b", "10.0.0.1", ""}}),
              ElementsAre("vm-a"));
}

TEST(NodeMatchTest, NodeNamesAreInLowerCase) {
  EXPECT_THAT(Match({DesiredFor("VM-a", "10.0.0.1")}, {{"vm-a", "", ""}}),
              ElementsAre("vm-a"));
}

TEST(NodeMatchTest, FindsANodeOfAnotherNameByItsInternalAddress) {
  EXPECT_THAT(Match({DesiredFor("vm-a", "10.0.0.1")},
                    {{"vm-a.internal", "10.0.0.1", ""}, {"vm-b", "", ""}}),
              ElementsAre("vm-a.internal"));
}

TEST(NodeMatchTest, AddressesMatchInAnySpelling) {
  EXPECT_THAT(
      Match({DesiredFor("vm-a", "fd00:0:0::1")}, {{"x", "FD00::1", ""}}),
      ElementsAre("x"));
}

TEST(NodeMatchTest, NeitherPrefixesNorExternalAddressesMatch) {
  EXPECT_THAT(Match({DesiredFor("vm-a", "10.0.0.1")},
                    {{"vm-a1", "10.0.0.10", ""}, {"vm", "203.0.113.9", ""}}),
              ElementsAre("-"));
}

TEST(NodeMatchTest, TheProviderIdIsTheSurestSign) {
  EXPECT_THAT(Match({DesiredFor("vm-a", "10.0.0.1")},
                    {{"odd", "10.0.0.7", "evroc://uid-of-vm-a"},
                     {"vm-a", "10.0.0.1", ""}}),
              ElementsAre("odd"));
}

TEST(NodeMatchTest, ANodeWithAForeignProviderIdIsFoundToBeReported) {
  EXPECT_THAT(
      Match({DesiredFor("vm-a", "10.0.0.1"), DesiredFor("vm-b", "10.0.0.2")},
            {{"vm-a", "10.0.0.1", "rke2://vm-a"},
             {"other", "10.0.0.2", "rke2://other"}}),
      ElementsAre("vm-a", "other"));
}

TEST(NodeMatchTest, TheNodeOfAVmThatIsGoneIsNotTakenForTheNextOfItsAddress) {
  EXPECT_THAT(Match({DesiredFor("vm-new", "10.0.0.1")},
                    {{"vm-old", "10.0.0.1", "evroc://uid-of-vm-old"}}),
              ElementsAre("-"));
}

TEST(NodeMatchTest, AnOldNodeIsNotTakenForTheNextVmOfItsAddress) {
  DesiredNode desired = DesiredFor("vm-new", "10.0.0.1");
  desired.machine_created = absl::FromUnixSeconds(2000);
  const TestNode older{"vm-old", "10.0.0.1", ""};
  const TestNode silent{"vm-old", "10.0.0.1", "", false,
                        absl::FromUnixSeconds(3000)};
  const TestNode own{"vm-new.local", "10.0.0.1", "", true,
                     absl::FromUnixSeconds(3000)};
  EXPECT_THAT(Match({desired}, {older}), ElementsAre("-"));
  EXPECT_THAT(Match({desired}, {silent}), ElementsAre("-"));
  EXPECT_THAT(Match({desired}, {older, own}), ElementsAre("vm-new.local"));
  // One of another cloud's kind is left alone, too.
  const TestNode foreign{"vm-old", "10.0.0.1", "rke2://vm-old"};
  EXPECT_THAT(Match({desired}, {foreign}), ElementsAre("-"));
  // The name alone is enough: no other VM has it.
  const TestNode named{"vm-new", "10.0.0.9", "", false};
  EXPECT_THAT(Match({desired}, {named}), ElementsAre("vm-new"));
  const NodeTable olds = TableOf({older});
  EXPECT_THAT(MatchNodes({&desired}, olds)[0].disregarded,
              HasSubstr("Node \"vm-old\" has its address, but is older"));
  const NodeTable silents = TableOf({silent});
  EXPECT_THAT(MatchNodes({&desired}, silents)[0].disregarded,
              HasSubstr("its kubelet does not report"));
}

TEST(NodeMatchTest, TwoNodesThatClaimOneAddressAreNobodys) {
  EXPECT_THAT(Match({DesiredFor("vm-a", "10.0.0.1")},
                    {{"x", "10.0.0.1", ""}, {"y", "10.0.0.1", ""}}),
              ElementsAre("?"));
}

TEST(NodeMatchTest, ANodeThatTwoMachinesClaimAlikeIsNobodys) {
  EXPECT_THAT(
      Match({DesiredFor("vm-a", "10.0.0.1"), DesiredFor("vm-b", "10.0.0.1")},
            {{"x", "10.0.0.1", ""}}),
      ElementsAre("?", "?"));
}

TEST(NodeMatchTest, ASurerClaimBeatsAWeakerOne) {
  EXPECT_THAT(
      Match({DesiredFor("vm-a", "10.0.0.1"), DesiredFor("vm-b", "10.0.0.1")},
            {{"vm-a", "10.0.0.1", ""}}),
      ElementsAre("vm-a", "-"));
}

TEST(NodeMatchTest, ManyMachinesEachGetTheirOwn) {
  std::vector<DesiredNode> desired_nodes;
  std::vector<TestNode> nodes;
  std::vector<std::string> expected;
  for (int i = 0; i < 50; ++i) {
    const std::string name = "vm-" + std::to_string(i);
    desired_nodes.push_back(DesiredFor(name, "10.0.1." + std::to_string(i)));
    nodes.push_back({name, "10.0.1." + std::to_string(i), ""});
    expected.push_back(name);
  }
  EXPECT_EQ(Match(desired_nodes, nodes), expected);
}

TEST(NodeMatchTest, TheReasonNamesNodesAndMachines) {
  const NodeTable table = TableOf(
      {{"x", "10.0.0.1", ""}, {"y", "10.0.0.1", ""}, {"z", "1.1.1.1", ""}});
  const DesiredNode several_nodes = DesiredFor("vm-a", "10.0.0.1");
  const DesiredNode same[] = {DesiredFor("vm-b", "1.1.1.1"),
                              DesiredFor("vm-c", "1.1.1.1")};
  const std::vector<NodeMatch> matches =
      MatchNodes({&several_nodes, &same[0], &same[1]}, table);
  EXPECT_THAT(matches[0].ambiguity, HasSubstr("\"x\", \"y\""));
  EXPECT_THAT(matches[1].ambiguity, HasSubstr("Node \"z\""));
  EXPECT_THAT(matches[1].ambiguity, HasSubstr("\"vm-b\", \"vm-c\""));
  EXPECT_EQ(matches[1].ambiguity, matches[2].ambiguity);
}

}  // namespace
}  // namespace evroc::shim
