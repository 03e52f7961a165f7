// What happens when somebody else changes a machine of ours in the cloud: the
// rows of docs/drift.md.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/compute/desired.h"
#include "services/compute/part_names.h"
#include "services/compute/testing/compute_scope_fixture.h"
#include "services/evroc/api/spec.h"
#include "services/identity/owner_labels.h"

namespace evroc::compute {
namespace {

using cloud::Disk;
using cloud::HotswapAttachment;
using cloud::PublicIp;
using cloud::SecurityGroup;
using cloud::SpecOf;
using cloud::VirtualMachine;
using testing::SizeIs;
using Vm = v1::VirtualMachine;

constexpr char kGood[] = "Available";

// What the services have written.
struct Written {
  std::vector<VirtualMachine> machines;
  std::vector<Disk> disks;
  std::vector<HotswapAttachment> attachments;
  friend bool operator==(const Written&, const Written&) = default;
};

// A machine that runs with security group "web", public IP "ip", placement
// group "spread", a data disk "data" from the start and "more" added later.
class MachineDriftTest : public ComputeScopeFixture {
 protected:
  void SetUp() override {
    Put<SecurityGroup>(network_->security_groups(), "web");
    Put<SecurityGroup>(network_->security_groups(), "other");
    Put<PublicIp>(network_->public_ips(), "ip");
    Put<PublicIp>(network_->public_ips(), "ip2");
    Put<cloud::PlacementGroup>(api_->placement_groups(), "spread");
    Put<cloud::PlacementGroup>(api_->placement_groups(), "other");
    spec_ = Request();
    spec_.add_security_group_ids("web");
    spec_.set_public_ip_id("ip");
    spec_.set_placement_group_id("spread");
    (*spec_.mutable_labels())["team"] = "one";
    AddDisk("data");
    Boot(spec_);
    AddDisk("more");
    Apply(spec_);
    for (int i = 0; i < 3; ++i) api_->Settle();
    Forget();
    ASSERT_TRUE(IsTrue(Apply(spec_), "Ready")) << Apply(spec_).DebugString();
    requested_ = Observe();
  }

  template <typename T>
  static void Put(cloud::FakeCollection<T>& collection, const char* id) {
    T object;
    object.metadata.id = Id<T>(id);
    collection.Put(object);
  }
  void AddDisk(const char* name) {
    v1::DataDisk* disk = spec_.add_data_disks();
    disk->set_name(name);
    disk->set_size_gb(50);
  }

  template <typename T>
  static std::vector<T> SpecsOf(const cloud::FakeCollection<T>& collection) {
    std::vector<T> specs;
    for (const T& each : collection.All()) specs.push_back(SpecOf(each));
    return specs;
  }
  Written Observe() {
    return {SpecsOf(api_->virtual_machines()), SpecsOf(api_->disks()),
            SpecsOf(api_->hotswap_attachments())};
  }

  void ChangeMachine(const std::function<void(VirtualMachine&)>& change) {
    api_->virtual_machines().Change(MachineId(kOwner), change);
    api_->Settle();
    Forget();
  }
  void ChangeDisk(const char* name, const std::function<void(Disk&)>& change) {
    api_->disks().Change(DiskId(kOwner, name), change);
    Forget();
  }
  // As the cloud allows some changes only while the machine is stopped.
  void ChangeStopped(const std::function<void(VirtualMachine&)>& change) {
    ChangeMachine([](VirtualMachine& machine) { machine.running = false; });
    ChangeMachine([&](VirtualMachine& machine) {
      change(machine);
      machine.running = true;
    });
  }

  VirtualMachine Machine() {
    return api_->virtual_machines()
        .Find(MachineId(kOwner))
        .value_or(VirtualMachine());
  }
  // "reason: message" of the condition, as a client that only looks sees it.
  std::string Told(const std::string& type) {
    const auto machine = scope_->Get({}, kKey);
    if (!machine.ok()) return std::string(machine.status().message());
    const common::v1::Condition& condition = ConditionOf(*machine, type);
    return condition.message().empty()
               ? condition.reason()
               : absl::StrCat(condition.reason(), ": ", condition.message());
  }
  // As Told says of a field that is left.
  static std::string Changed(const std::string& field, const std::string& is) {
    return absl::StrCat("Changed: ", field, " is \"", is,
                        "\" and not as requested; it can't be changed while "
                        "the machine runs");
  }
  Vm Described() { return scope_->Get({}, kKey).value_or(Vm()); }

