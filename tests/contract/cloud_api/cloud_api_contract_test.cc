// The contract of NetworkApi and ComputeApi, tested on every implementation:
// the fakes, REST and KCP over evroc-sim, and evroc-sim with the other answers
// to the open questions of evroc-api.md.

#include <algorithm>
#include <functional>
#include <memory>
#include <ostream>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evroc/api/existence.h"
#include "services/evroc/api/spec.h"
#include "tests/contract/cloud_api/test_cloud.h"

namespace evroc::cloud {
namespace {

struct Setup {
  const char* name;
  std::function<std::unique_ptr<TestCloud>()> make;
};

std::ostream& operator<<(std::ostream& out, const Setup& setup) {
  return out << setup.name;
}

constexpr char kOtherAnswers[] = R"json({"choices": {
  "empty_items": "absent", "resource_version": "absent",
  "status_backends": "integer", "health_check_target_port": "zero",
  "load_balancer_dangling_refs": "refuse", "label_patch": "replace",
  "delete_in_use": "refuse", "delete_again": "conflict",
  "missing_object": "forbidden", "stopped_ready": "true",
  "oversize_status": "422", "public_ip_change": "stopped",
  "disk_growth": "refused", "rotate_refresh_token": "yes",
  "catalogue": "absent", "vm_deleting_status": "Terminating",
  "load_balancer_rewrites": "yes", "kcp_unknown_security_group": "refuse",
  "foreign_project": "not_found", "public_ip_address": "at_once"}})json";

std::vector<Setup> AllSetups() {
  return {
      {"FakeRest", [] { return MakeFakeCloud(FakeDialect::kRest); }},
      {"FakeKcp", [] { return MakeFakeCloud(FakeDialect::kKcp); }},
      {"SimRest", [] { return MakeSimulatedCloud("profile.yaml", "{}"); }},
      {"SimRestServiceAccount",
       [] { return MakeSimulatedCloud("service-account.json", "{}"); }},
      {"SimKcp", [] { return MakeSimulatedCloud("kubeconfig.yaml", "{}"); }},
      {"SimRestOtherAnswers",
       [] { return MakeSimulatedCloud("profile.yaml", kOtherAnswers); }},
      {"SimKcpOtherAnswers",
       [] { return MakeSimulatedCloud("kubeconfig.yaml", kOtherAnswers); }},
  };
}

class CloudApiContractTest : public testing::TestWithParam<Setup> {
 protected:
  CloudApiContractTest() : cloud_(GetParam().make()) {}

  NetworkApi& network() { return cloud_->network(); }
  ComputeApi& compute() { return cloud_->compute(); }
  bool is_rest() { return network().capabilities().load_balancers; }

  template <typename T>
  static T Named(const std::string& id) {
    T object;
    object.metadata.id = Id<T>(id);
    object.metadata.labels = {{"team", "blue"}};
    return object;
  }

  Vpc MakeVpc() {
    auto vpc = Named<Vpc>("vpc");
    if (is_rest()) vpc.ipv4_cidr_blocks = {"10.8.0.0/16"};
    return vpc;
  }
  Subnet MakeSubnet() {
    auto subnet = Named<Subnet>("subnet");
    subnet.vpc = Id<Vpc>("vpc");
    subnet.ipv4_cidr_block = is_rest() ? "10.8.1.0/24" : "10.0.9.0/24";
    if (is_rest()) {
      subnet.zone = "a";
      subnet.stack_type = StackType::kDualStack;
    }
    return subnet;
  }
  SecurityGroup MakeGroup(const std::string& id) {
    auto group = Named<SecurityGroup>(id);
    if (is_rest()) group.vpc = Id<Vpc>("default-se-sto");
    group.rules = {{.name = "api",
                    .protocol = Protocol::kTcp,
                    .port = 6443,
                    .remote = {.cidr = "192.0.2.0/24"}},
                   {.name = "out",
                    .direction = Direction::kEgress,
                    .remote = {.cidr = "::/0"}}};
    return group;
  }
  Disk MakeDisk(const std::string& id) {
    auto disk = Named<Disk>(id);
    disk.image = "ubuntu.24-04.1";
    disk.size = DiskSize{20, "GB"};
    if (is_rest()) disk.zone = "a";
    return disk;
  }
  VirtualMachine MakeMachine() {
    auto machine = Named<VirtualMachine>("machine");
    machine.compute_profile = "a1a.s";
    machine.disks = {{Id<Disk>("disk"), true}};
    machine.user_data = std::string("#cloud-config\n\0\xff", 16);
    machine.ssh_authorized_keys = {"ssh-ed25519 AAAA me"};
    if (is_rest()) {
      machine.zone = "a";
      machine.subnet = Id<Subnet>("default-se-sto-a");
    }
    return machine;
  }
  VirtualMachine BootMachine() {
    EXPECT_TRUE(compute().disks().Create({}, MakeDisk("disk")).ok());
    const auto machine = compute().virtual_machines().Create({}, MakeMachine());
    EXPECT_TRUE(machine.ok()) << machine.status();
    cloud_->Settle();
    const auto booted =
        compute().virtual_machines().Get({}, Id<VirtualMachine>("machine"));
    EXPECT_TRUE(booted.ok()) << booted.status();
    return booted.value_or(VirtualMachine{});
  }

