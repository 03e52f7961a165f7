#include "tests/evroc_sim/cloud/cloud.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "tests/evroc_sim/cloud/cloud_fixture.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

TEST_F(CloudTest, AProjectStartsWithItsDefaultNetwork) {
  Settle();
  EXPECT_NE(Get(Kind::kVpc, "default-se-sto"), nullptr);
  EXPECT_EQ(
      Get(Kind::kSubnet, "default-se-sto-b")->spec["ipv4CidrBlock"].String(),
      "10.0.2.0/24");
  EXPECT_NE(Get(Kind::kSecurityGroup, "default-allow-egress"), nullptr);
  EXPECT_NE(Get(Kind::kSecurityGroup, "default-allow-ssh"), nullptr);
  Settle();
  EXPECT_TRUE(IsReady(Kind::kSubnet, "default-se-sto-a"));
}

TEST_F(CloudTest, AMachinePostedWithItsDiskComesUp) {
  MakeDisk("d");
  const auto written = Create(Kind::kVirtualMachine, "m", MachineSpec("d"));
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(written->object->status["virtualMachineStatus"].String(),
            "Creating");
  Settle();
  const ObjectPtr machine = Get(Kind::kVirtualMachine, "m");
  EXPECT_EQ(machine->status["virtualMachineStatus"].String(), "Running");
  EXPECT_TRUE(IsReady(Kind::kVirtualMachine, "m"));
  EXPECT_EQ(machine->status.At("networking.privateIPv4Address").String(),
            "10.0.1.2");
  EXPECT_EQ(machine->status["attachedDisks"][0]["device"].String(), "/dev/vda");
  EXPECT_EQ(Get(Kind::kDisk, "d")
                ->status["diskUsage"][0]["virtualMachineRef"]
                .String(),
            FqidOf(machine->key));
  EXPECT_EQ(Get(Kind::kSubnet, "default-se-sto-a")
                ->status["usingIPv4AddressCount"]
                .Integer(),
            1);
}

TEST_F(CloudTest, AnImageDiskSaysHowFarItIs) {
  MakeDisk("d");
  const JsonView condition = Get(Kind::kDisk, "d")->status["conditions"][0];
  EXPECT_EQ(condition["reason"].String(), "ImportScheduled");
  Settle();
  EXPECT_TRUE(IsReady(Kind::kDisk, "d"));
}

TEST_F(CloudTest, PublicAddressesFollowTheirUser) {
  MustCreate(Kind::kPublicIp, "ip", "{}");
  EXPECT_FALSE(
      Get(Kind::kPublicIp, "ip")->status["publicIPv4Address"].exists());
  MakeDisk("d");
  MustCreate(Kind::kVirtualMachine, "m",
             MachineSpec("d", absl::StrCat(
                                  R"(, "publicIPv4Address": {"static":
                                     {"publicIPRef": ")",
                                  kNet, R"(publicIPs/ip"}})")));
  Settle();
  const std::string address(
      Get(Kind::kPublicIp, "ip")->status["publicIPv4Address"].String());
  EXPECT_FALSE(address.empty());
  EXPECT_EQ(Get(Kind::kPublicIp, "ip")->status["usedByRef"].String(),
            FqidOf(KeyOf(Kind::kVirtualMachine, "m")));
  EXPECT_EQ(Get(Kind::kVirtualMachine, "m")
                ->status.At("networking.publicIPv4Address")
                .String(),
            address);

  ASSERT_TRUE(Patch(Kind::kVirtualMachine, "m",
                    R"({"networking": {"publicIPv4Address": {"static":
                        {"publicIPRef": null}}}})")
                  .ok());
  EXPECT_FALSE(Get(Kind::kPublicIp, "ip")->status["usedByRef"].exists());
  EXPECT_FALSE(Get(Kind::kVirtualMachine, "m")
                   ->status.At("networking.publicIPv4Address")
                   .exists());
}

TEST_F(CloudTest, WhatIsInUseLingersUntilItsUserIsGone) {
  MakeDisk("d");
  MustCreate(Kind::kVirtualMachine, "m", MachineSpec("d"));
  Settle();
  ASSERT_TRUE(cloud_.Delete(KeyOf(Kind::kDisk, "d")).ok());
  Settle();
  EXPECT_EQ(StatusOfGet(Kind::kDisk, "d"), 200);
  ASSERT_TRUE(cloud_.Delete(KeyOf(Kind::kVirtualMachine, "m")).ok());
  EXPECT_EQ(StatusOfGet(Kind::kVirtualMachine, "m"), 200);
  Settle();
  EXPECT_EQ(StatusOfGet(Kind::kVirtualMachine, "m"), 404);
  EXPECT_EQ(StatusOfGet(Kind::kDisk, "d"), 404);
}

TEST_F(CloudTest, WhatIsInUseCanBeRefusedInstead) {
  Set(R"({"choices": {"delete_in_use": "refuse"}})");
  MakeDisk("d");
  MustCreate(Kind::kVirtualMachine, "m", MachineSpec("d"));
  EXPECT_EQ(HttpStatusOf(cloud_.Delete(KeyOf(Kind::kDisk, "d")).status()), 409);
}

