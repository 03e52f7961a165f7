#include "shim/node/node_patch.h"

#include <string>

#include "absl/strings/string_view.h"
#include "common/json/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::HasSubstr;

Json Parsed(absl::string_view text) {
  absl::StatusOr<Json> json = Json::Parse(text);
  EXPECT_TRUE(json.ok()) << json.status();
  return *std::move(json);
}

DesiredNode Desired() {
  return DesiredNode{
      .provider_id = "evroc://uid-1",
      .vm_id = "vm-1",
      .instance_type = "c1a.m",
      .region = "se-sto",
      .zone = "a",
      .addresses = {{"InternalIP", "10.0.0.1"}, {"ExternalIP", "203.0.113.1"}}};
}

// A Node that is all that Desired() says.
Json RightNode() {
  return Parsed(R"({"metadata": {"name": "vm-1", "resourceVersion": "7",
      "labels": {"node.kubernetes.io/instance-type": "c1a.m",
                 "topology.kubernetes.io/region": "se-sto",
                 "topology.kubernetes.io/zone": "a", "mine": "too"}},
    "spec": {"providerID": "evroc://uid-1",
             "taints": [{"key": "dedicated", "effect": "NoSchedule"}]},
    "status": {"addresses": [{"type": "Hostname", "address": "vm-1"},
        {"type": "InternalIP", "address": "10.0.0.1"},
        {"type": "ExternalIP", "address": "203.0.113.1"}]}})");
}

NodePlan PlanFor(const Json& node) {
  return PlanNode(Desired(), ReadNode(node));
}

// What becomes of the Node when the plan is carried out.
Json After(Json node) {
  const NodePlan plan = PlanFor(node);
  EXPECT_EQ(plan.conflict, "");
  if (plan.status_patch) node.MergePatch(*plan.status_patch);
  if (plan.node_patch) node.MergePatch(*plan.node_patch);
  return node;
}

TEST(NodePatchTest, WritesNothingWhenAllIsRight) {
  EXPECT_TRUE(PlanFor(RightNode()).nothing_to_do());
}

TEST(NodePatchTest, MakesAFreshlyRegisteredNodeRight) {
  const Json fresh = Parsed(R"({"metadata": {"name": "vm-1",
      "resourceVersion": "3", "labels": {"mine": "too"}},
    "spec": {"taints": [
        {"key": "node.cloudprovider.kubernetes.io/uninitialized",
         "value": "true", "effect": "NoSchedule"},
        {"key": "dedicated", "effect": "NoSchedule"}]}})");
  const NodePlan plan = PlanFor(fresh);
  EXPECT_EQ(plan.node_patch->Dump(),
            R"({"metadata":{"resourceVersion":"3","labels":{)"
            R"("node.kubernetes.io/instance-type":"c1a.m",)"
            R"("topology.kubernetes.io/region":"se-sto",)"
            R"("topology.kubernetes.io/zone":"a"}},)"
            R"("spec":{"providerID":"evroc://uid-1",)"
            R"("taints":[{"key":"dedicated","effect":"NoSchedule"}]}})");
  EXPECT_EQ(plan.status_patch->Dump(),
            R"({"metadata":{"resourceVersion":"3"},"status":{"addresses":[)"
            R"({"type":"InternalIP","address":"10.0.0.1"},)"
            R"({"type":"ExternalIP","address":"203.0.113.1"}]}})");
  EXPECT_TRUE(PlanFor(After(fresh)).nothing_to_do());
}

TEST(NodePatchTest, TheLastTaintLeavesNoListBehind) {
  Json node = RightNode();
  node.SetAt("spec.taints",
             Json::Array({Json::Object(
                 {{"key", kUninitializedTaint}, {"effect", "NoSchedule"}})}));
  EXPECT_EQ(PlanFor(node).node_patch->Dump(),
            R"({"metadata":{"resourceVersion":"7"},"spec":{"taints":null}})");
}

TEST(NodePatchTest, TakesOffTheTaintInAllItsEffects) {
  Json node = RightNode();
  node.SetAt("spec.taints",
             Json::Array({Json::Object({{"key", kUninitializedTaint},
                                        {"effect", "NoSchedule"}}),
                          Json::Object({{"key", "other"}}),
                          Json::Object({{"key", kUninitializedTaint},
                                        {"effect", "NoExecute"}})}));
  EXPECT_EQ(After(node).At("spec.taints").Dump(), R"([{"key":"other"}])");
}

TEST(NodePatchTest, PatchesOnlyWhatIsMissing) {
  Json node = RightNode();
  node.SetAt("metadata.labels",
             Json::Object({{kZoneLabel, "b"}, {kRegionLabel, "se-sto"}}));
  const NodePlan plan = PlanFor(node);
  EXPECT_FALSE(plan.status_patch);
  EXPECT_EQ(plan.node_patch->Dump(),
            R"({"metadata":{"resourceVersion":"7","labels":{)"
            R"("node.kubernetes.io/instance-type":"c1a.m",)"
            R"("topology.kubernetes.io/zone":"a"}}})");
}

TEST(NodePatchTest, WhatIsNotDesiredIsLeftAlone) {
  DesiredNode desired = Desired();
  desired.zone = desired.region = desired.instance_type = "";
  desired.addresses.clear();
  Json node = RightNode();
  node.SetAt("metadata.labels", Json::Object({{kZoneLabel, "z"}}));
  node.SetAt("status.addresses", Json::Array());
  EXPECT_TRUE(PlanNode(desired, ReadNode(node)).nothing_to_do());
}

TEST(NodePatchTest, AddsAddressesOfATypeThatTheNodeHasNoneOf) {
  Json node = RightNode();
  node.SetAt("status.addresses",
             Json::Array({Json::Object(
                 {{"type", "InternalIP"}, {"address", "192.168.0.5"}})}));
  EXPECT_EQ(PlanFor(node).status_patch->At("status.addresses").Dump(),
            R"([{"type":"InternalIP","address":"192.168.0.5"},)"
            R"({"type":"ExternalIP","address":"203.0.113.1"}])");
}

TEST(NodePatchTest, NeverTouchesANodeWithAnotherProviderId) {
  Json node = RightNode();
  node.SetAt("spec.providerID", "rke2://vm-1");
  node.SetAt("metadata.labels", Json::Object());
  node.SetAt("status.addresses", Json::Array());
  const NodePlan plan = PlanFor(node);
  EXPECT_FALSE(plan.node_patch);
  EXPECT_FALSE(plan.status_patch);
  EXPECT_THAT(plan.conflict, HasSubstr("\"rke2://vm-1\""));
  EXPECT_THAT(plan.conflict, HasSubstr("\"evroc://uid-1\""));
}

TEST(NodePatchTest, NodesOfAnyShapeAreRead) {
  for (const char* text :
       {"null", "[]", R"({"metadata": 1})",
        R"({"spec": {"taints": {"a": 1}, "providerID": 5}})",
        R"({"spec": {"taints": [1, null, []]}})",
        R"({"status": {"addresses": [null, 3, {"type": 1}]}})"}) {
    EXPECT_EQ(PlanFor(Parsed(text)).conflict, "") << text;
  }
}

}  // namespace
}  // namespace evroc::shim
