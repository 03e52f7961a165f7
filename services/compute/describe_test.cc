#include "services/compute/describe.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/compute/part_names.h"
#include "services/identity/owner_labels.h"

namespace evroc::compute {
namespace {

using cloud::ConditionStatus;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Vm = v1::VirtualMachine;

const cloud::Owner kOwner = {.cluster_id = "c1",
                             .cluster_name = "cluster",
                             .machine_id = "m1",
                             .machine_name = "machine"};

cloud::Labels LabelsOf(const char* role, const char* part = nullptr) {
  cloud::Labels labels = cloud::OwnerLabels(kOwner);
  labels["team"] = "one";
  labels[cloud::kRoleLabel] = role;
  if (part != nullptr) labels[cloud::kPartLabel] = part;
  return labels;
}

cloud::Conditions Ready(ConditionStatus status, const char* reason = "",
                        const char* message = "") {
  return {{.type = "Ready",
           .status = status,
           .reason = reason,
           .message = message}};
}

// A disk that is ready; `name` is empty for the boot disk.
cloud::Known<cloud::Disk> ReadyDisk(const char* name) {
  cloud::Known<cloud::Disk> disk;
  disk.object.metadata.id = DiskId(kOwner, name);
  disk.object.metadata.labels =
      *name == 0 ? LabelsOf(kBootRole) : LabelsOf(kDataRole, name);
  disk.object.size = cloud::DiskSize{20, "GB"};
  disk.object.status.conditions = Ready(ConditionStatus::kTrue);
  return disk;
}

// A machine that runs with a boot disk and the data disk "etcd".
MachineResources RunningResources() {
  MachineResources resources;
  resources.machine.emplace();
  cloud::VirtualMachine& machine = resources.machine->object;
  machine.metadata.id = MachineId(kOwner);
  machine.metadata.uid = "8d2f";
  machine.metadata.labels = LabelsOf(kMachineRole);
  machine.compute_profile = "a1a.s";
  machine.zone = "a";
  machine.subnet = Id<cloud::Subnet>("net");
  machine.placement_group = Id<cloud::PlacementGroup>("spread");
  machine.public_ip = Id<cloud::PublicIp>("ip");
  machine.security_groups = {Id<cloud::SecurityGroup>("g1"),
                             Id<cloud::SecurityGroup>("g2")};
  machine.status.state = "Running";
  machine.status.private_ipv4_address = "10.0.0.2";
  machine.status.attached_disks = {DiskId(kOwner, ""), DiskId(kOwner, "etcd")};
  resources.disks = {ReadyDisk("etcd"), ReadyDisk("")};
  return resources;
}

MachineHistory History() {
  MachineHistory history;
  MachineSpec& spec = history.spec.emplace();
  spec.owner = kOwner;
  spec.labels = {{"team", "one"}};
  spec.id = MachineId(kOwner);
  spec.compute_profile = "a1a.s";
  spec.placement_group = Id<cloud::PlacementGroup>("spread");
  spec.public_ip = Id<cloud::PublicIp>("ip");
  spec.security_groups = {Id<cloud::SecurityGroup>("g1"),
                          Id<cloud::SecurityGroup>("g2")};
  spec.boot_disk = {.id = DiskId(kOwner, "")};
  spec.data_disks = {{.name = "etcd", .id = DiskId(kOwner, "etcd")}};
  spec.request.set_compute_profile("requested");
  return history;
}

Vm Describe(const MachineResources& resources,
            const MachineHistory& history = History()) {
  return DescribeMachine(resources, cloud::KeyOf(kOwner), history);
}

// "reason: message" of the condition, with "+" before it if it holds.
std::string ConditionOf(const Vm& machine, const std::string& type) {
  for (const common::v1::Condition& condition : machine.conditions()) {
    if (condition.type() != type) continue;
    std::string text =
        condition.status() == common::v1::Condition::STATUS_TRUE ? "+" : "";
    text += condition.reason();
    if (!condition.message().empty()) text += ": " + condition.message();
    return text;
  }
  return "absent";
}

struct StateCase {
  const char* name;
  std::function<void(MachineResources&, MachineHistory&)> change;
  Vm::State state;
  const char* vm;
  const char* disk;
};

void SetState(MachineResources& resources, const char* state) {
  resources.machine->object.status.state = state;
}

void PrintTo(const StateCase& each, std::ostream* out) { *out << each.name; }

class DescribeStateTest : public testing::TestWithParam<StateCase> {};

TEST_P(DescribeStateTest, IsToldInTheConditions) {
  MachineResources resources = RunningResources();
  MachineHistory history = History();
  GetParam().change(resources, history);
  const Vm machine = Describe(resources, history);
  EXPECT_EQ(machine.state(), GetParam().state);
  EXPECT_EQ(ConditionOf(machine, "VMReady"), GetParam().vm);
  EXPECT_EQ(ConditionOf(machine, "DiskReady"), GetParam().disk);
}

// What is wrong with the machine comes before what is wrong with a disk.
TEST_P(DescribeStateTest, ReadySumsUp) {
  MachineResources resources = RunningResources();
  MachineHistory history = History();
  GetParam().change(resources, history);
  const Vm machine = Describe(resources, history);
  const std::string vm = ConditionOf(machine, "VMReady");
  const std::string disk = ConditionOf(machine, "DiskReady");
  // It can be used although it is not as requested.
  const auto usable = [](const std::string& state) {
    return state == "+Available" || state.rfind("Updating", 0) == 0 ||
           state.rfind("Changed", 0) == 0;
  };
  std::string expected = "+Ready";
  if (!usable(disk)) expected = disk;
  if (!usable(vm)) expected = vm;
  EXPECT_EQ(ConditionOf(machine, "Ready"), expected);
}

TEST_P(DescribeStateTest, TheEtagFollowsTheContent) {
  MachineResources resources = RunningResources();
  MachineHistory history = History();
  GetParam().change(resources, history);
  const Vm machine = Describe(resources, history);
  EXPECT_EQ(machine.etag(), Describe(resources, history).etag());
  Vm usual = Describe(RunningResources());
  const bool same_etag = machine.etag() == usual.etag();
  EXPECT_EQ(same_etag,
            machine.SerializeAsString() == usual.SerializeAsString());
}

constexpr char kGood[] = "+Available";

const StateCase kMachineStates[] = {
    {"runs", [](auto&, auto&) {}, Vm::STATE_RUNNING, kGood, kGood},
    {"runs with IPv6 alone",
     [](MachineResources& resources, auto&) {
       resources.machine->object.status.private_ipv4_address = "";
       resources.machine->object.status.ipv6_address = "2001:db8::2";
     },
     Vm::STATE_RUNNING, kGood, kGood},
    {"runs without an address",
     [](MachineResources& resources, auto&) {
       resources.machine->object.status.private_ipv4_address = "";
     },
     Vm::STATE_RUNNING, "WaitingForAddress: it has no address yet", kGood},
    {"could not join a group",
     [](MachineResources& resources, auto&) {
       resources.machine->object.status.failed_security_groups = {
           Id<cloud::SecurityGroup>("g2")};
     },
     Vm::STATE_RUNNING,
     "SecurityGroupFailed: security group g2 can't be joined", kGood},
    {"runs with other labels and another public IP",
     [](MachineResources& resources, auto&) {
       resources.machine->object.metadata.labels["team"] = "two";
       resources.machine->object.public_ip = Id<cloud::PublicIp>("ip2");
     },
     Vm::STATE_RUNNING, "Updating: not as requested yet: labels, public IP",
     kGood},
    {"runs with another profile",
     [](MachineResources& resources, auto&) {
       resources.machine->object.compute_profile = "c1a.s";
     },
     Vm::STATE_RUNNING,
     "Changed: compute_profile is \"c1a.s\" and not as requested; it can't be "
     "changed while the machine runs",
     kGood},
    {"is stopped with another profile",
     [](MachineResources& resources, auto&) {
       SetState(resources, "Stopped");
       resources.machine->object.compute_profile = "c1a.s";
     },
     Vm::STATE_STOPPED, "Stopped: it was stopped", kGood},
    {"is being made",
     [](MachineResources& resources, auto&) {
       SetState(resources, "Creating");
     },
     Vm::STATE_PROVISIONING, "Creating: it is being made", kGood},
    {"is being made and says how far",
     [](MachineResources& resources, auto&) {
       SetState(resources, "Creating");
       resources.machine->object.status.conditions =
           Ready(ConditionStatus::kFalse, "Scheduling", "looking for a host");
     },
     Vm::STATE_PROVISIONING, "Creating: it is being made: looking for a host",
     kGood},
    {"starts",
     [](MachineResources& resources, auto&) {
       SetState(resources, "Starting");
     },
     Vm::STATE_STARTING, "Starting: it is starting", kGood},
    {"stops",
     [](MachineResources& resources, auto&) {
       SetState(resources, "Stopping");
     },
     Vm::STATE_STOPPING, "Stopping: it is being stopped", kGood},
    {"is stopped",
     [](MachineResources& resources, auto&) { SetState(resources, "Stopped"); },
     Vm::STATE_STOPPED, "Stopped: it was stopped", kGood},
    {"failed",
     [](MachineResources& resources, auto&) {
       SetState(resources, "ProvisioningFailed");
       resources.machine->object.status.conditions =
           Ready(ConditionStatus::kFalse, "NoCapacity", "zone a is full");
     },
     Vm::STATE_FAILED,
     "ProvisioningFailed: the cloud could not make it: zone a is full", kGood},
    {"terminates",
     [](MachineResources& resources, auto&) {
       SetState(resources, "Terminating");
     },
     Vm::STATE_DELETING, "Deleting: it is being deleted", kGood},
    {"is marked as deleting",
     [](MachineResources& resources, auto&) {
       resources.machine->deleting = true;
     },
     Vm::STATE_DELETING, "Deleting: it is being deleted", kGood},
    {"is in a state with a new name",
     [](MachineResources& resources, auto&) {
       SetState(resources, "Dreaming");
     },
     Vm::STATE_UNKNOWN, "UnknownState: the cloud calls its state \"Dreaming\"",
     kGood},
};

const StateCase kAbsentMachines[] = {
    {"does not exist yet",
     [](MachineResources& resources, auto&) { resources.machine.reset(); },
     Vm::STATE_PROVISIONING, "Creating: it does not exist yet", kGood},
    {"has nothing yet",
     [](MachineResources& resources, auto&) { resources = {}; },
     Vm::STATE_PROVISIONING, "Creating: it does not exist yet",
     "Missing: the boot disk does not exist"},
    {"is lost",
     [](MachineResources& resources, MachineHistory& history) {
       resources.machine.reset();
       history.provisioned = true;
     },
     Vm::STATE_LOST,
     "Lost: it was provisioned before and does not exist any more", kGood},
    {"is being deleted after it was provisioned",
     [](MachineResources& resources, MachineHistory& history) {
       resources.machine.reset();
       history.provisioned = true;
       history.deleting = true;
     },
     Vm::STATE_DELETING, "Deleting: it is being deleted", kGood},
    {"has a disk that is being deleted",
     [](MachineResources& resources, auto&) {
       resources.machine.reset();
       resources.disks[0].deleting = true;
     },
     Vm::STATE_DELETING, "Deleting: it is being deleted",
     "Deleting: disk etcd is being deleted"},
    {"has a boot disk that failed",
     [](MachineResources& resources, auto&) {
       resources.machine.reset();
       resources.disks[1].object.status.conditions =
           Ready(ConditionStatus::kFalse, "SizeTooSmall", "20 GB is less");
     },
     Vm::STATE_FAILED, "Creating: it does not exist yet",
     "SizeTooSmall: the boot disk is not ready: 20 GB is less"},
};

const StateCase kDiskStates[] = {
    {"has no data disk",
     [](MachineResources& resources, auto&) {
       resources.disks.erase(resources.disks.begin());
     },
     Vm::STATE_RUNNING, kGood,
     "Missing: disk etcd does not exist, or has lost its labels"},
    {"has a data disk that is not attached",
     [](MachineResources& resources, auto&) {
       resources.machine->object.status.attached_disks.pop_back();
     },
     Vm::STATE_RUNNING, kGood, "Attaching: disk etcd is not attached yet"},
    {"is stopped and has a data disk that is not attached",
     [](MachineResources& resources, auto&) {
       resources.machine->object.status.attached_disks.pop_back();
       SetState(resources, "Stopped");
     },
     Vm::STATE_STOPPED, "Stopped: it was stopped", kGood},
    {"shows a data disk as added",
     [](MachineResources& resources, auto&) {
       resources.machine->object.status.attached_disks.pop_back();
       resources.machine->object.status.hotswap_disks = {
           DiskId(kOwner, "etcd")};
     },
     Vm::STATE_RUNNING, kGood, kGood},
    {"has an attachment that is ready",
     [](MachineResources& resources, auto&) {
       resources.machine->object.status.attached_disks.pop_back();
       auto& attachment = resources.attachments.emplace_back();
       attachment.object.disk = DiskId(kOwner, "etcd");
       attachment.object.status.conditions = Ready(ConditionStatus::kTrue);
     },
     Vm::STATE_RUNNING, kGood, kGood},
    {"has an attachment that is not ready",
     [](MachineResources& resources, auto&) {
       resources.machine->object.status.attached_disks.pop_back();
       auto& attachment = resources.attachments.emplace_back();
       attachment.object.disk = DiskId(kOwner, "etcd");
       attachment.object.status.conditions = Ready(ConditionStatus::kFalse);
     },
     Vm::STATE_RUNNING, kGood, "Attaching: disk etcd is not attached yet"},
    {"has an attachment that is being deleted",
     [](MachineResources& resources, auto&) {
       resources.machine->object.status.attached_disks.pop_back();
       auto& attachment = resources.attachments.emplace_back();
       attachment.object.disk = DiskId(kOwner, "etcd");
       attachment.object.status.conditions = Ready(ConditionStatus::kTrue);
       attachment.deleting = true;
     },
     Vm::STATE_RUNNING, kGood, "Attaching: disk etcd is not attached yet"},
    {"has a boot disk on its way",
     [](MachineResources& resources, auto&) {
       SetState(resources, "Creating");
       resources.disks[1].object.status.conditions =
           Ready(ConditionStatus::kFalse, "DiskImageDownloading");
     },
     Vm::STATE_PROVISIONING, "Creating: it is being made",
     "DiskImageDownloading: the boot disk is not ready"},
    {"has a boot disk that failed while it is being made",
     [](MachineResources& resources, auto&) {
       SetState(resources, "Creating");
       resources.disks[1].object.status.conditions =
           Ready(ConditionStatus::kFalse, "SizeTooSmall");
     },
     Vm::STATE_FAILED, "ProvisioningFailed: the cloud could not make it",
     "SizeTooSmall: the boot disk is not ready"},
    {"has a data disk that failed while it is being made",
     [](MachineResources& resources, auto&) {
       SetState(resources, "Creating");
       resources.disks[0].object.status.conditions =
           Ready(ConditionStatus::kFalse, "SizeTooSmall");
     },
     Vm::STATE_PROVISIONING, "Creating: it is being made",
     "SizeTooSmall: disk etcd is not ready"},
};

INSTANTIATE_TEST_SUITE_P(Machines, DescribeStateTest,
                         testing::ValuesIn(kMachineStates));
INSTANTIATE_TEST_SUITE_P(AbsentMachines, DescribeStateTest,
                         testing::ValuesIn(kAbsentMachines));
INSTANTIATE_TEST_SUITE_P(Disks, DescribeStateTest,
                         testing::ValuesIn(kDiskStates));

// 2026-11-29T20:15:00Z.
const absl::Time kMade = absl::FromUnixSeconds(1'795'983'300);

MachineResources Unschedulable() {
  MachineResources resources = RunningResources();
  cloud::VirtualMachine& machine = resources.machine->object;
  machine.metadata.created = kMade;
  machine.status = {};
  machine.status.state = "ErrorUnschedulable";
  machine.status.conditions =
      Ready(ConditionStatus::kFalse, "NotReady", "no GPU");
  return resources;
}

// The machine waits for its boot disk, or is not there yet.
MachineResources AwaitingImport(bool machine) {
  MachineResources resources = RunningResources();
  cloud::Disk& boot = resources.disks[1].object;
  boot.metadata.created = kMade;
  boot.status.conditions = Ready(ConditionStatus::kFalse, "ImportScheduled");
  if (machine) {
    resources.machine->object.status = {};
    resources.machine->object.status.state = "Creating";
  } else {
    resources.machine.reset();
  }
  return resources;
}

TEST(DescribeMachineTest, AMachineWithoutRoomSaysSinceWhen) {
  const Vm machine = Describe(Unschedulable());
  EXPECT_EQ(machine.state(), Vm::STATE_PROVISIONING);
  EXPECT_EQ(ConditionOf(machine, "VMReady"),
            "Unschedulable: its zone has no room for it since "
            "2026-11-29T20:15:00Z: no GPU");
  EXPECT_EQ(machine.waiting_since().seconds(), absl::ToUnixSeconds(kMade));
}

TEST(DescribeMachineTest, AMachineThatMayHaveRunDoesNotSaySinceWhen) {
  MachineResources resources = Unschedulable();
  resources.machine->object.status.ipv6_address = "2001:db8::1";
  const Vm machine = Describe(resources);
  EXPECT_EQ(ConditionOf(machine, "VMReady"),
            "Unschedulable: its zone has no room for it: no GPU");
  EXPECT_FALSE(machine.has_waiting_since());
}

TEST(DescribeMachineTest, AnImportThatHasNotBegunSaysSinceWhen) {
  for (const bool with_machine : {true, false}) {
    const Vm machine = Describe(AwaitingImport(with_machine));
    EXPECT_EQ(machine.state(), Vm::STATE_PROVISIONING);
    EXPECT_EQ(
        ConditionOf(machine, "DiskReady"),
        "ImportScheduled: the boot disk waits for the import of its image "
        "to begin since 2026-11-29T20:15:00Z");
    EXPECT_EQ(machine.waiting_since().seconds(), absl::ToUnixSeconds(kMade));
  }
}

TEST(DescribeMachineTest, WhatIsUnderWayOrOfAnUnknownAgeIsNotWaitedFor) {
  MachineResources downloading = AwaitingImport(true);
  downloading.disks[1].object.status.conditions =
      Ready(ConditionStatus::kFalse, "DiskImageDownloading");
  MachineResources ageless = AwaitingImport(true);
  ageless.disks[1].object.metadata.created = absl::InfinitePast();
  for (const MachineResources& resources :
       {downloading, ageless, RunningResources()}) {
    EXPECT_FALSE(Describe(resources).has_waiting_since());
  }
}

// A disk whose labels differ can be used; one that is not attached can't.
TEST(DescribeMachineTest, ADifferenceHidesNothingWorse) {
  MachineResources resources = RunningResources();
  resources.disks[1].object.metadata.labels["team"] = "two";
  MachineHistory history = History();
  history.spec->labels = {{"team", "one"}};
  EXPECT_EQ(ConditionOf(Describe(resources, history), "Ready"), "+Ready");
  EXPECT_EQ(ConditionOf(Describe(resources, history), "DiskReady"),
            "Updating: the labels of the boot disk are not as requested yet");
  resources.machine->object.status.attached_disks = {DiskId(kOwner, "")};
  EXPECT_EQ(ConditionOf(Describe(resources, history), "DiskReady"),
            "Attaching: disk etcd is not attached yet");
  EXPECT_EQ(ConditionOf(Describe(resources, history), "Ready"),
            "Attaching: disk etcd is not attached yet");
}

TEST(DescribeMachineTest, AnUnknownStateIsQuotedInPart) {
  MachineResources resources = RunningResources();
  SetState(resources, std::string(200, 'x').c_str());
  EXPECT_EQ(ConditionOf(Describe(resources), "VMReady"),
            "UnknownState: the cloud calls its state \"" +
                std::string(100, 'x') + "\"");
}

TEST(DescribeMachineTest, ReturnsTheSpecAsItWasRequested) {
  const Vm machine = Describe(RunningResources());
  EXPECT_EQ(machine.compute_profile(), "requested");
  EXPECT_EQ(machine.zone(), "");
  EXPECT_EQ(machine.id(), MachineId(kOwner).value());
}

TEST(DescribeMachineTest, WithoutARequestReturnsTheSpecThatTheMachineShows) {
  const Vm machine = Describe(RunningResources(), {});
  EXPECT_EQ(machine.owner().cluster_id(), "c1");
  EXPECT_EQ(machine.owner().cluster_name(), "cluster");
  EXPECT_EQ(machine.owner().machine_id(), "m1");
  EXPECT_EQ(machine.owner().machine_name(), "machine");
  EXPECT_EQ(machine.compute_profile(), "a1a.s");
  EXPECT_EQ(machine.zone(), "a");
  EXPECT_EQ(machine.subnet_id(), "net");
  EXPECT_EQ(machine.placement_group_id(), "spread");
  EXPECT_EQ(machine.public_ip_id(), "ip");
  EXPECT_THAT(machine.security_group_ids(), ElementsAre("g1", "g2"));
  ASSERT_EQ(machine.labels().size(), 1);
  EXPECT_EQ(machine.labels().at("team"), "one");
}

// The names are known from a disk alone, the ids in any case.
TEST(DescribeMachineTest, WithoutAMachineTheOwnerIsThatOfADisk) {
  MachineResources resources = RunningResources();
  resources.machine.reset();
  EXPECT_EQ(Describe(resources, {}).owner().machine_name(), "machine");
  const Vm nothing = Describe({}, {});
  EXPECT_EQ(nothing.owner().cluster_id(), "c1");
  EXPECT_EQ(nothing.owner().machine_id(), "m1");
  EXPECT_EQ(nothing.owner().machine_name(), "");
  EXPECT_EQ(ConditionOf(nothing, "DiskReady"), "Missing: there is no disk");
}

TEST(DescribeMachineTest, ReturnsWhatTheCloudObserved) {
  MachineResources resources = RunningResources();
  cloud::VirtualMachine::Status& status = resources.machine->object.status;
  status.public_ipv4_address = "198.18.0.1";
  status.ipv6_address = "2001:db8::2";
  Vm machine = Describe(resources);
  EXPECT_EQ(machine.uid(), "8d2f");
  EXPECT_EQ(machine.actual_zone(), "a");
  EXPECT_EQ(machine.private_ipv4_address(), "10.0.0.2");
  EXPECT_EQ(machine.public_ipv4_address(), "198.18.0.1");
  EXPECT_EQ(machine.ipv6_address(), "2001:db8::2");
  status.zone = "b";
  EXPECT_EQ(Describe(resources).actual_zone(), "b");
}

std::vector<std::string> DiskNames(const Vm& machine) {
  std::vector<std::string> names;
  for (const v1::DiskStatus& disk : machine.disks()) {
    names.push_back(disk.name());
  }
  return names;
}

TEST(DescribeMachineTest, DisksAreInTheOrderOfTheSpecThenByName) {
  MachineResources resources = RunningResources();
  resources.disks.push_back(ReadyDisk("zz"));
  resources.disks.push_back(ReadyDisk("aa"));
  MachineHistory history = History();
  history.spec->data_disks.insert(history.spec->data_disks.begin(),
                                  {.name = "new", .id = DiskId(kOwner, "new")});
  EXPECT_THAT(DiskNames(Describe(resources, history)),
              ElementsAre("", "new", "etcd", "aa", "zz"));
  EXPECT_THAT(DiskNames(Describe(resources, {})),
              ElementsAre("", "aa", "etcd", "zz"));
  EXPECT_THAT(DiskNames(Describe({}, {})), IsEmpty());
}

TEST(DescribeMachineTest, TellsTheStateOfEachDisk) {
  MachineResources resources = RunningResources();
  resources.disks[0].object.status.conditions =
      Ready(ConditionStatus::kFalse, "Resizing");
  resources.disks[0].object.status.size = cloud::DiskSize{1, "TB"};
  MachineHistory history = History();
  history.spec->data_disks.push_back(
      {.name = "new", .id = DiskId(kOwner, "new")});
  const Vm machine = Describe(resources, history);
  ASSERT_EQ(machine.disks_size(), 3);
  const v1::DiskStatus& boot = machine.disks(0);
  EXPECT_EQ(boot.id(), DiskId(kOwner, "").value());
  EXPECT_TRUE(boot.ready());
  EXPECT_TRUE(boot.attached());
  EXPECT_EQ(boot.size_gb(), 20);
  EXPECT_EQ(boot.reason(), "");
  const v1::DiskStatus& etcd = machine.disks(1);
  EXPECT_FALSE(etcd.ready());
  EXPECT_EQ(etcd.size_gb(), 1024);
  EXPECT_EQ(etcd.reason(), "Resizing");
  const v1::DiskStatus& missing = machine.disks(2);
  EXPECT_EQ(missing.id(), DiskId(kOwner, "new").value());
  EXPECT_FALSE(missing.ready());
  EXPECT_FALSE(missing.attached());
  EXPECT_EQ(missing.size_gb(), 0);
}

TEST(DescribeMachineTest, SizesAreWholeGigabytesThatFit) {
  const std::pair<std::optional<cloud::DiskSize>, int> sizes[] = {
      {std::nullopt, 0},
      {cloud::DiskSize{1023, "MB"}, 0},
      {cloud::DiskSize{1025, "MB"}, 1},
      {cloud::DiskSize{2, "TB"}, 2048},
      {cloud::DiskSize{5, "PB"}, 0},
      {cloud::DiskSize{4'000'000, "TB"}, 2147483647}};
  for (const auto& [size, gigabytes] : sizes) {
    MachineResources resources = RunningResources();
    resources.disks[1].object.size = size;
    EXPECT_EQ(Describe(resources).disks(0).size_gb(), gigabytes)
        << (size.has_value() ? size->amount : 0);
  }
}

}  // namespace
}  // namespace evroc::compute