TEST_F(CloudTest, AnAddressOfADeletedMachineIsGivenOutAgain) {
  MakeDisk("d");
  MakeDisk("e");
  MustCreate(Kind::kVirtualMachine, "m", MachineSpec("d"));
  Settle();
  ASSERT_TRUE(cloud_.Delete(KeyOf(Kind::kVirtualMachine, "m")).ok());
  Settle();
  MustCreate(Kind::kVirtualMachine, "n", MachineSpec("e"));
  Settle();
  EXPECT_EQ(Get(Kind::kVirtualMachine, "n")
                ->status.At("networking.privateIPv4Address")
                .String(),
            "10.0.1.2");
}

TEST_F(CloudTest, AnIdIsTakenUntilItsObjectIsGone) {
  MakeDisk("d");
  EXPECT_EQ(HttpStatusOf(Create(Kind::kDisk, "d",
                                R"({"placement": {"zone": "a"},
                                    "diskSize": {"amount": 1, "unit": "GB"}})")
                             .status()),
            409);
  ASSERT_TRUE(cloud_.Delete(KeyOf(Kind::kDisk, "d")).ok());
  EXPECT_EQ(HttpStatusOf(Create(Kind::kDisk, "d",
                                R"({"placement": {"zone": "a"},
                                    "diskSize": {"amount": 1, "unit": "GB"}})")
                             .status()),
            409);
  Settle();
  MakeDisk("d");
}

TEST_F(CloudTest, MachinesStopAndStart) {
  MakeDisk("d");
  MustCreate(Kind::kVirtualMachine, "m", MachineSpec("d"));
  Settle();
  ASSERT_TRUE(Patch(Kind::kVirtualMachine, "m", R"({"running": false})").ok());
  EXPECT_EQ(Get(Kind::kVirtualMachine, "m")->phase, "Stopping");
  Settle();
  EXPECT_EQ(Get(Kind::kVirtualMachine, "m")->phase, "Stopped");
  EXPECT_FALSE(IsReady(Kind::kVirtualMachine, "m"));
  ASSERT_TRUE(Patch(Kind::kVirtualMachine, "m", R"({"running": true})").ok());
  Settle();
  EXPECT_EQ(Get(Kind::kVirtualMachine, "m")->phase, "Running");
}

TEST_F(CloudTest, MisfortunesHappenToMachines) {
  cloud_.EditFaults([](ObjectFaults& faults) {
    faults.Add({.outcome = "fail", .kind = Kind::kVirtualMachine});
  });
  MakeDisk("d");
  MustCreate(Kind::kVirtualMachine, "m", MachineSpec("d"));
  Settle();
  EXPECT_EQ(
      Get(Kind::kVirtualMachine, "m")->status["virtualMachineStatus"].String(),
      "ProvisioningFailed");
  ASSERT_TRUE(
      cloud_.ActOnMachine(KeyOf(Kind::kVirtualMachine, "m"), "vanish").ok());
  EXPECT_EQ(StatusOfGet(Kind::kVirtualMachine, "m"), 404);
  EXPECT_EQ(Get(Kind::kDisk, "d")->status["diskUsage"].size(), 0u);
}

TEST_F(CloudTest, AStuckDiskHoldsItsMachineUp) {
  cloud_.EditFaults([](ObjectFaults& faults) {
    faults.Add({.outcome = "stuck", .kind = Kind::kDisk});
  });
  MakeDisk("d");
  MustCreate(Kind::kVirtualMachine, "m", MachineSpec("d"));
  Settle();
  EXPECT_EQ(Get(Kind::kDisk, "d")->phase, "ImportScheduled");
  EXPECT_EQ(Get(Kind::kVirtualMachine, "m")->phase, "Pending");
}

TEST_F(CloudTest, ALoadBalancerIsReadyOnceItsPartsAreThere) {
  MustCreate(Kind::kPublicIp, "ip", "{}");
  MustCreate(Kind::kLoadBalancer, "lb",
             absl::StrCat(R"({"publicIPRef": ")", kNet,
                          R"(publicIPs/ip", "listeners": [{"port": 6443,
                             "protocol": "TCP", "routeRefs": [")",
                          kBalancers, R"(l4Routes/r"]}]})"));
  Settle();
  EXPECT_FALSE(IsReady(Kind::kLoadBalancer, "lb"));
  MustCreate(Kind::kL4Route, "r",
             absl::StrCat(R"({"defaultBackendServiceRef": ")", kBalancers,
                          R"(backendServices/s"})"));
  Settle();
  EXPECT_TRUE(IsReady(Kind::kLoadBalancer, "lb"));
  EXPECT_FALSE(IsReady(Kind::kL4Route, "r"));
  MustCreate(Kind::kBackendPool, "pool", "{}");
  MustCreate(Kind::kBackendService, "s",
             absl::StrCat(R"({"port": 6443, "backendPoolRef": ")", kBalancers,
                          R"(backendPools/pool"})"));
  Settle();
  EXPECT_TRUE(IsReady(Kind::kL4Route, "r"));
  EXPECT_TRUE(IsReady(Kind::kBackendService, "s"));
  EXPECT_TRUE(Get(Kind::kBackendService, "s")->status["backends"].is_array());
  EXPECT_EQ(Get(Kind::kLoadBalancer, "lb")
                ->status.At("networking.publicIPv4Address")
                .String(),
            Get(Kind::kPublicIp, "ip")->status["publicIPv4Address"].String());
}