  // The next Apply makes everything as requested, in that number of writes, and
  // the machine runs on.
  void ExpectRepaired(int writes = 1) {
    ExpectWrites(writes);
    EXPECT_TRUE(Observe() == requested_);
    ExpectRuns();
    EXPECT_EQ(Told("VMReady"), kGood);
    EXPECT_EQ(Told("DiskReady"), kGood);
  }
  // Apply says that it is as requested, in that number of writes.
  void ExpectWrites(int writes) {
    api_->ResetCalls();
    Apply(spec_);
    EXPECT_EQ(api_->writes(), writes);
    for (int i = 0; i < 3; ++i) api_->Settle();
    Forget();
    EXPECT_TRUE(IsTrue(Apply(spec_), "Ready")) << Apply(spec_).DebugString();
    EXPECT_EQ(api_->writes(), writes) << "again";
  }
  // Apply changes nothing, and names the field if it has to refuse.
  void ExpectLeft(const std::string& refused_field = "") {
    const Written before = Observe();
    api_->ResetCalls();
    const auto applied = scope_->Apply({}, spec_, true);
    EXPECT_EQ(FieldOf(applied.status()), refused_field) << applied.status();
    EXPECT_EQ(applied.ok(), refused_field.empty()) << applied.status();
    EXPECT_EQ(api_->writes(), 0);
    EXPECT_TRUE(Observe() == before);
  }
  void ExpectNameTaken() {
    const Written before = Observe();
    api_->ResetCalls();
    const absl::Status refused = scope_->Apply({}, spec_, true).status();
    EXPECT_EQ(DetailsOf(refused).reason, "NAME_TAKEN") << refused;
    EXPECT_EQ(api_->writes(), 0);
    EXPECT_TRUE(Observe() == before);
  }
  void ExpectRuns() {
    EXPECT_TRUE(Machine().running);
    EXPECT_EQ(Machine().status.state, "Running");
    EXPECT_EQ(Described().state(), Vm::STATE_RUNNING);
  }

