#include "shim/node/node_adoption.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::HasSubstr;

constexpr char kOfRke2[] = "rke2://vm-1";

// A machine that awaits its Node: the VM "vm-1" with the UID "uid-1", at
// 10.0.0.1, fd00::1 and 203.0.113.1.
DesiredNode Waiting() {
  return {.vm_id = "vm-1",
          .addresses = {{"InternalIP", "10.0.0.1"},
                        {"InternalIP", "fd00::1"},
                        {"ExternalIP", "203.0.113.1"},
                        {"Hostname", "vm-1"}},
          .read_only = true,
          .vm_provider_id = "evroc://uid-1"};
}

DesiredNode WithId(const std::string& provider_id) {
  DesiredNode desired = Waiting();
  desired.provider_id = provider_id;
  return desired;
}

struct NodeOf {
  std::string name;
  std::string provider_id;
  std::vector<NodeAddress> addresses = {{"InternalIP", "10.0.0.1"}};
};

NodeTable Table(const std::vector<NodeOf>& nodes) {
  NodeTable table;
  for (const NodeOf& node : nodes) {
    NodeSnapshot& snapshot = table[node.name].snapshot;
    snapshot.name = node.name;
    snapshot.provider_id = node.provider_id;
    snapshot.addresses = node.addresses;
  }
  return table;
}

NodeState StateOf(const DesiredNode& desired, const std::vector<NodeOf>& nodes,
                  const std::vector<DesiredNode>& others = {}) {
  const NodeTable table = Table(nodes);
  std::vector<const DesiredNode*> all = {&desired};
  for (const DesiredNode& other : others) all.push_back(&other);
  return ForeignNodes(all, table).StateOf(desired);
}

void ExpectAdopted(const NodeState& state, const std::string& provider_id) {
  EXPECT_EQ(state.reason, kNodeLinked) << state.message;
  EXPECT_EQ(state.phase, NodeState::Phase::kInitialized);
  EXPECT_EQ(state.provider_id, provider_id);
}

void ExpectRefused(const NodeState& state, const std::string& reason) {
  EXPECT_EQ(state.reason, reason) << state.message;
  EXPECT_EQ(state.phase, NodeState::Phase::kFailed);
  EXPECT_EQ(state.provider_id, "");
}

void ExpectAwaited(const NodeState& state, const std::string& reason) {
  EXPECT_EQ(state.reason, reason) << state.message;
  EXPECT_EQ(state.phase, NodeState::Phase::kPending);
  EXPECT_EQ(state.provider_id, "");
}

TEST(NodeAdoptionTest, TakesOverWhatTheNodeOfItsNameAndAddressHas) {
  ExpectAdopted(
      StateOf(Waiting(), {{"vm-1", kOfRke2}, {"vm-2", "rke2://vm-2"}}),
      kOfRke2);
}

TEST(NodeAdoptionTest, AnyAddressOfTheVmProvesIt) {
  for (const char* address : {"10.0.0.1", "FD00:0::1", "203.0.113.1"}) {
    ExpectAdopted(
        StateOf(Waiting(), {{"vm-1", kOfRke2, {{"InternalIP", address}}}}),
        kOfRke2);
  }
}

TEST(NodeAdoptionTest, WaitsForTheNodeItsProviderIdAndItsAddress) {
  ExpectAwaited(StateOf(Waiting(), {}), kNodeNotFound);
  ExpectAwaited(StateOf(Waiting(), {{"vm-1", ""}}), kNodeWithoutProviderId);
  ExpectAwaited(StateOf(Waiting(), {{"vm-1", kOfRke2, {{"Hostname", "vm-1"}}}}),
                kNodeWithoutAddress);
}

TEST(NodeAdoptionTest, ANodeAtOtherAddressesIsNotTheMachines) {
  const NodeState state =
      StateOf(Waiting(), {{"vm-1", kOfRke2, {{"InternalIP", "10.9.9.9"}}}});
  ExpectRefused(state, kNodeOfAnother);
  EXPECT_THAT(state.message, HasSubstr("10.9.9.9"));
}

TEST(NodeAdoptionTest, ANodeOfAnotherNameIsOnlyMentioned) {
  const NodeState state = StateOf(Waiting(), {{"old", "rke2://old"}});
  ExpectAwaited(state, kNodeNotFound);
  EXPECT_THAT(state.message, HasSubstr("Node \"old\" has its address"));
}

TEST(NodeAdoptionTest, TheUidOfTheVmAloneProvesIt) {
  ExpectAdopted(StateOf(Waiting(), {{"vm-1", "evroc://uid-1", {}}}),
                "evroc://uid-1");
  ExpectAdopted(
      StateOf(Waiting(), {{"renamed", "evroc://uid-1", {}}, {"vm-1", kOfRke2}}),
      "evroc://uid-1");
}

TEST(NodeAdoptionTest, AProviderIdWithAnotherUidIsAnotherVms) {
  const NodeState state = StateOf(Waiting(), {{"vm-1", "evroc://uid-0"}});
  ExpectRefused(state, kNodeOfAnother);
  EXPECT_THAT(state.message, HasSubstr("evroc://uid-0, not evroc://uid-1"));
}

TEST(NodeAdoptionTest, AProviderIdThatSeveralNodesHaveIsNobodys) {
  const NodeState state =
      StateOf(Waiting(), {{"vm-1", "x://1"}, {"vm-2", "x://1"}});
  ExpectRefused(state, kNodeAmbiguous);
  EXPECT_THAT(state.message, HasSubstr("Node \"vm-1\", Node \"vm-2\""));
}

TEST(NodeAdoptionTest, AProviderIdThatAnotherMachineHasIsNotTakenOver) {
  DesiredNode other = WithId("x://1");
  other.vm_id = "vm-2";
  const NodeState state = StateOf(Waiting(), {{"vm-1", "x://1"}}, {other});
  ExpectRefused(state, kNodeProviderIdConflict);
  EXPECT_THAT(state.message, HasSubstr("VM \"vm-2\""));
}

TEST(NodeAdoptionTest, AProviderIdThatNoMachineCanHoldIsSaid) {
  ExpectRefused(StateOf(Waiting(), {{"vm-1", "x://" + std::string(509, 'x')}}),
                kNodeProviderIdConflict);
}

TEST(NodeAdoptionTest, AMachineWithAProviderIdKeepsIt) {
  ExpectAdopted(StateOf(WithId("x://1"), {{"any-name", "x://1", {}}}), "x://1");
  ExpectAwaited(StateOf(WithId("x://1"), {{"vm-1", ""}}),
                kNodeWithoutProviderId);
  ExpectAwaited(StateOf(WithId("x://1"), {}), kNodeNotFound);
  const NodeState changed = StateOf(WithId("x://1"), {{"vm-1", "x://2"}});
  ExpectRefused(changed, kNodeProviderIdConflict);
  EXPECT_THAT(changed.message, HasSubstr("x://2, the machine has x://1"));
  ExpectRefused(
      StateOf(WithId("x://1"), {{"vm-1", "x://1"}, {"vm-2", "x://1"}}),
      kNodeAmbiguous);
}

}  // namespace
}  // namespace evroc::shim