TEST_F(CloudTest, APatchThatChangesNothingKeepsTheVersion) {
  MustCreate(Kind::kBackendPool, "pool", R"({"backendRefs": []})");
  const ObjectPtr before = Get(Kind::kBackendPool, "pool");
  const auto after =
      Patch(Kind::kBackendPool, "pool", R"({"backendRefs": []})");
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(after->object->resource_version, before->resource_version);
}

TEST_F(CloudTest, AStaleVersionIsRefused) {
  MustCreate(Kind::kBackendPool, "pool", "{}");
  const std::string old =
      absl::StrCat(Get(Kind::kBackendPool, "pool")->resource_version);
  Revision revision;
  revision.labels = *Json::Parse(R"({"a": "b"})");
  revision.resource_version = old;
  ASSERT_TRUE(cloud_.Update(KeyOf(Kind::kBackendPool, "pool"), revision).ok());
  const auto again = cloud_.Update(KeyOf(Kind::kBackendPool, "pool"), revision);
  EXPECT_EQ(HttpStatusOf(again.status()), 409);
  EXPECT_EQ(ReasonOf(again.status()), "Conflict");
}

TEST_F(CloudTest, LabelsArePatchedByBothReadings) {
  Draft draft;
  draft.labels = {{"a", "1"}, {"b", "2"}};
  const Key key = KeyOf(Kind::kBackendPool, "pool");
  ASSERT_TRUE(cloud_.Create(key, std::move(draft)).ok());
  Revision revision;
  revision.labels = *Json::Parse(R"({"b": null, "c": "3"})");
  ASSERT_TRUE(cloud_.Update(key, revision).ok());
  EXPECT_EQ(Get(Kind::kBackendPool, "pool")->user_labels,
            (LabelMap{{"a", "1"}, {"c", "3"}}));
  Set(R"({"choices": {"label_patch": "replace"}})");
  revision.labels = *Json::Parse(R"({"d": "4"})");
  ASSERT_TRUE(cloud_.Update(key, revision).ok());
  EXPECT_EQ(Get(Kind::kBackendPool, "pool")->user_labels,
            (LabelMap{{"d", "4"}}));
}

TEST_F(CloudTest, ChangesCanBeFollowed) {
  int64_t version = cloud_.resource_version();
  MustCreate(Kind::kBackendPool, "pool", "{}");
  std::vector<sim::Change> changes;
  ASSERT_TRUE(cloud_.AwaitChanges({}, version, changes));
  EXPECT_EQ(changes.back().object->key.id, "pool");
  EXPECT_EQ(version, cloud_.resource_version());
}

TEST_F(CloudTest, StateSurvivesARestart) {
  MakeDisk("d");
  MustCreate(Kind::kVirtualMachine, "m", MachineSpec("d"));
  Settle();
  MakeDisk("e");
  const Json state = cloud_.SaveState();

  FakeClock clock;
  Cloud again({}, clock);
  ASSERT_TRUE(again.LoadState(state).ok());
  EXPECT_EQ((*again.Get(KeyOf(Kind::kVirtualMachine, "m")))->rest_json,
            Get(Kind::kVirtualMachine, "m")->rest_json);
  EXPECT_EQ(again.SaveState()["objects"].size(), state["objects"].size());
  for (int i = 0; i < 20; ++i) {
    again.AwaitDueSteps();
    clock.Advance(absl::Milliseconds(100));
  }
  again.AwaitDueSteps();
  EXPECT_EQ((*again.Get(KeyOf(Kind::kDisk, "e")))->phase, "Ready");
}

TEST_F(CloudTest, FindsByLabel) {
  Draft draft;
  draft.labels = {{"team", "blue"}};
  ASSERT_TRUE(
      cloud_.Create(KeyOf(Kind::kBackendPool, "x"), std::move(draft)).ok());
  MustCreate(Kind::kBackendPool, "y", "{}");
  const auto found = cloud_.List(Kind::kBackendPool, "p", "se-sto",
                                 *LabelSelector::Parse("team in (blue)"));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0]->key.id, "x");
  EXPECT_EQ(cloud_
                .List(Kind::kVpc, "p", "se-sto",
                      *LabelSelector::Parse(
                          "networking.evroc.com/managed-network=default"))
                .size(),
            1u);
}

}  // namespace
}  // namespace evroc::sim