  template <typename T>
  bool IsGone(Collection<T>& collection, const std::string& id) {
    const auto found = FindObject(collection, {}, Id<T>(id));
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() && !found->has_value();
  }

  template <typename T>
  void ExpectRoundTrip(Collection<T>& collection, const T& object) {
    const auto made = collection.Create({}, object);
    ASSERT_TRUE(made.ok()) << made.status();
    cloud_->Settle();
    const auto read = collection.Get({}, object.metadata.id);
    ASSERT_TRUE(read.ok()) << read.status();
    ExpectSaysTheSame(object, *read);
    EXPECT_FALSE(read->metadata.uid.empty());
    const auto listed = collection.List({}, "team=blue");
    ASSERT_TRUE(listed.ok()) << listed.status();
    ASSERT_EQ(listed->items.size(), 1);
    EXPECT_EQ(listed->items[0], *read);
  }

  // The requested fields are set; the server may have added defaults.
  template <typename T>
  void ExpectSaysTheSame(const T& wanted, T read) {
    const auto again = [&] { return SpecOf(read) == SpecOf(wanted); };
    if constexpr (requires { read.stack_type; }) {
      if (wanted.stack_type == StackType::kUnset) read.stack_type = {};
    }
    if constexpr (requires { read.zone; }) {
      if (wanted.zone.empty()) read.zone = "";
    }
    EXPECT_TRUE(again()) << read.metadata.id;
  }

  // Deletes what the machine uses, before and after the machine.
  template <typename T>
  void ExpectStaysWhileInUse(Collection<T>& collection, const std::string& id) {
    const auto deleted = DeleteObject(collection, {}, Id<T>(id), "");
    if (!deleted.ok()) {
      EXPECT_TRUE(absl::IsFailedPrecondition(deleted.status()))
          << deleted.status();
      EXPECT_EQ(DetailsOf(deleted.status()).reason, kInUse);
    }
    cloud_->Settle();
    EXPECT_FALSE(IsGone(collection, id));
    ASSERT_TRUE(compute()
                    .virtual_machines()
                    .Delete({}, Id<VirtualMachine>("machine"), "")
                    .ok());
    cloud_->Settle();
    const auto again = DeleteObject(collection, {}, Id<T>(id), "");
    EXPECT_TRUE(again.ok()) << again.status();
    cloud_->Settle();
    EXPECT_TRUE(IsGone(collection, id));
  }

  const std::unique_ptr<TestCloud> cloud_;
};

TEST_P(CloudApiContractTest, NetworkObjectsComeBackAsTheyWereSent) {
  ExpectRoundTrip(network().vpcs(), MakeVpc());
  ExpectRoundTrip(network().subnets(), MakeSubnet());
  ExpectRoundTrip(network().security_groups(), MakeGroup("group"));
  ExpectRoundTrip(network().public_ips(), Named<PublicIp>("address"));
  const auto address = network().public_ips().Get({}, Id<PublicIp>("address"));
  ASSERT_TRUE(address.ok());
  EXPECT_TRUE(IsReady(address->status.conditions));
  EXPECT_FALSE(address->status.address.empty());
}

