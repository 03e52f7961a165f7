// The contract of ComputeServiceClient, tested on the fake of the shim's tests
// and on the real service.

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/rpc/testing/desired_resources.h"
#include "tests/contract/services/test_services.h"
#include "tests/contract/services/watched_resources.h"

namespace evroc::shim {
namespace {

constexpr char kMine[] = "65e2bb15-5dea-4db4-919c-ebe15a25751a";
constexpr char kOther[] = "0e2bb151-5dea-4db4-919c-ebe15a25751a";

using compute::v1::VirtualMachine;
using ::testing::ElementsAre;
using ::testing::IsSupersetOf;
using ::testing::SizeIs;

using Watched = WatchedResources<compute::v1::WatchResponse>;
using Spoil = std::function<void(VirtualMachine&)>;

class ComputeServiceContractTest : public ::testing::TestWithParam<Setup> {
 protected:
  ComputeServiceContractTest()
      : services_(GetParam().make(GetParam().dialect)) {}

  static VirtualMachine Desired(const std::string& cluster = "c1",
                                const std::string& machine = "m1") {
    VirtualMachine desired = TestMachine(cluster, machine);
    desired.set_subnet_id("default-se-sto-a");
    return desired;
  }
  static VirtualMachine WithDataDisk() {
    VirtualMachine desired = Desired();
    compute::v1::DataDisk& disk = *desired.add_data_disks();
    disk.set_name("data");
    disk.set_size_gb(50);
    return desired;
  }
  absl::StatusOr<VirtualMachine> TryApply(const VirtualMachine& desired,
                                          bool provisioned_before = false) {
    return services_->compute().ApplyVirtualMachine({}, scope_, desired,
                                                    provisioned_before);
  }
  VirtualMachine Apply(const VirtualMachine& desired,
                       bool provisioned_before = false) {
    const auto machine = TryApply(desired, provisioned_before);
    EXPECT_TRUE(machine.ok()) << machine.status();
    return machine.value_or(VirtualMachine());
  }
  VirtualMachine Run(const VirtualMachine& desired) {
    Apply(desired);
    services_->Settle();
    VirtualMachine machine = Apply(desired);
    EXPECT_EQ(machine.state(), VirtualMachine::STATE_RUNNING)
        << machine.DebugString();
    return machine;
  }
  std::string Refused(const Spoil& spoil) {
    VirtualMachine desired = Desired();
    spoil(desired);
    return Summary(TryApply(desired).status());
  }
  // The kinds of what remains.
  std::string Delete(const common::v1::Owner& owner) {
    const auto remaining =
        services_->compute().DeleteVirtualMachine({}, scope_, {.owner = owner});
    return remaining.ok() ? Summary(*remaining) : Summary(remaining.status());
  }
  void DeleteUntilGone(const common::v1::Owner& owner) {
    while (!Delete(owner).empty()) services_->Settle();
  }
  std::string DeleteCluster(const std::string& id) {
    const auto remaining = services_->compute().DeleteClusterMachines(
        {}, scope_, {.cluster_id = id});
    return remaining.ok() ? Summary(*remaining) : Summary(remaining.status());
  }
  void DeleteClusterUntilGone(const std::string& id) {
    while (!DeleteCluster(id).empty()) services_->Settle();
  }

