// A machine whose provider ID comes from its Node (ADR 24).

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/testing/reconcile_fixture.h"

namespace evroc::shim {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

using Phase = NodeState::Phase;

constexpr char kOfRke2[] = "rke2://m-infra";

class ExternalProviderTest : public ::testing::Test {
 protected:
  void SetAnnotation(const std::string& value) {
    fixture_.Change(kEvrocClusterType, "c",
                    R"({"metadata": {"annotations":
           {"infrastructure.cluster.x-k8s.io/external-cloud-provider": )" +
                        value + "}}}");
  }
  // A machine that runs in a cluster with the annotation.
  void MakeMachine() {
    SetAnnotation(R"("true")");
    fixture_.MakeNetwork();
    fixture_.AddMachine("m", true);
    fixture_.MakeMachine("m");
  }
  void LinkNode(const std::string& provider_id = kOfRke2) {
    fixture_.nodes.SetState(key_, NodeLinked("m-infra", provider_id));
    ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  }

  std::string Condition(const std::string& type) {
    return ReconcileFixture::ConditionOf(fixture_.EvrocMachine("m"), type);
  }
  std::string ProviderId() {
    return std::string(
        fixture_.EvrocMachine("m").At("spec.providerID").String());
  }
  bool Provisioned() {
    return fixture_.EvrocMachine("m")
        .At("status.initialization.provisioned")
        .Bool();
  }
  std::string Uid() {
    return fixture_.compute.Machine(fixture_.MachineId("m"))->uid();
  }

  const ObjectKey key_{"ns", "m-infra"};
  ReconcileFixture fixture_;
};

TEST_F(ExternalProviderTest, IM07TheProviderIdAndProvisionedComeWithTheNode) {
  MakeMachine();
  EXPECT_EQ(ProviderId(), "");
  EXPECT_FALSE(Provisioned());
  // The time that its Node may take is counted from here.
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_EQ(Condition("NodeLinked"), "Unknown/WaitingForNode");
  EXPECT_EQ(Condition("NodeInitialized"), "");
  const auto wanted = fixture_.nodes.DesiredFor(key_);
  ASSERT_TRUE(wanted.has_value());
  EXPECT_TRUE(wanted->read_only);
  EXPECT_EQ(wanted->provider_id, "");
  EXPECT_EQ(wanted->vm_provider_id, "evroc://" + Uid());
  EXPECT_FALSE(wanted->addresses.empty());

  LinkNode();
  EXPECT_EQ(ProviderId(), kOfRke2);
  EXPECT_TRUE(Provisioned());
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_EQ(Condition("NodeLinked"), "True/NodeLinked");
  EXPECT_EQ(fixture_.nodes.DesiredFor(key_)->provider_id, kOfRke2);
  EXPECT_THAT(fixture_.changes(), Contains("ProviderIDAdopted"));
}

TEST_F(ExternalProviderTest, IM20NothingIsWrittenWhileTheNodeIsAwaited) {
  MakeMachine();
  int writes = fixture_.kube.WriteCount();
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(fixture_.kube.WriteCount(), writes);
  LinkNode();
  writes = fixture_.kube.WriteCount();
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(fixture_.kube.WriteCount(), writes);
}

TEST_F(ExternalProviderTest, TheAnnotationIsReadAsTheOfficialProviderDoes) {
  SetAnnotation(R"(" True")");
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.MakeMachine("m");
  EXPECT_EQ(ProviderId(), "");
  SetAnnotation(R"("yes")");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(ProviderId(), "evroc://" + Uid());
}

TEST_F(ExternalProviderTest, ItWinsOverTheNodeInitialiser) {
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"spec": {"nodeInitialization": "provider"}})");
  MakeMachine();
  EXPECT_EQ(ProviderId(), "");
  EXPECT_TRUE(fixture_.nodes.DesiredFor(key_)->read_only);
}

TEST_F(ExternalProviderTest, AProviderIdIsNeverOverwritten) {
  MakeMachine();
  LinkNode();
  LinkNode("rke2://other");
  EXPECT_EQ(ProviderId(), kOfRke2);
  fixture_.nodes.SetState(
      key_, {Phase::kFailed, kNodeProviderIdConflict, "another's"});
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(ProviderId(), kOfRke2);
  EXPECT_EQ(Condition("NodeLinked"), "False/ProviderIDConflict");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
}