TEST_P(CloudApiContractTest, LoadBalancersComeBackOrAreRefusedWithATypedError) {
  if (!is_rest()) {
    const auto refused = network().load_balancers().List({}, "");
    EXPECT_TRUE(absl::IsUnimplemented(refused.status())) << refused.status();
    EXPECT_TRUE(absl::IsUnimplemented(
        network().backend_pools().Create({}, {}).status()));
    return;
  }
  ASSERT_TRUE(
      network().public_ips().Create({}, Named<PublicIp>("address")).ok());
  auto pool = Named<BackendPool>("pool");
  ExpectRoundTrip(network().backend_pools(), pool);
  auto service = Named<BackendService>("service");
  service.port = 6443;
  service.pool = pool.metadata.id;
  service.health_check = {.interval = absl::Seconds(5),
                          .timeout = absl::Seconds(3),
                          .healthy_threshold = 1,
                          .unhealthy_threshold = 3,
                          .target_port = 6443};
  ExpectRoundTrip(network().backend_services(), service);
  auto route = Named<L4Route>("route");
  route.default_service = service.metadata.id;
  ExpectRoundTrip(network().l4_routes(), route);
  auto balancer = Named<LoadBalancer>("balancer");
  balancer.public_ip = Id<PublicIp>("address");
  balancer.listeners = {{"api", 6443, {route.metadata.id}}};
  balancer.backend_network = {
      .vpc = Id<Vpc>("default-se-sto"),
      .subnets = {{"a", Id<Subnet>("default-se-sto-a")}}};
  ExpectRoundTrip(network().load_balancers(), balancer);
  const auto made = network().load_balancers().Get({}, balancer.metadata.id);
  ASSERT_TRUE(made.ok());
  EXPECT_TRUE(IsReady(made->status.conditions));
  EXPECT_FALSE(made->status.public_address.empty());
}

TEST_P(CloudApiContractTest, AMachineBoots) {
  const VirtualMachine machine = BootMachine();
  ExpectSaysTheSame(MakeMachine(), machine);
  EXPECT_EQ(machine.status.state, "Running");
  EXPECT_TRUE(IsReady(machine.status.conditions));
  EXPECT_FALSE(machine.status.private_ipv4_address.empty());
  EXPECT_EQ(machine.status.attached_disks,
            std::vector<Id<Disk>>{Id<Disk>("disk")});
  const auto disk = compute().disks().Get({}, Id<Disk>("disk"));
  ASSERT_TRUE(disk.ok());
  ExpectSaysTheSame(MakeDisk("disk"), *disk);
  EXPECT_TRUE(IsReady(disk->status.conditions));
}

TEST_P(CloudApiContractTest, UserDataIsNeverReadBack) {
  const VirtualMachine machine = BootMachine();
  EXPECT_TRUE(machine.user_data.empty());
  const auto listed = compute().virtual_machines().List({}, "");
  ASSERT_TRUE(listed.ok());
  ASSERT_EQ(listed->items.size(), 1);
  EXPECT_TRUE(listed->items[0].user_data.empty());
}

TEST_P(CloudApiContractTest, ATakenIdIsAlreadyThere) {
  ASSERT_TRUE(network().vpcs().Create({}, MakeVpc()).ok());
  const auto again = network().vpcs().Create({}, MakeVpc());
  EXPECT_TRUE(absl::IsAlreadyExists(again.status())) << again.status();
}

TEST_P(CloudApiContractTest, WhatIsNotThereIsGone) {
  EXPECT_TRUE(IsGone(network().vpcs(), "nothing"));
  const auto deleted =
      DeleteObject(network().vpcs(), {}, Id<Vpc>("nothing"), "");
  ASSERT_TRUE(deleted.ok()) << deleted.status();
  EXPECT_TRUE(*deleted);
  Vpc nothing = MakeVpc();
  Vpc wanted = nothing;
  wanted.metadata.labels["x"] = "y";
  EXPECT_FALSE(network().vpcs().Update({}, nothing, wanted).ok());
}