  Vm spec_;
  Written requested_;
};

// --- VirtualMachine: what can change while it runs.

// The cloud may refuse a public IP on a machine that runs.
TEST_F(MachineDriftTest, WhatTheCloudRefusesHoldsUpNoOtherRepair) {
  ChangeMachine([](VirtualMachine& machine) {
    machine.public_ip = Id<PublicIp>("ip2");
    machine.security_groups = {Id<SecurityGroup>("other")};
  });
  AddDisk("third");
  api_->virtual_machines().faults().Fail(
      cloud::Verb::kUpdate, absl::InvalidArgumentError("not while it runs"));
  EXPECT_TRUE(absl::IsInvalidArgument(Refused(spec_)));
  EXPECT_EQ(Machine().security_groups,
            std::vector<Id<SecurityGroup>>{Id<SecurityGroup>("web")});
  EXPECT_EQ(Machine().public_ip, Id<PublicIp>("ip2"));
  EXPECT_TRUE(api_->disks().Find(DiskId(kOwner, "third")).has_value());
}

TEST_F(MachineDriftTest, WhatTheCloudRefusesHoldsUpNoLabel) {
  ChangeMachine([](VirtualMachine& machine) {
    machine.metadata.labels.erase(cloud::kClusterNameLabel);
    machine.public_ip = Id<PublicIp>("ip2");
    machine.security_groups = {Id<SecurityGroup>("other")};
  });
  api_->virtual_machines().faults().Fail(
      cloud::Verb::kUpdate, absl::InvalidArgumentError("neither of them"), 3);
  EXPECT_TRUE(absl::IsInvalidArgument(Refused(spec_)));
  EXPECT_TRUE(Machine().metadata.labels.contains(cloud::kClusterNameLabel));
}

TEST_F(MachineDriftTest, ADiskThatIsRefusedHoldsUpNoLaterOne) {
  v1::DataDisk& first = *spec_.mutable_data_disks(0);
  first.set_size_gb(first.size_gb() + 1);
  AddDisk("third");
  api_->disks().faults().Fail(cloud::Verb::kUpdate,
                              absl::InvalidArgumentError("not this one"));
  EXPECT_TRUE(absl::IsInvalidArgument(Refused(spec_)));
  EXPECT_TRUE(api_->disks().Find(DiskId(kOwner, "third")).has_value());
}

// Nor may a group that is not there keep the public IP away.
TEST_F(MachineDriftTest, AGroupThatTheCloudRefusesHoldsUpNoOtherRepair) {
  ChangeMachine([](VirtualMachine& machine) {
    machine.public_ip = {};
    machine.security_groups = {Id<SecurityGroup>("other")};
  });
  api_->virtual_machines().faults().Fail(
      cloud::Verb::kUpdate, absl::InvalidArgumentError("no such group"), 2);
  EXPECT_TRUE(absl::IsInvalidArgument(Refused(spec_)));
  EXPECT_EQ(Machine().security_groups,
            std::vector<Id<SecurityGroup>>{Id<SecurityGroup>("other")});
  EXPECT_FALSE(Machine().public_ip.empty());
}

// What our own checks refuse is told, left as it is, and holds up nothing else.
TEST_F(MachineDriftTest, WhatIsRefusedIsLeftAndTheRestIsRepaired) {
  const std::string others = "/networking/projects/q/regions/se-sto/";
  const std::pair<const char*, std::function<void(v1::VirtualMachine&)>>
      wrongs[] = {
          {"security_group_ids[0]",
           [&](auto& vm) {
             vm.set_security_group_ids(0, others + "securityGroups/g");
           }},
          {"public_ip_id",
           [&](auto& vm) { vm.set_public_ip_id(others + "publicIPs/ip"); }},
          {"subnet_id", [](auto& vm) { vm.clear_subnet_id(); }},
          {"labels[a/b]",
           [](auto& vm) { (*vm.mutable_labels())["a/b"] = "c"; }},
          {"compute_profile", [](auto& vm) { vm.set_compute_profile("a b"); }},
          {"boot_disk.image",
           [](auto& vm) { vm.mutable_boot_disk()->set_image("a b"); }},
          {"data_disks[0].size_gb",
           [](auto& vm) { vm.mutable_data_disks(0)->clear_size_gb(); }},
      };
  int size = 100;
  for (const auto& [field, make] : wrongs) {
    ChangeMachine([](VirtualMachine& machine) {
      machine.metadata.labels.erase(cloud::kClusterNameLabel);
    });
    const VirtualMachine before = Machine();
    v1::VirtualMachine wrong = spec_;
    make(wrong);
    wrong.mutable_boot_disk()->set_size_gb(++size);
    EXPECT_EQ(FieldOf(Refused(wrong)), std::string("virtual_machine.") + field);
    const VirtualMachine after = Machine();
    EXPECT_EQ(after.security_groups, before.security_groups) << field;
    EXPECT_EQ(after.public_ip, before.public_ip) << field;
    EXPECT_TRUE(after.metadata.labels.contains(cloud::kClusterNameLabel))
        << field;
    EXPECT_EQ(api_->disks().Find(DiskId(kOwner, ""))->size->amount, size)
        << field;
  }
}

TEST_F(MachineDriftTest, WhatIsRefusedOfANewMachineComesBeforeItIsMade) {
  v1::VirtualMachine wrong = Request();
  wrong.mutable_owner()->set_machine_id("m2");
  wrong.mutable_owner()->set_machine_name("worker-1");
  wrong.add_security_group_ids("a/b");
  api_->ResetCalls();
  EXPECT_EQ(FieldOf(Refused(wrong)), "virtual_machine.security_group_ids[0]");
  EXPECT_EQ(api_->writes(), 0);
}

TEST_F(MachineDriftTest, GroupsThatAreToBeKeptAreLeft) {
  ChangeMachine([](VirtualMachine& machine) {
    machine.security_groups = {Id<SecurityGroup>("other")};
  });
  spec_.set_keep_security_groups(true);
  ExpectLeft();
}

TEST_F(MachineDriftTest, SecurityGroupsAreRepaired) {
  for (const std::vector<const char*>& groups :
       std::vector<std::vector<const char*>>{{}, {"other"}, {"web", "other"}}) {
    ChangeMachine([&](VirtualMachine& machine) {
      machine.security_groups.clear();
      for (const char* id : groups) machine.security_groups.emplace_back(id);
    });
    EXPECT_EQ(Told("VMReady"),
              "Updating: not as requested yet: security groups");
    ExpectRepaired();
  }
}

TEST_F(MachineDriftTest, TheOrderOfSecurityGroupsDoesNotMatter) {
  spec_.add_security_group_ids("other");
  ExpectWrites(1);
  ChangeMachine([](VirtualMachine& machine) {
    std::swap(machine.security_groups[0], machine.security_groups[1]);
  });
  EXPECT_EQ(Told("VMReady"), kGood);
  ExpectLeft();
}

TEST_F(MachineDriftTest, ADetachedPublicIpIsAttachedAgain) {
  ChangeMachine([](VirtualMachine& machine) { machine.public_ip = {}; });
  EXPECT_EQ(Told("VMReady"), "Updating: not as requested yet: public IP");
  EXPECT_EQ(Described().public_ipv4_address(), "");
  ExpectRepaired();
  EXPECT_NE(Described().public_ipv4_address(), "");
}

TEST_F(MachineDriftTest, AnotherPublicIpIsReplaced) {
  ChangeMachine(
      [](VirtualMachine& machine) { machine.public_ip = Id<PublicIp>("ip2"); });
  EXPECT_EQ(Told("VMReady"), "Updating: not as requested yet: public IP");
  ExpectRepaired();
}

TEST_F(MachineDriftTest, AnAdditionalPublicIpIsTakenOff) {
  spec_.clear_public_ip_id();
  ExpectWrites(1);
  requested_ = Observe();
  ChangeMachine(
      [](VirtualMachine& machine) { machine.public_ip = Id<PublicIp>("ip2"); });
  EXPECT_EQ(Told("VMReady"), "Updating: not as requested yet: public IP");
  ExpectRepaired();
}

// Its user is the machine's address, which the shim asks for again if it is the
// machine's own.
TEST_F(MachineDriftTest, ADeletedPublicIpLeavesTheMachineAsItIs) {
  const PublicIp ip = *network_->public_ips().Find(Id<PublicIp>("ip"));
  network_->public_ips().Vanish(ip.metadata.id);
  api_->Settle();
  Forget();
  EXPECT_EQ(Told("VMReady"), kGood);
  EXPECT_EQ(Described().public_ipv4_address(), "");
  ExpectLeft();
  ExpectRuns();
  network_->public_ips().Put(ip);
  network_->Settle();
  api_->Settle();
  Forget();
  EXPECT_NE(Described().public_ipv4_address(), "");
  ExpectLeft();
}

TEST_F(MachineDriftTest, LabelsAreRepaired) {
  const std::function<void(cloud::Labels&)> changes[] = {
      [](cloud::Labels& labels) { labels.erase("team"); },
      [](cloud::Labels& labels) { labels["team"] = "two"; },
      [](cloud::Labels& labels) { labels.erase(cloud::kClusterNameLabel); }};
  for (const auto& change : changes) {
    ChangeMachine(
        [&](VirtualMachine& machine) { change(machine.metadata.labels); });
    EXPECT_EQ(Told("VMReady"), "Updating: not as requested yet: labels");
    ExpectRepaired();
  }
}

// A program that adds them may add them again and again.
TEST_F(MachineDriftTest, AdditionalLabelsAreNoReasonToWriteAtOnce) {
  ChangeMachine(
      [](VirtualMachine& machine) { machine.metadata.labels["mine"] = "too"; });
  EXPECT_EQ(Told("VMReady"), "Available");
  ExpectRepaired();
}

TEST_F(MachineDriftTest, AMachineWithoutOurLabelsIsNotOursAnyMore) {
  ChangeMachine([](VirtualMachine& machine) {
    machine.metadata.labels.erase(cloud::kMachineIdLabel);
  });
  ExpectNameTaken();
  EXPECT_EQ(Machine().status.state, "Running");
}

TEST_F(MachineDriftTest, TheLabelOfUefiIsLeftAndTold) {
  const auto set_uefi = [](VirtualMachine& machine) {
    machine.metadata.labels[kUefiLabel] = "true";
  };
  spec_.set_boot_mode(v1::BOOT_MODE_BIOS);
  Apply(spec_);
  ChangeMachine(set_uefi);
  EXPECT_EQ(Told("VMReady"), Changed("boot_mode", "UEFI"));
  ExpectLeft("virtual_machine.boot_mode");
  spec_.set_boot_mode(v1::BOOT_MODE_UEFI);
  ExpectLeft();
  ChangeMachine([](VirtualMachine& machine) {
    machine.metadata.labels.erase(kUefiLabel);
  });
  EXPECT_EQ(Told("VMReady"), Changed("boot_mode", "BIOS"));
  ExpectLeft("virtual_machine.boot_mode");
  ExpectRuns();
}

// --- VirtualMachine: what needs a machine that is stopped.

TEST_F(MachineDriftTest, AStoppedMachineIsLeftAndTold) {
  ChangeMachine([](VirtualMachine& machine) { machine.running = false; });
  EXPECT_EQ(Told("VMReady"), "Stopped: it was stopped");
  EXPECT_EQ(Told("Ready"), "Stopped: it was stopped");
  ExpectLeft();
  EXPECT_EQ(Described().state(), Vm::STATE_STOPPED);
  ChangeMachine([](VirtualMachine& machine) { machine.running = true; });
  EXPECT_EQ(Told("VMReady"), kGood);
  ExpectLeft();
}

TEST_F(MachineDriftTest, AnotherComputeProfileIsLeftAndTold) {
  ChangeStopped(
      [](VirtualMachine& machine) { machine.compute_profile = "c1a.s"; });
  EXPECT_EQ(Told("VMReady"), Changed("compute_profile", "c1a.s"));
  ExpectLeft("virtual_machine.compute_profile");
  ExpectRuns();
}

TEST_F(MachineDriftTest, WithoutAPlacementGroupAnyWillDo) {
  spec_.clear_placement_group_id();
  Apply(spec_);
  EXPECT_EQ(Told("VMReady"), kGood);
  ExpectLeft();
}

TEST_F(MachineDriftTest, AnotherPlacementGroupIsLeftAndTold) {
  for (const char* group : {"", "other"}) {
    ChangeStopped([&](VirtualMachine& machine) {
      machine.placement_group = Id<cloud::PlacementGroup>(group);
    });
    EXPECT_EQ(Told("VMReady"), Changed("placement_group_id", group));
    ExpectLeft("virtual_machine.placement_group_id");
    ExpectRuns();
  }
}

TEST_F(MachineDriftTest, AnotherStackTypeIsLeftAndTold) {
  spec_.set_stack_type(common::v1::STACK_TYPE_DUAL_STACK);
  Apply(spec_);
  ChangeStopped([](VirtualMachine& machine) {
    machine.stack_type = cloud::StackType::kIpv6Only;
  });
  EXPECT_EQ(Told("VMReady"), Changed("stack_type", "ipv6-only"));
  ExpectLeft("virtual_machine.stack_type");
  ExpectRuns();
}

TEST_F(MachineDriftTest, AnotherBootDiskIsLeftAndTold) {
  ChangeStopped([](VirtualMachine& machine) {
    for (VirtualMachine::DiskRef& ref : machine.disks) ref.boot = !ref.boot;
  });
  EXPECT_EQ(Told("VMReady"),
            Changed("boot_disk", DiskId(kOwner, "data").value()));
  ExpectLeft("virtual_machine.boot_disk");
  ExpectRuns();
}

TEST_F(MachineDriftTest, ABootDiskIsNeitherMadeAgainNorHotswapped) {
  ChangeStopped([](VirtualMachine& machine) {
    machine.disks.erase(machine.disks.begin());
  });
  EXPECT_EQ(Told("VMReady"), Changed("boot_disk", "none"));
  ExpectLeft("virtual_machine.boot_disk");
  api_->disks().Vanish(DiskId(kOwner, ""));
  Forget();
  EXPECT_EQ(Told("DiskReady"),
            "Missing: the boot disk does not exist, or has lost its labels");
  ExpectLeft("virtual_machine.boot_disk");
}

// A change of one thing does not hold up the repair of another.
TEST_F(MachineDriftTest, WhatCanBeRepairedIsRepairedBesideWhatCanNot) {
  ChangeStopped([](VirtualMachine& machine) {
    machine.compute_profile = "c1a.s";
    machine.public_ip = {};
  });
  api_->hotswap_attachments().Vanish(AttachmentId(kOwner, "more"));
  api_->Settle();
  Forget();
  EXPECT_EQ(Told("VMReady"), "Updating: not as requested yet: public IP");
  EXPECT_EQ(FieldOf(scope_->Apply({}, spec_, true).status()),
            "virtual_machine.compute_profile");
  EXPECT_EQ(Machine().public_ip.value(), "ip");
  EXPECT_THAT(api_->hotswap_attachments().All(), SizeIs(1));
  EXPECT_EQ(Machine().compute_profile, "c1a.s");
}

TEST_F(MachineDriftTest, ADataDiskThatWasTakenOutIsHotswapped) {
  ChangeStopped([](VirtualMachine& machine) { machine.disks.pop_back(); });
  EXPECT_EQ(Told("DiskReady"), "Attaching: disk data is not attached yet");
  ExpectWrites(1);
  EXPECT_THAT(api_->hotswap_attachments().All(), SizeIs(2));
  EXPECT_TRUE(SpecsOf(api_->disks()) == requested_.disks);
  ExpectRuns();
}

TEST_F(MachineDriftTest, TheOrderOfDisksDoesNotMatter) {
  ChangeStopped([](VirtualMachine& machine) {
    std::swap(machine.disks[0], machine.disks[1]);
  });
  EXPECT_EQ(Told("VMReady"), kGood);
  ExpectLeft();
}

TEST_F(MachineDriftTest, OtherPeoplesDisksAreLeft) {
  Disk theirs;
  theirs.metadata.id = Id<Disk>("theirs");
  theirs.zone = "a";
  theirs.size = cloud::DiskSize{5, "GB"};
  api_->disks().Put(theirs);
  ChangeStopped([](VirtualMachine& machine) {
    machine.disks.push_back({Id<Disk>("theirs"), false});
  });
  EXPECT_EQ(Told("VMReady"), kGood);
  ExpectLeft();
  ExpectRuns();
}

// --- Disk.

TEST_F(MachineDriftTest, LabelsOfADiskAreRepaired) {
  for (const auto& [name, what] :
       {std::pair("", "the boot disk"), std::pair("data", "disk data"),
        std::pair("more", "disk more")}) {
    ChangeDisk(name, [](Disk& disk) { disk.metadata.labels["team"] = "two"; });
    EXPECT_EQ(Told("DiskReady"), absl::StrCat("Updating: the labels of ", what,
                                              " are not as requested yet"));
    EXPECT_EQ(Told("VMReady"), kGood);
    ExpectRepaired();
  }
}

TEST_F(MachineDriftTest, ADiskWithoutOurLabelsIsNotOursAnyMore) {
  ChangeDisk("data", [](Disk& disk) { disk.metadata.labels.clear(); });
  EXPECT_EQ(Told("DiskReady"),
            "Missing: disk data does not exist, or has lost its labels");
  ExpectNameTaken();
  ExpectRuns();
}

TEST_F(MachineDriftTest, AGrownDiskIsLeftAndItsSizeTold) {
  ChangeDisk("data", [](Disk& disk) {
    disk.size = cloud::DiskSize{60, "GB"};
    disk.status.size = disk.size;
  });
  EXPECT_EQ(Told("DiskReady"), kGood);
  EXPECT_EQ(Described().disks(1).size_gb(), 60);
  ExpectLeft();
}

TEST_F(MachineDriftTest, AGrowingDiskIsTold) {
  ChangeDisk("data", [](Disk& disk) { disk.size = cloud::DiskSize{60, "GB"}; });
  EXPECT_EQ(Told("DiskReady"), "Growing: disk data grows from 50 to 60 GB");
  EXPECT_EQ(Described().disks(1).size_gb(), 50);
  ExpectLeft();
}

TEST_F(MachineDriftTest, ADeletedDiskOfTheMachineIsLeftAndTold) {
  for (const auto& [name, what] :
       {std::pair("data", "disk data"), std::pair("", "the boot disk")}) {
    api_->disks().Vanish(DiskId(kOwner, name));
    Forget();
    EXPECT_EQ(Told("DiskReady"),
              absl::StrCat("Missing: ", what,
                           " does not exist, or has lost its labels"));
    ExpectLeft();
    ExpectRuns();
  }
}

// An empty one would be taken for the one with the data. The machine's label
// shows that it was there, also to a service that was started since.
TEST_F(MachineDriftTest, ADeletedHotswappedDiskIsLeftAndTold) {
  api_->hotswap_attachments().Vanish(AttachmentId(kOwner, "more"));
  api_->disks().Vanish(DiskId(kOwner, "more"));
  api_->Settle();
  Forget();
  EXPECT_EQ(Told("DiskReady"),
            "Missing: disk more does not exist, or has lost its labels");
  ExpectLeft();
  Restart();
  EXPECT_EQ(Told("DiskReady"),
            "Missing: disk more does not exist, or has lost its labels")
      << "before a spec is known";
  ExpectLeft();
  ExpectRuns();
  EXPECT_EQ(Told("DiskReady"),
            "Missing: disk more does not exist, or has lost its labels");
}

// Else something may be written to a disk that is then made again, empty.
TEST_F(MachineDriftTest, ADiskIsAttachedOnlyOnceItIsRecorded) {
  AddDisk("third");
  api_->virtual_machines().faults().Fail(cloud::Verb::kUpdate,
                                         absl::UnavailableError("down"));
  EXPECT_TRUE(absl::IsUnavailable(Refused(spec_)));
  EXPECT_TRUE(api_->disks().Find(DiskId(kOwner, "third")).has_value());
  EXPECT_THAT(api_->hotswap_attachments().All(), SizeIs(1));
  Apply(spec_);
  EXPECT_TRUE(Machine().metadata.labels.contains(DataDiskLabel("third")));
  EXPECT_THAT(api_->hotswap_attachments().All(), SizeIs(2));
}

TEST_F(MachineDriftTest, ADataDiskThatWasTakenOutAndDeletedIsLeftAndTold) {
  ChangeStopped([](VirtualMachine& machine) { machine.disks.pop_back(); });
  api_->disks().Vanish(DiskId(kOwner, "data"));
  Forget();
  EXPECT_EQ(Told("DiskReady"),
            "Missing: disk data does not exist, or has lost its labels");
  ExpectLeft();
}

// As one that was added before such labels were written.
TEST_F(MachineDriftTest, AnAttachmentAlsoShowsThatADiskWasThere) {
  api_->disks().Vanish(DiskId(kOwner, "more"));
  ChangeMachine([](VirtualMachine& machine) {
    machine.metadata.labels.erase(DataDiskLabel("more"));
    machine.status.hotswap_disks.clear();
  });
  api_->ResetCalls();
  Apply(spec_);
  EXPECT_EQ(api_->disks().faults().calls(cloud::Verb::kCreate), 0);
}

// The disk came back, say from a snapshot.
TEST_F(MachineDriftTest, ADiskThatSomebodyMadeAgainIsAttached) {
  Disk again = *api_->disks().Find(DiskId(kOwner, "more"));
  api_->hotswap_attachments().Vanish(AttachmentId(kOwner, "more"));
  api_->disks().Vanish(DiskId(kOwner, "more"));
  again.metadata.uid = "again";
  api_->disks().Put(again);
  api_->Settle();
  Forget();
  ExpectWrites(2);
  EXPECT_EQ(Machine().metadata.labels.at(DataDiskLabel("more")), "again");
}

// --- HotswapDiskAttachment.

TEST_F(MachineDriftTest, ADeletedAttachmentIsMadeAgain) {
  api_->hotswap_attachments().Vanish(AttachmentId(kOwner, "more"));
  api_->Settle();
  Forget();
  EXPECT_EQ(Told("DiskReady"), "Attaching: disk more is not attached yet");
  EXPECT_FALSE(Described().disks(2).attached());
  ExpectRepaired();
}

TEST_F(MachineDriftTest, LabelsOfAnAttachmentAreRepaired) {
  api_->hotswap_attachments().Change(
      AttachmentId(kOwner, "more"),
      [](HotswapAttachment& each) { each.metadata.labels["team"] = "two"; });
  Forget();
  EXPECT_EQ(Told("DiskReady"), kGood) << "it is attached";
  ExpectRepaired();
}

// --- What the machine only refers to.

TEST_F(MachineDriftTest, APlacementGroupIsNotLookedAt) {
  api_->placement_groups().Change(
      Id<cloud::PlacementGroup>("spread"),
      [](cloud::PlacementGroup& group) { group.metadata.labels["a"] = "b"; });
  ExpectLeft();
  api_->placement_groups().Vanish(Id<cloud::PlacementGroup>("spread"));
  EXPECT_EQ(Told("VMReady"), kGood);
  ExpectLeft();
}

TEST_F(MachineDriftTest, ADeletedSecurityGroupOfOthersIsTold) {
  network_->security_groups().Vanish(Id<SecurityGroup>("web"));
  api_->Settle();
  Forget();
  EXPECT_EQ(Told("VMReady"),
            "SecurityGroupFailed: security group web can't be joined");
  ExpectLeft();
}

// --- A machine that is gone.

TEST_F(MachineDriftTest, ADeletedMachineIsLostAndItsDisksStay) {
  api_->virtual_machines().Vanish(MachineId(kOwner));
  Forget();
  EXPECT_EQ(Told("VMReady").substr(0, 4), "Lost");
  EXPECT_EQ(Described().state(), Vm::STATE_LOST);
  EXPECT_EQ(Described().private_ipv4_address(), "");
  EXPECT_EQ(Described().uid(), "");
  ExpectLeft();
  EXPECT_THAT(api_->disks().All(), SizeIs(3));
}

// --- While watched, a difference is a change, so that the caller applies
// again.

TEST_F(MachineDriftTest, TheWatchTellsADifference) {
  Watch();
  cloud::ChangeLog::Event event;
  const std::function<void(VirtualMachine&)> changes[] = {
      [](VirtualMachine& machine) { machine.security_groups.clear(); },
      [](VirtualMachine& machine) { machine.metadata.labels.erase("team"); },
      [](VirtualMachine& machine) { machine.public_ip = {}; }};
  for (const auto& change : changes) {
    api_->virtual_machines().Change(MachineId(kOwner), change);
    ASSERT_TRUE(watch_->NextInTime(clock_, &event).ok());
    v1::WatchResponse told;
    ASSERT_TRUE(told.ParseFromString(*event.resource));
    EXPECT_EQ(ConditionOf(told.virtual_machine(), "VMReady").reason(),
              "Updating");
    EXPECT_EQ(told.virtual_machine().state(), Vm::STATE_RUNNING);
    Apply(spec_);
    ASSERT_TRUE(watch_->Next(&event).ok());
    ASSERT_TRUE(told.ParseFromString(*event.resource));
    EXPECT_EQ(ConditionOf(told.virtual_machine(), "VMReady").reason(), kGood);
  }
}

}  // namespace
}  // namespace evroc::compute