TEST_F(ExternalProviderTest, ANodeThatIsNotProvenIsToldAndNotTakenOver) {
  MakeMachine();
  fixture_.nodes.SetState(key_, {Phase::kFailed, kNodeAmbiguous, "several"});
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(ProviderId(), "");
  EXPECT_FALSE(Provisioned());
  EXPECT_EQ(Condition("NodeLinked"), "False/NodeAmbiguous");
}

TEST_F(ExternalProviderTest, B1AVmThatIsLostBeforeItsNodeIsNotMadeAgain) {
  MakeMachine();
  fixture_.compute.Vanish(fixture_.MachineId("m"));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "False/Lost");
  EXPECT_FALSE(fixture_.nodes.DesiredFor(key_).has_value());
  // Not even where the status was lost.
  fixture_.Change(kEvrocMachineType, "m-infra",
                  R"({"status": {"machineID": null, "state": null}})",
                  "status");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "False/Lost");
}

TEST_F(ExternalProviderTest, AnotherVmUnderItsNameIsNotTheMachines) {
  MakeMachine();
  LinkNode();
  fixture_.compute.Change(fixture_.MachineId("m"),
                          [](auto& vm) { vm.set_uid("another"); });
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "False/Lost");
  EXPECT_EQ(ProviderId(), kOfRke2);
}

TEST_F(ExternalProviderTest, InARunningClusterProviderIdsStay) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.MakeMachine("m");
  const std::string own = "evroc://" + Uid();
  SetAnnotation(R"("true")");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(ProviderId(), own);
  EXPECT_TRUE(Provisioned());
  EXPECT_EQ(Condition("NodeInitialized"), "");
  EXPECT_EQ(Condition("NodeLinked"), "Unknown/WaitingForNode");
  const auto wanted = fixture_.nodes.DesiredFor(key_);
  EXPECT_TRUE(wanted->read_only);
  EXPECT_EQ(wanted->provider_id, own);
}

TEST_F(ExternalProviderTest, WithoutTheAnnotationAnymoreProviderIdsStay) {
  MakeMachine();
  LinkNode();
  SetAnnotation("null");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(ProviderId(), kOfRke2);
  EXPECT_EQ(Condition("NodeLinked"), "");
  EXPECT_FALSE(fixture_.nodes.DesiredFor(key_)->read_only);
  EXPECT_EQ(fixture_.nodes.DesiredFor(key_)->provider_id, kOfRke2);
}

TEST_F(ExternalProviderTest, AMoveKeepsTheProviderIdAndTheVm) {
  MakeMachine();
  LinkNode();
  const int vms = static_cast<int>(fixture_.compute.MachineIds().size());
  fixture_.Change(kEvrocMachineType, "m-infra", R"({"status": null})",
                  "status");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(ProviderId(), kOfRke2);
  EXPECT_TRUE(Provisioned());
  EXPECT_EQ(fixture_.compute.MachineIds().size(), vms);
}

TEST_F(ExternalProviderTest, IM14AMachineWithoutAProviderIdIsDeleted) {
  MakeMachine();
  fixture_.compute.SetInstant(true);
  fixture_.network.SetInstant(true);
  fixture_.Delete(kEvrocMachineType, "m-infra");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_FALSE(fixture_.HasEvrocMachine("m"));
  EXPECT_THAT(fixture_.compute.MachineIds(), IsEmpty());
}

TEST_F(ExternalProviderTest, IM10AFailedCallSaysNothingOfAMachineThatRuns) {
  MakeMachine();
  fixture_.compute.faults().Fail("ApplyVirtualMachine",
                                 absl::PermissionDeniedError("no"));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "True/Ready");
}

TEST_F(ExternalProviderTest, IC10AlsoInAClusterThatIsManagedElsewhere) {
  MakeMachine();
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"annotations":
                     {"cluster.x-k8s.io/managed-by": "another"}}})");
  LinkNode();
  EXPECT_EQ(ProviderId(), kOfRke2);
  EXPECT_TRUE(Provisioned());
}

}  // namespace
}  // namespace evroc::shim