TEST_P(CloudApiContractTest, ListsByLabel) {
  SecurityGroup red = MakeGroup("red");
  red.metadata.labels = {{"team", "red"}, {"tier", "front"}};
  ASSERT_TRUE(network().security_groups().Create({}, red).ok());
  ASSERT_TRUE(network().security_groups().Create({}, MakeGroup("blue")).ok());
  const auto ids = [&](const char* selector) {
    std::vector<std::string> ids;
    const auto listed = network().security_groups().List({}, selector);
    EXPECT_TRUE(listed.ok()) << listed.status();
    for (const SecurityGroup& group : listed->items) {
      ids.push_back(group.metadata.id.value());
    }
    std::sort(ids.begin(), ids.end());
    return ids;
  };
  EXPECT_EQ(ids("team=red"), std::vector<std::string>{"red"});
  EXPECT_EQ(ids("team in (blue,red)"),
            (std::vector<std::string>{"blue", "red"}));
  EXPECT_EQ(ids("team=red,tier=back"), std::vector<std::string>{});
  EXPECT_THAT(ids(""), testing::IsSupersetOf({"blue", "red"}));
}

TEST_P(CloudApiContractTest, AnUpdateChangesWhatDiffers) {
  ASSERT_TRUE(network().security_groups().Create({}, MakeGroup("group")).ok());
  const auto current =
      network().security_groups().Get({}, Id<SecurityGroup>("group"));
  ASSERT_TRUE(current.ok());
  SecurityGroup wanted = *current;
  wanted.rules.pop_back();
  wanted.rules[0].port = 9345;
  wanted.metadata.labels = {{"tier", "back"}};
  const auto updated = network().security_groups().Update({}, *current, wanted);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_TRUE(SameSpec(*updated, wanted));
  const auto read =
      network().security_groups().Get({}, Id<SecurityGroup>("group"));
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(SameSpec(*read, wanted));
}

TEST_P(CloudApiContractTest, AnUpdateToTheSameIsNoCall) {
  ASSERT_TRUE(network().security_groups().Create({}, MakeGroup("group")).ok());
  const auto current =
      network().security_groups().Get({}, Id<SecurityGroup>("group"));
  ASSERT_TRUE(current.ok());
  std::stop_source cancelled;
  cancelled.request_stop();
  const auto same = network().security_groups().Update(
      {.cancel = cancelled.get_token()}, *current, *current);
  EXPECT_TRUE(same.ok()) << same.status();
}

TEST_P(CloudApiContractTest, ALostUpdateIsAborted) {
  ASSERT_TRUE(network().security_groups().Create({}, MakeGroup("group")).ok());
  cloud_->Settle();
  const auto current =
      network().security_groups().Get({}, Id<SecurityGroup>("group"));
  ASSERT_TRUE(current.ok());
  if (current->metadata.resource_version.empty()) {
    GTEST_SKIP() << "this cloud has no versions";
  }
  SecurityGroup mine = *current;
  mine.rules[0].port = 1;
  SecurityGroup yours = *current;
  yours.rules[0].port = 2;
  ASSERT_TRUE(network().security_groups().Update({}, *current, yours).ok());
  const auto lost = network().security_groups().Update({}, *current, mine);
  EXPECT_TRUE(absl::IsAborted(lost.status())) << lost.status();
}

TEST_P(CloudApiContractTest, AMachinesGroupsAndAddressChange) {
  ASSERT_TRUE(network().security_groups().Create({}, MakeGroup("group")).ok());
  VirtualMachine current = BootMachine();
  VirtualMachine wanted = current;
  wanted.security_groups = {Id<SecurityGroup>("group")};
  auto updated = compute().virtual_machines().Update({}, current, wanted);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->security_groups, wanted.security_groups);
  cloud_->Settle();
  current = *compute().virtual_machines().Get({}, current.metadata.id);
  wanted = current;
  wanted.security_groups.clear();
  updated = compute().virtual_machines().Update({}, current, wanted);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_TRUE(updated->security_groups.empty());
}

TEST_P(CloudApiContractTest, APublicIpIsAttachedAndReleased) {
  ASSERT_TRUE(
      network().public_ips().Create({}, Named<PublicIp>("address")).ok());
  VirtualMachine current = BootMachine();
  VirtualMachine wanted = current;
  wanted.public_ip = Id<PublicIp>("address");
  auto updated = compute().virtual_machines().Update({}, current, wanted);
  if (absl::IsInvalidArgument(updated.status())) {
    GTEST_SKIP() << "this cloud changes it on stopped machines only";
  }
  ASSERT_TRUE(updated.ok()) << updated.status();
  cloud_->Settle();
  auto address = network().public_ips().Get({}, Id<PublicIp>("address"));
  ASSERT_TRUE(address.ok());
  EXPECT_TRUE(absl::EndsWith(address->status.used_by, "machine"))
      << address->status.used_by;
  current = *compute().virtual_machines().Get({}, current.metadata.id);
  EXPECT_EQ(current.status.public_ipv4_address, address->status.address);
  wanted = current;
  wanted.public_ip = {};
  updated = compute().virtual_machines().Update({}, current, wanted);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_TRUE(updated->public_ip.empty());
  cloud_->Settle();
  address = network().public_ips().Get({}, Id<PublicIp>("address"));
  ASSERT_TRUE(address.ok());
  EXPECT_EQ(address->status.used_by, "");
}