  const common::v1::CloudScope scope_ = TestedScope();
  const common::v1::Owner owner_ = TestOwner("c1", "m1");
  const std::unique_ptr<TestServices> services_;
};

TEST_P(ComputeServiceContractTest, AMachineIsMadeAndRuns) {
  const VirtualMachine made = Apply(Desired());
  EXPECT_EQ(made.state(), VirtualMachine::STATE_PROVISIONING);
  EXPECT_THAT(Summary(made.conditions()),
              IsSupersetOf({"VMReady=False/Creating", "Ready=False/Creating"}));
  EXPECT_EQ(made.user_data(), "");
  EXPECT_EQ(made.private_ipv4_address(), "");
  EXPECT_EQ(Apply(Desired()).etag(), made.etag());
  services_->Settle();
  const VirtualMachine runs = Apply(Desired());
  EXPECT_EQ(runs.state(), VirtualMachine::STATE_RUNNING);
  EXPECT_THAT(Summary(runs.conditions()),
              ElementsAre("DiskReady=True/Available", "VMReady=True/Available",
                          "Ready=True/Ready"));
  EXPECT_EQ(runs.id(), made.id());
  EXPECT_EQ(runs.uid(), made.uid());
  EXPECT_NE(runs.etag(), made.etag());
  EXPECT_EQ(Apply(Desired()).etag(), runs.etag());
}

TEST_P(ComputeServiceContractTest, ARunningMachineIsDescribed) {
  const VirtualMachine runs = Run(WithDataDisk());
  EXPECT_EQ(runs.owner().machine_name(), "name-of-m1");
  EXPECT_NE(runs.id(), "");
  EXPECT_NE(runs.uid(), "");
  EXPECT_EQ(runs.actual_zone(), "a");
  EXPECT_NE(runs.private_ipv4_address(), "");
  EXPECT_EQ(runs.public_ipv4_address(), "");
  ASSERT_THAT(runs.disks(), SizeIs(2));
  EXPECT_EQ(runs.disks(0).name(), "");
  EXPECT_EQ(runs.disks(1).name(), "data");
  EXPECT_EQ(runs.disks(1).size_gb(), 50);
  for (const compute::v1::DiskStatus& disk : runs.disks()) {
    EXPECT_NE(disk.id(), "");
    EXPECT_TRUE(disk.ready());
    EXPECT_TRUE(disk.attached());
  }
}

TEST_P(ComputeServiceContractTest, APublicIpLeadsToTheMachine) {
  const auto address =
      services_->network().ApplyPublicIp({}, scope_, TestAddress("c1", "m1"));
  ASSERT_TRUE(address.ok()) << address.status();
  services_->Settle();
  VirtualMachine desired = Desired();
  desired.set_public_ip_id(address->id());
  EXPECT_NE(Run(desired).public_ipv4_address(), "");
}

TEST_P(ComputeServiceContractTest, WrongFieldsAreNamed) {
  const std::pair<const char*, Spoil> wrong[] = {
      {"owner.cluster_id",
       [](auto& m) { m.mutable_owner()->clear_cluster_id(); }},
      {"owner.cluster_name",
       [](auto& m) { m.mutable_owner()->clear_cluster_name(); }},
      {"owner.machine_id",
       [](auto& m) { m.mutable_owner()->clear_machine_id(); }},
      {"owner.machine_name",
       [](auto& m) { m.mutable_owner()->clear_machine_name(); }},
      {"compute_profile", [](auto& m) { m.clear_compute_profile(); }},
      {"compute_profile", [](auto& m) { m.set_compute_profile("no"); }},
      {"boot_disk.image", [](auto& m) { m.clear_boot_disk(); }},
      {"data_disks[0].name",
       [](auto& m) { m.add_data_disks()->set_size_gb(1); }},
      {"data_disks[0].size_gb",
       [](auto& m) { m.add_data_disks()->set_name("data"); }},
      {"zone", [](auto& m) { m.clear_zone(); }},
      {"subnet_id", [](auto& m) { m.clear_subnet_id(); }},
      {"spread_group",
       [](auto& m) {
         m.set_spread_group("s");
         m.set_placement_group_id("g");
       }},
      {"user_data",
       [](auto& m) { m.set_user_data(std::string(786'433, 'x')); }},
  };
  for (const auto& [field, spoil] : wrong) {
    EXPECT_EQ(Refused(spoil), std::string("INVALID_ARGUMENT INVALID_FIELD "
                                          "virtual_machine.") +
                                  field);
  }
}

TEST_P(ComputeServiceContractTest, AllWrongFieldsAreNamedAtOnce) {
  EXPECT_EQ(Refused([](VirtualMachine& machine) {
              machine.mutable_owner()->clear_machine_name();
              machine.clear_zone();
            }),
            "INVALID_ARGUMENT INVALID_FIELD virtual_machine.owner.machine_name "
            "virtual_machine.zone");
}

TEST_P(ComputeServiceContractTest, WhatIsThereKeepsItsFields) {
  const std::pair<const char*, Spoil> fixed[] = {
      {"compute_profile", [](auto& m) { m.set_compute_profile("m1a.l"); }},
      {"zone", [](auto& m) { m.set_zone("b"); }},
      {"subnet_id", [](auto& m) { m.set_subnet_id("default-se-sto-b"); }},
      {"placement_group_id", [](auto& m) { m.set_placement_group_id("g"); }},
      {"spread_group", [](auto& m) { m.set_spread_group("s"); }},
      {"stack_type",
       [](auto& m) { m.set_stack_type(common::v1::STACK_TYPE_IPV6_ONLY); }},
      {"boot_mode",
       [](auto& m) { m.set_boot_mode(compute::v1::BOOT_MODE_UEFI); }},
      {"boot_disk.image",
       [](auto& m) { m.mutable_boot_disk()->set_image("ubuntu.24-04.1"); }},
      {"data_disks", [](auto& m) { m.clear_data_disks(); }},
      {"data_disks[0].image",
       [](auto& m) { m.mutable_data_disks(0)->set_image("ubuntu.24-04.1"); }},
  };
  VirtualMachine desired = WithDataDisk();
  desired.set_stack_type(common::v1::STACK_TYPE_DUAL_STACK);
  const VirtualMachine runs = Run(desired);
  for (const auto& [field, change] : fixed) {
    VirtualMachine changed = desired;
    change(changed);
    EXPECT_EQ(Summary(TryApply(changed).status()),
              std::string("FAILED_PRECONDITION IMMUTABLE_FIELD "
                          "virtual_machine.") +
                  field);
  }
  EXPECT_EQ(Apply(desired).etag(), runs.etag());
}

TEST_P(ComputeServiceContractTest, MachinesOfASetShareAGroup) {
  EXPECT_EQ(Apply(Desired("c1", "m1")).actual_placement_group_id(), "");
  DeleteUntilGone(owner_);
  VirtualMachine first = Desired("c1", "m1");
  first.set_spread_group("control-plane");
  VirtualMachine second = Desired("c1", "m2");
  second.set_spread_group("control-plane");
  const std::string group = Run(first).actual_placement_group_id();
  EXPECT_NE(group, "");
  EXPECT_EQ(Run(second).actual_placement_group_id(), group);
  second.set_spread_group("md-workers");
  EXPECT_EQ(Summary(TryApply(second).status()),
            "FAILED_PRECONDITION IMMUTABLE_FIELD virtual_machine.spread_group");
  second.clear_spread_group();
  // It stays where it is.
  EXPECT_EQ(Apply(second).actual_placement_group_id(), group);
  DeleteUntilGone(TestOwner("c1", "m2"));
  second.set_spread_group("md-workers");
  EXPECT_NE(Run(second).actual_placement_group_id(), group);
}

TEST_P(ComputeServiceContractTest, DisksGrowAndAreAdded) {
  Run(WithDataDisk());
  VirtualMachine desired = WithDataDisk();
  desired.mutable_boot_disk()->set_size_gb(30);
  desired.mutable_data_disks(0)->set_size_gb(60);
  compute::v1::DataDisk& more = *desired.add_data_disks();
  more.set_name("more");
  more.set_size_gb(10);
  Apply(desired);
  services_->Settle();
  const VirtualMachine grown = Run(desired);
  ASSERT_THAT(grown.disks(), SizeIs(3));
  EXPECT_EQ(grown.disks(0).size_gb(), 30);
  EXPECT_EQ(grown.disks(1).size_gb(), 60);
  EXPECT_EQ(grown.disks(2).name(), "more");
  EXPECT_TRUE(grown.disks(2).attached());
  desired.mutable_boot_disk()->set_size_gb(10);
  desired.mutable_data_disks(0)->set_size_gb(10);
  const VirtualMachine after = Run(desired);
  EXPECT_EQ(after.disks(0).size_gb(), 30);
  EXPECT_EQ(after.disks(1).size_gb(), 60);
}

TEST_P(ComputeServiceContractTest, AStoppedMachineSaysSo) {
  services_->Stop(Run(Desired()));
  const VirtualMachine stopped = Apply(Desired());
  EXPECT_EQ(stopped.state(), VirtualMachine::STATE_STOPPED);
  EXPECT_THAT(Summary(stopped.conditions()),
              ElementsAre("DiskReady=True/Available", "VMReady=False/Stopped",
                          "Ready=False/Stopped"));
  EXPECT_TRUE(stopped.disks(0).ready());
  EXPECT_TRUE(stopped.disks(0).attached());
}

// Whatever the caller has seen of it: it has not run.
TEST_P(ComputeServiceContractTest, AMachineWithoutRoomSaysSinceWhenItWaits) {
  const VirtualMachine made = Apply(Desired());
  EXPECT_FALSE(made.has_waiting_since());
  services_->RefuseRoom(made);
  for (const bool provisioned_before : {false, true}) {
    const VirtualMachine waits = Apply(Desired(), provisioned_before);
    EXPECT_EQ(waits.state(), VirtualMachine::STATE_PROVISIONING);
    EXPECT_TRUE(waits.has_waiting_since());
    EXPECT_THAT(Summary(waits.conditions()),
                IsSupersetOf({"VMReady=False/Unschedulable",
                              "Ready=False/Unschedulable"}));
  }
}

TEST_P(ComputeServiceContractTest, AFailedMachineIsLeftAsItIs) {
  services_->Fail(Apply(Desired()));
  VirtualMachine changed = Desired();
  changed.set_compute_profile("m1a.l");
  const VirtualMachine failed = Apply(changed);
  EXPECT_EQ(failed.state(), VirtualMachine::STATE_FAILED);
  EXPECT_THAT(Summary(failed.conditions()),
              IsSupersetOf({"VMReady=False/ProvisioningFailed",
                            "Ready=False/ProvisioningFailed"}));
}

TEST_P(ComputeServiceContractTest, AMachineThatRanIsLostAndNotMadeAgain) {
  const VirtualMachine runs = Run(Desired());
  services_->Lose(runs);
  for (const bool provisioned_before : {false, true}) {
    const VirtualMachine lost = Apply(Desired(), provisioned_before);
    EXPECT_EQ(lost.state(), VirtualMachine::STATE_LOST);
    EXPECT_THAT(Summary(lost.conditions()),
                ElementsAre("DiskReady=True/Available", "VMReady=False/Lost",
                            "Ready=False/Lost"));
    EXPECT_FALSE(lost.disks(0).attached());
    EXPECT_EQ(lost.id(), runs.id());
    EXPECT_EQ(lost.uid(), "");
    EXPECT_EQ(lost.actual_zone(), "");
    EXPECT_EQ(lost.private_ipv4_address(), "");
    services_->Settle();
  }
  EXPECT_EQ(Delete(owner_), "Disk");
  DeleteUntilGone(owner_);
  EXPECT_EQ(Apply(Desired()).state(), VirtualMachine::STATE_PROVISIONING);
}

TEST_P(ComputeServiceContractTest, WhatTheCallerSawRunningIsLostWithoutATrace) {
  const VirtualMachine lost = Apply(Desired(), /*provisioned_before=*/true);
  EXPECT_EQ(lost.state(), VirtualMachine::STATE_LOST);
  EXPECT_THAT(Summary(lost.conditions()),
              ElementsAre("DiskReady=False/Missing", "VMReady=False/Lost",
                          "Ready=False/Lost"));
  EXPECT_NE(lost.id(), "");
  EXPECT_EQ(lost.uid(), "");
  EXPECT_EQ(Apply(Desired()).state(), VirtualMachine::STATE_LOST);
  EXPECT_EQ(Delete(owner_), "");
}

TEST_P(ComputeServiceContractTest, AMachineThatNeverRanIsMadeAgain) {
  services_->Lose(Apply(Desired()));
  EXPECT_EQ(Apply(Desired()).state(), VirtualMachine::STATE_PROVISIONING);
  services_->Settle();
  EXPECT_EQ(Apply(Desired()).state(), VirtualMachine::STATE_RUNNING);
}

TEST_P(ComputeServiceContractTest, DeletionEndsInAbsence) {
  EXPECT_EQ(Delete(owner_), "");
  Run(Desired());
  EXPECT_THAT(Delete(owner_), ::testing::HasSubstr("VirtualMachine"));
  const VirtualMachine deleting = Apply(Desired());
  EXPECT_EQ(deleting.state(), VirtualMachine::STATE_DELETING);
  EXPECT_THAT(Summary(deleting.conditions()),
              IsSupersetOf({"VMReady=False/Deleting", "Ready=False/Deleting"}));
  DeleteUntilGone(owner_);
  EXPECT_EQ(Delete(owner_), "");
  EXPECT_EQ(Apply(Desired()).state(), VirtualMachine::STATE_PROVISIONING);
}

TEST_P(ComputeServiceContractTest, AllMachinesOfAClusterAreDeletedAtOnce) {
  EXPECT_EQ(DeleteCluster(""), "INVALID_ARGUMENT INVALID_FIELD cluster_id");
  Run(Desired("c1", "m1"));
  Run(Desired("c2", "m2"));
  EXPECT_THAT(DeleteCluster("c1"), ::testing::HasSubstr("VirtualMachine"));
  DeleteClusterUntilGone("c1");
  EXPECT_EQ(Apply(Desired("c2", "m2")).state(), VirtualMachine::STATE_RUNNING);
  EXPECT_EQ(Apply(Desired("c1", "m1")).state(),
            VirtualMachine::STATE_PROVISIONING);
}

TEST_P(ComputeServiceContractTest, WithoutAMachineIdNoMachineIsDeleted) {
  Run(Desired());
  common::v1::Owner cluster = owner_;
  cluster.clear_machine_id();
  EXPECT_EQ(Delete(cluster), "INVALID_ARGUMENT INVALID_FIELD owner.machine_id");
  EXPECT_EQ(Apply(Desired()).state(), VirtualMachine::STATE_RUNNING);
}

TEST_P(ComputeServiceContractTest, WhatWasMadeInsideTheClusterGoesLast) {
  const auto remove = [&](const std::string& workload, bool disks) {
    const auto remaining = services_->compute().DeleteClusterMachines(
        {}, scope_,
        {.cluster_id = "c1",
         .workload_identifier = workload,
         .with_workload_disks = disks});
    return remaining.ok() ? Summary(*remaining) : Summary(remaining.status());
  };
  Run(Desired("c1", "m1"));
  services_->MakeWorkloadObjects(kMine);
  EXPECT_EQ(remove("project", false),
            "INVALID_ARGUMENT INVALID_FIELD workload_identifier");
  EXPECT_THAT(remove(kMine, false), ::testing::HasSubstr("VirtualMachine"));
  DeleteClusterUntilGone("c1");
  EXPECT_EQ(remove(kOther, true), "") << "another cluster's are left";
  EXPECT_EQ(remove(kMine, false), "HotswapDiskAttachment");
  services_->Settle();
  EXPECT_EQ(remove(kMine, false), "") << "disks hold data";
  EXPECT_EQ(remove(kMine, true), "Disk");
  services_->Settle();
  EXPECT_EQ(remove(kMine, true), "");
}

TEST_P(ComputeServiceContractTest, ProfilesAreSorted) {
  const auto profiles = services_->compute().ListComputeProfiles({}, scope_);
  ASSERT_TRUE(profiles.ok()) << profiles.status();
  std::vector<std::string> names;
  for (const compute::v1::ComputeProfile& profile : *profiles) {
    names.push_back(profile.name());
    if (profile.name() != "c1a.s") continue;
    EXPECT_EQ(profile.vcpus(), 2);
    EXPECT_EQ(profile.memory_mib(), 4096);
    EXPECT_EQ(profile.architecture(), "amd64");
  }
  EXPECT_THAT(names, ::testing::Contains("c1a.s"));
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
}

TEST_P(ComputeServiceContractTest, RefusedCredentialsEndCallsAndWatches) {
  common::v1::CloudScope without = scope_;
  without.clear_credentials();
  EXPECT_EQ(
      Summary(services_->compute().ListComputeProfiles({}, without).status()),
      "INVALID_ARGUMENT INVALID_FIELD scope.credentials");
  services_->RefuseCredentials();
  const absl::StatusCode refused = absl::StatusCode::kUnauthenticated;
  EXPECT_EQ(
      services_->compute().ListComputeProfiles({}, scope_).status().code(),
      refused);
  EXPECT_EQ(TryApply(Desired()).status().code(), refused);
  EXPECT_EQ(Delete(owner_), "UNAUTHENTICATED");
  Watched watched;
  const auto watch = services_->compute().Watch(scope_, "", watched);
  EXPECT_EQ(watched.AwaitEnd(*services_).code(), refused);
}

TEST_P(ComputeServiceContractTest, AWatchShowsWhatBecomesOfAMachine) {
  Watched watched;
  const auto watch = services_->compute().Watch(scope_, "", watched);
  watched.Await({});
  Apply(Desired());
  watched.Await({{"m1", "STATE_PROVISIONING"}});
  watched.AwaitSettled(*services_, {{"m1", "STATE_RUNNING"}});
  Delete(owner_);
  watched.Await({{"m1", "STATE_DELETING"}});
  DeleteUntilGone(owner_);
  watched.Await({});
}

TEST_P(ComputeServiceContractTest, AWatchShowsLostMachinesOfWhichThereIsMore) {
  const VirtualMachine runs = Run(Desired());
  Watched watched;
  const auto watch = services_->compute().Watch(scope_, "", watched);
  watched.Await({{"m1", "STATE_RUNNING"}});
  Apply(Desired("c1", "m2"), /*provisioned_before=*/true);
  services_->Lose(runs);
  watched.AwaitSettled(*services_, {{"m1", "STATE_LOST"}});
}

TEST_P(ComputeServiceContractTest, AWatchGoesOnAtItsCursor) {
  Run(Desired());
  Watched first;
  {
    const auto watch = services_->compute().Watch(scope_, "", first);
    first.Await({{"m1", "STATE_RUNNING"}});
  }
  Apply(Desired("c1", "m2"));
  Watched second(/*resumes=*/true);
  {
    const auto watch =
        services_->compute().Watch(scope_, first.cursor(), second);
    second.Await({{"m2", "STATE_PROVISIONING"}});
  }
  EXPECT_FALSE(second.was_reset());
  Watched third(/*resumes=*/true);
  const auto watch =
      services_->compute().Watch(scope_, "no cursor of ours", third);
  third.Await({{"m1", "STATE_RUNNING"}, {"m2", "STATE_PROVISIONING"}});
  EXPECT_TRUE(third.was_reset());
}

INSTANTIATE_TEST_SUITE_P(
    Rest, ComputeServiceContractTest,
    ::testing::ValuesIn(SetupsOf(cloud::FakeDialect::kRest)),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace evroc::shim
