// What an EvrocMachine that exists keeps, whatever becomes of its spec and its
// metadata, and what its status says of that (ADR 32).

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/testing/reconcile_fixture.h"

namespace evroc::shim {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

class InForceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fixture_.MakeNetwork();
    fixture_.AddMachine("m", true);
  }

  std::string Ready() {
    return ReconcileFixture::ConditionOf(fixture_.EvrocMachine("m"), "Ready");
  }
  std::string Status(const char* path) {
    return std::string(
        fixture_.EvrocMachine("m").At("status").At(path).String());
  }
  std::vector<std::string> Groups() {
    const auto vm = fixture_.compute.Machine(fixture_.MachineId("m"));
    return {vm->security_group_ids().begin(), vm->security_group_ids().end()};
  }

  ReconcileFixture fixture_;
};

TEST_F(InForceTest, MachinesOfAClusterThatIsOursKeepTheirGroups) {
  fixture_.MakeMachine("m");
  const std::vector<std::string> before = Groups();
  EXPECT_THAT(before, Not(IsEmpty()));
  fixture_.Change(kEvrocClusterType, "c", R"({"metadata": {"annotations":
      {"cluster.x-k8s.io/managed-by": "them"}}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Groups(), before);
}

TEST_F(InForceTest, AMachineRecordsItsSubnetAndStaysInIt) {
  fixture_.MakeMachine("m");
  const std::string first = Status("subnetName");
  EXPECT_EQ(first, "net");
  fixture_.Change(kEvrocClusterType, "c", R"({"spec": {"network": {"subnets":
      [{"name": "earlier", "cidrBlock": "10.0.9.0/24", "zone": "a"},
       {"name": "net", "cidrBlock": "10.0.1.0/24", "zone": "a"}]}}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Ready(), "True/Ready");
  EXPECT_EQ(Status("subnetName"), first);
  // Set to the value in force, and left out again.
  for (const char* name : {"\"net\"", "null"}) {
    fixture_.Change(kEvrocMachineType, "m-infra",
                    absl::StrCat(R"({"spec": {"subnetName": )", name, "}}"));
    ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
    EXPECT_EQ(Ready(), "True/Ready") << name;
    EXPECT_EQ(Status("subnetName"), first);
  }
}

// The status, which says it too, does not move.
TEST_F(InForceTest, AMachineStaysInItsSubnetAfterAMove) {
  ReconcileFixture fixture;
  fixture.Change(kEvrocClusterType, "c", R"({"spec": {"network": {"subnets":
      [{"name": "net", "cidrBlock": "10.0.1.0/24", "zone": "a"}]}}})");
  fixture.MakeNetwork();
  fixture.AddMachine("m", true);
  fixture.MakeMachine("m");
  fixture.Change(kEvrocClusterType, "c", R"({"spec": {"network": {"subnets":
      [{"name": "earlier", "cidrBlock": "10.0.9.0/24", "zone": "a"},
       {"name": "net", "cidrBlock": "10.0.1.0/24", "zone": "a"}]}}})");
  fixture.Change(kEvrocClusterType, "c", R"({"status": null})", "status");
  fixture.Change(kEvrocMachineType, "m-infra", R"({"status": null})", "status");
  fixture.Restart();
  fixture.MakeNetwork();
  ASSERT_TRUE(fixture.ReconcileMachine("m").ok());
  EXPECT_EQ(fixture.EvrocMachine("m").At("status.subnetName").String(), "net");
}

// A tool that writes the object as it has it in a file takes them away.
TEST_F(InForceTest, WhatIsTakenFromTheMetadataIsWrittenAgain) {
  fixture_.Change(kEvrocMachineType, "m-infra",
                  R"({"spec": {"placementConfig": {"strategy": "Spread"}}})");
  fixture_.MakeMachine("m");
  const auto meta = [&] { return DecodeMeta(fixture_.EvrocMachine("m")); };
  const ObjectMeta before = meta();
  const std::vector<std::string> groups = Groups();
  EXPECT_THAT(before.finalizers, Contains(kMachineFinalizer));
  fixture_.Change(kEvrocMachineType, "m-infra",
                  R"({"metadata": {"finalizers": null, "annotations":
                     {"evroc.com/zone": null, "evroc.com/control-plane": null,
                      "evroc.com/cluster-id": null,
                      "evroc.com/spread-group": null}}})");
  EXPECT_THAT(meta().finalizers, IsEmpty());
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(meta().annotations, before.annotations);
  EXPECT_EQ(meta().finalizers, before.finalizers);
  EXPECT_EQ(Groups(), groups);
  EXPECT_EQ(Ready(), "True/Ready");
}

// Only its annotations say where one is that is not made yet.
TEST_F(InForceTest, AMachineThatIsNotMadeYetKeepsItsZone) {
  const auto zone = [&] {
    return std::string(
        DecodeMeta(fixture_.EvrocMachine("m")).Annotation(kZoneAnnotation));
  };
  fixture_.compute.faults().Fail("ApplyVirtualMachine",
                                 absl::UnavailableError("HTTP 503"));
  fixture_.ReconcileMachine("m").IgnoreError();
  const std::string chosen = zone();
  ASSERT_NE(chosen, "");
  // Another zone would be chosen now.
  fixture_.AddMachine("n", true, chosen);
  fixture_.MakeMachine("n");
  fixture_.Restart();
  fixture_.MakeNetwork();
  fixture_.Change(kEvrocMachineType, "m-infra",
                  R"({"metadata": {"annotations": {"evroc.com/zone": null}}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(zone(), chosen);
}

}  // namespace
}  // namespace evroc::shim