TEST_P(CloudApiContractTest, DeletionEndsInAbsence) {
  BootMachine();
  const auto deleted = DeleteObject(compute().virtual_machines(), {},
                                    Id<VirtualMachine>("machine"), "");
  ASSERT_TRUE(deleted.ok()) << deleted.status();
  cloud_->Settle();
  EXPECT_TRUE(IsGone(compute().virtual_machines(), "machine"));
  ASSERT_TRUE(compute().disks().Delete({}, Id<Disk>("disk"), "").ok());
  cloud_->Settle();
  EXPECT_TRUE(IsGone(compute().disks(), "disk"));
}

TEST_P(CloudApiContractTest, KcpDeletesOnlyTheObjectOfTheUid) {
  const Id<PublicIp> id("address");
  const auto made =
      network().public_ips().Create({}, Named<PublicIp>("address"));
  ASSERT_TRUE(made.ok()) << made.status();
  const absl::Status deleted = network().public_ips().Delete(
      {}, id, "00000000-0000-4000-8000-000000000000");
  EXPECT_EQ(absl::IsFailedPrecondition(deleted), !is_rest()) << deleted;
  if (!is_rest()) {
    EXPECT_TRUE(network().public_ips().Delete({}, id, made->metadata.uid).ok());
  }
  cloud_->Settle();
  EXPECT_TRUE(IsGone(network().public_ips(), "address"));
}

TEST_P(CloudApiContractTest, WhatIsInUseStaysUntilItsUserIsGone) {
  BootMachine();
  ExpectStaysWhileInUse(compute().disks(), "disk");
}

TEST_P(CloudApiContractTest, APlacementGroupComesBackAndStaysWhileInUse) {
  auto group = Named<PlacementGroup>("spread");
  if (is_rest()) group.zone = "a";
  ExpectRoundTrip(compute().placement_groups(), group);
  ASSERT_TRUE(compute().disks().Create({}, MakeDisk("disk")).ok());
  VirtualMachine machine = MakeMachine();
  machine.placement_group = Id<PlacementGroup>("none");
  const auto refused = compute().virtual_machines().Create({}, machine);
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << refused.status();
  machine.placement_group = group.metadata.id;
  ExpectRoundTrip(compute().virtual_machines(), machine);
  ExpectStaysWhileInUse(compute().placement_groups(), "spread");
}

TEST_P(CloudApiContractTest, WhatMakesNoSenseIsAnInvalidArgument) {
  Disk disk = MakeDisk("disk");
  disk.image = "no-such-image";
  const auto made = compute().disks().Create({}, disk);
  EXPECT_TRUE(absl::IsInvalidArgument(made.status())) << made.status();
  ASSERT_TRUE(network().vpcs().Create({}, MakeVpc()).ok());
  Subnet subnet = MakeSubnet();
  subnet.ipv4_cidr_block = "10.300.0.0/24";
  const auto refused = network().subnets().Create({}, subnet);
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << refused.status();
}

TEST_P(CloudApiContractTest, DisksComeAndGoWhileTheMachineRuns) {
  BootMachine();
  Disk more = MakeDisk("more");
  more.image = "";
  ASSERT_TRUE(compute().disks().Create({}, more).ok());
  auto attachment = Named<HotswapAttachment>("attachment");
  attachment.disk = Id<Disk>("more");
  attachment.machine = Id<VirtualMachine>("machine");
  ExpectRoundTrip(compute().hotswap_attachments(), attachment);
  const auto machine =
      compute().virtual_machines().Get({}, Id<VirtualMachine>("machine"));
  ASSERT_TRUE(machine.ok());
  EXPECT_EQ(machine->status.hotswap_disks,
            std::vector<Id<Disk>>{Id<Disk>("more")});
  ASSERT_TRUE(compute()
                  .hotswap_attachments()
                  .Delete({}, Id<HotswapAttachment>("attachment"), "")
                  .ok());
  cloud_->Settle();
  EXPECT_TRUE(IsGone(compute().hotswap_attachments(), "attachment"));
}

TEST_P(CloudApiContractTest, TheCatalogueIsReadOrSaidToBeMissing) {
  const auto profiles = compute().ListComputeProfiles({});
  const auto images = compute().ListDiskImages({});
  if (!profiles.ok()) {
    EXPECT_TRUE(absl::IsNotFound(profiles.status()) ||
                absl::IsPermissionDenied(profiles.status()) ||
                absl::IsUnimplemented(profiles.status()))
        << profiles.status();
    EXPECT_FALSE(images.ok());
    return;
  }
  const auto small = std::find_if(
      profiles->begin(), profiles->end(),
      [](const ComputeProfile& each) { return each.name == "a1a.s"; });
  ASSERT_NE(small, profiles->end());
  EXPECT_EQ(small->vcpus, 2);
  EXPECT_EQ(small->memory_mib, 8192);
  EXPECT_EQ(small->architecture, "amd64");
  ASSERT_TRUE(images.ok()) << images.status();
  EXPECT_THAT(*images, testing::Contains(
                           testing::Field(&DiskImage::name, "ubuntu.24-04.1")));
}

TEST_P(CloudApiContractTest, ZonesAreThoseOfTheSubnets) {
  const auto zones = compute().ListZones({});
  if (!compute().capabilities().zones) {
    EXPECT_TRUE(absl::IsUnimplemented(zones.status())) << zones.status();
    return;
  }
  ASSERT_TRUE(zones.ok()) << zones.status();
  EXPECT_EQ(*zones, (std::vector<std::string>{"a", "b", "c"}));
}

TEST_P(CloudApiContractTest, AWatchTellsWhatChanges) {
  Collection<SecurityGroup>& groups = network().security_groups();
  if (!groups.can_watch()) {
    EXPECT_TRUE(absl::IsUnimplemented(groups.Watch({}, "1", nullptr)));
    return;
  }
  const auto before = groups.List({}, "");
  ASSERT_TRUE(before.ok());
  ASSERT_TRUE(groups.Create({}, MakeGroup("group")).ok());
  ASSERT_TRUE(groups.Delete({}, Id<SecurityGroup>("group"), "").ok());
  cloud_->Settle();
  std::vector<std::string> seen;
  const absl::Status ended = groups.Watch(
      {}, before->resource_version,
      [&](const WatchEvent<SecurityGroup>& event) {
        if (event.type == WatchEvent<SecurityGroup>::Type::kBookmark) {
          return absl::OkStatus();
        }
        const bool deleted =
            event.type == WatchEvent<SecurityGroup>::Type::kDeleted;
        seen.push_back((deleted ? "-" : "+") +
                       event.object.metadata.id.value());
        return deleted ? absl::AbortedError("seen enough") : absl::OkStatus();
      });
  EXPECT_TRUE(absl::IsAborted(ended)) << ended;
  EXPECT_THAT(seen, testing::Contains("+group"));
  EXPECT_EQ(seen.back(), "-group");
}

TEST_P(CloudApiContractTest, AWatchEndsWithItsCall) {
  Collection<Vpc>& vpcs = network().vpcs();
  if (!vpcs.can_watch()) GTEST_SKIP();
  const auto before = vpcs.List({}, "");
  ASSERT_TRUE(before.ok());
  std::stop_source cancel;
  absl::Status ended;
  std::thread watcher([&] {
    ended = vpcs.Watch({.cancel = cancel.get_token()}, before->resource_version,
                       [](const auto& /*event*/) { return absl::OkStatus(); });
  });
  cancel.request_stop();
  watcher.join();
  EXPECT_TRUE(absl::IsCancelled(ended)) << ended;
}

INSTANTIATE_TEST_SUITE_P(Clouds, CloudApiContractTest,
                         testing::ValuesIn(AllSetups()),
                         [](const testing::TestParamInfo<Setup>& info) {
                           return info.param.name;
                         });

}  // namespace
}  // namespace evroc::cloud
