#include "services/compute/compute_scope.h"

#include <functional>
#include <set>
#include <string>

#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/compute/catalogue.h"
#include "services/compute/machine_state.h"
#include "services/compute/part_names.h"
#include "services/compute/testing/compute_scope_fixture.h"
#include "services/identity/owner_labels.h"

namespace evroc::compute {
namespace {

using cloud::FakeDialect;
using cloud::Verb;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using ComputeScopeTest = ComputeScopeFixture;

TEST_F(ComputeScopeTest, A1IsReadyOnlyOnceItRunsWithAnAddress) {
  v1::VirtualMachine machine = Apply(Request());
  EXPECT_EQ(machine.state(), v1::VirtualMachine::STATE_PROVISIONING);
  EXPECT_FALSE(IsTrue(machine, "Ready"));
  EXPECT_FALSE(machine.id().empty());
  machine = Boot(Request());
  EXPECT_TRUE(IsTrue(machine, "Ready")) << machine.DebugString();
  EXPECT_FALSE(machine.private_ipv4_address().empty());
  EXPECT_FALSE(machine.uid().empty());
  EXPECT_EQ(machine.actual_zone(), "a");
  ASSERT_THAT(machine.disks(), SizeIs(1));
  EXPECT_EQ(machine.disks(0).size_gb(), 20);
  EXPECT_TRUE(machine.disks(0).attached());
  EXPECT_TRUE(machine.user_data().empty());
  api_->virtual_machines().Change(MachineId(kOwner),
                                  [](cloud::VirtualMachine& each) {
                                    each.status.private_ipv4_address.clear();
                                    each.status.ipv6_address.clear();
                                  });
  Forget();
  machine = Apply(Request());
  EXPECT_EQ(machine.state(), v1::VirtualMachine::STATE_RUNNING);
  EXPECT_EQ(ConditionOf(machine, "VMReady").reason(), "WaitingForAddress");
}

TEST_F(ComputeScopeTest, CostsTwoWritesToMakeAndTwoToRemove) {
  api_->ResetCalls();
  Boot(Request());
  EXPECT_EQ(api_->writes(), 2);
  api_->ResetCalls();
  DeleteAll();
  EXPECT_EQ(api_->writes(), 2);
  EXPECT_THAT(api_->disks().All(), IsEmpty());
}

TEST_F(ComputeScopeTest, B10AnIdleMachineCostsNoWrites) {
  const v1::VirtualMachine before = Boot(Request());
  Forget();
  api_->ResetCalls();
  EXPECT_EQ(Apply(Request()).etag(), before.etag());
  EXPECT_EQ(api_->writes(), 0);
  EXPECT_EQ(api_->reads(), 2) << "one GET for each object";
}

TEST_F(ComputeScopeTest, UserDataArrivesByteForByte) {
  v1::VirtualMachine spec = Request();
  spec.set_user_data(std::string("## template: jinja\n\0\xff", 21));
  Apply(spec);
  const auto machine = api_->virtual_machines().Find(MachineId(kOwner));
  ASSERT_TRUE(machine.has_value());
  EXPECT_EQ(machine->user_data, spec.user_data());
}

TEST_F(ComputeScopeTest, SaysByHowMuchUserDataIsTooLarge) {
  v1::VirtualMachine spec = Request();
  spec.set_user_data(std::string(kMaxUserDataBytes, 'x'));
  EXPECT_TRUE(scope_->Apply({}, spec, false).ok());
  spec.set_user_data(std::string(kMaxUserDataBytes + 7, 'x'));
  const absl::Status refused = Refused(spec);
  EXPECT_TRUE(absl::IsInvalidArgument(refused));
  EXPECT_EQ(FieldOf(refused), "virtual_machine.user_data");
  EXPECT_THAT(
      std::string(refused.message()),
      testing::AllOf(testing::HasSubstr("786439"), testing::HasSubstr("7 more"),
                     testing::HasSubstr("786432")));
}

TEST_F(ComputeScopeTest, SurvivesLostAnswersOfEveryCreation) {
  api_->disks().faults().LoseAnswer(Verb::kCreate);
  api_->virtual_machines().faults().LoseAnswer(Verb::kCreate);
  int failures = 0;
  while (!scope_->Apply({}, Request(), false).ok()) {
    ASSERT_LT(++failures, 5);
    Restart();
    Forget();
  }
  EXPECT_EQ(failures, 2);
  Boot(Request());
  EXPECT_THAT(api_->virtual_machines().All(), SizeIs(1));
  EXPECT_THAT(api_->disks().All(), SizeIs(1));
}

// The machine is no longer requested before its creation was confirmed.
TEST_F(ComputeScopeTest, DeletesAlsoWhatWasMadeWithoutAnAnswer) {
  Watch();
  api_->disks().faults().LoseAnswer(Verb::kCreate);
  EXPECT_FALSE(scope_->Apply({}, Request(), false).ok());
  const auto remaining = scope_->Delete({}, kKey);
  ASSERT_TRUE(remaining.ok()) << remaining.status();
  EXPECT_THAT(*remaining, SizeIs(1));
  api_->Settle();
  EXPECT_THAT(api_->disks().All(), IsEmpty());
}

TEST_F(ComputeScopeTest, B1ALostMachineIsReportedAndNeverMadeAgain) {
  Boot(Request());
  api_->virtual_machines().Vanish(MachineId(kOwner));
  Forget();
  api_->ResetCalls();
  v1::VirtualMachine machine = Apply(Request());
  EXPECT_EQ(machine.state(), v1::VirtualMachine::STATE_LOST);
  Restart();
  machine = Apply(Request(), /*provisioned_before=*/true);
  EXPECT_EQ(machine.state(), v1::VirtualMachine::STATE_LOST);
  EXPECT_FALSE(IsTrue(machine, "Ready"));
  EXPECT_EQ(api_->writes(), 0);
  EXPECT_THAT(api_->disks().All(), SizeIs(1)) << "disks stay until Delete";
  DeleteAll();
  EXPECT_THAT(api_->disks().All(), IsEmpty());
}

// The credentials change while a machine is being created: the new one's scope
// has listed the cloud before the old one's created the machine.
TEST_F(ComputeScopeTest, B1WhatAnotherCredentialMadeIsNotLost) {
  ComputeScope old(connection_, cloud::PollIntervals{.pollers = 1}, clock_);
  Watch();
  ASSERT_TRUE(old.Apply({}, Request(), false).ok());
  const v1::VirtualMachine machine = Apply(Request(), true);
  EXPECT_EQ(machine.state(), v1::VirtualMachine::STATE_PROVISIONING)
      << machine.DebugString();
}

TEST_F(ComputeScopeTest, ADiskThatAnotherCredentialMadeIsNotMissing) {
  ComputeScope old(connection_, cloud::PollIntervals{.pollers = 1}, clock_);
  ASSERT_TRUE(old.Apply({}, Request(), false).ok());
  api_->Settle();
  api_->Settle();
  const auto disk = api_->disks().Find(DiskId(kOwner, ""));
  ASSERT_TRUE(disk.has_value());
  api_->disks().Vanish(disk->metadata.id);
  Watch();
  api_->disks().Put(*disk);
  api_->ResetCalls();
  const v1::VirtualMachine machine = Apply(Request());
  EXPECT_TRUE(IsTrue(machine, "Ready")) << machine.DebugString();
  EXPECT_EQ(api_->reads(), 1) << "of the disk";
  Apply(Request());
  EXPECT_EQ(api_->reads(), 1) << "it is in memory now";
  EXPECT_EQ(api_->writes(), 0);
}

TEST_F(ComputeScopeTest, NothingThatAnotherCredentialMadeIsMissing) {
  ComputeScope old(connection_, cloud::PollIntervals{.pollers = 1}, clock_);
  Watch();
  v1::VirtualMachine spec = Request();
  v1::DataDisk* data = spec.add_data_disks();
  data->set_name("data");
  data->set_size_gb(50);
  ASSERT_TRUE(old.Apply({}, spec, false).ok());
  api_->Settle();
  api_->Settle();
  api_->ResetCalls();
  const v1::VirtualMachine machine = Apply(spec, true);
  EXPECT_TRUE(IsTrue(machine, "Ready")) << machine.DebugString();
  EXPECT_EQ(api_->reads(), 3) << "one GET for each object";
  EXPECT_EQ(api_->writes(), 0);
}

// One that is not to be changed is described all the same.
TEST_F(ComputeScopeTest, NorAreTheDisksOfAFailedOrLostMachine) {
  ComputeScope old(connection_, cloud::PollIntervals{.pollers = 1}, clock_);
  Watch();
  ASSERT_TRUE(old.Apply({}, Request(), false).ok());
  api_->Settle();
  api_->FailProvisioning(MachineId(kOwner));
  v1::VirtualMachine machine = Apply(Request(), true);
  EXPECT_EQ(machine.state(), v1::VirtualMachine::STATE_FAILED);
  EXPECT_TRUE(IsTrue(machine, "DiskReady")) << machine.DebugString();
  watch_.reset();
  Restart();
  api_->virtual_machines().Vanish(MachineId(kOwner));
  const auto disk = api_->disks().Find(DiskId(kOwner, ""));
  ASSERT_TRUE(disk.has_value());
  api_->disks().Vanish(disk->metadata.id);
  Watch();
  api_->disks().Put(*disk);
  machine = Apply(Request(), true);
  EXPECT_EQ(machine.state(), v1::VirtualMachine::STATE_LOST);
  EXPECT_TRUE(IsTrue(machine, "DiskReady")) << machine.DebugString();
}

// The cloud may check anything else before the name.
TEST_F(ComputeScopeTest, NoRefusalHidesWhatAnotherCredentialMade) {
  const absl::Status refusals[] = {
      MakeError(absl::StatusCode::kResourceExhausted, "not enough quota",
                {.reason = std::string(kQuotaExceeded)}),
      absl::PermissionDeniedError("may not create"),
      absl::InvalidArgumentError("denied the request")};
  int name = 0;
  for (const absl::Status& refusal : refusals) {
    v1::VirtualMachine request = Request();
    request.mutable_owner()->set_machine_id(absl::StrCat("m", ++name));
    request.mutable_owner()->set_machine_name(absl::StrCat("machine", name));
    ComputeScope old(connection_, cloud::PollIntervals{.pollers = 1}, clock_);
    Watch();
    ASSERT_TRUE(old.Apply({}, request, false).ok());
    api_->disks().faults().Fail(Verb::kCreate, refusal);
    api_->virtual_machines().faults().Fail(Verb::kCreate, refusal);
    const v1::VirtualMachine machine = Apply(request);
    EXPECT_EQ(machine.state(), v1::VirtualMachine::STATE_PROVISIONING)
        << refusal << machine.DebugString();
    watch_.reset();
    Restart();
  }
}

TEST_F(ComputeScopeTest, WhileWatchedOnlyWhatIsMissingIsRead) {
  Watch();
  api_->ResetCalls();
  Apply(Request());
  EXPECT_EQ(api_->writes(), 2);
  EXPECT_EQ(api_->reads(), 0) << "a creation finds out what exists";
  api_->Settle();
  api_->Settle();
  api_->disks().Vanish(DiskId(kOwner, ""));
  watch_.reset();
  Restart();
  Watch();
  api_->ResetCalls();
  const v1::VirtualMachine machine = Apply(Request());
  EXPECT_EQ(ConditionOf(machine, "DiskReady").reason(), "Missing");
  EXPECT_EQ(api_->reads(), 1) << "of the disk";
  ASSERT_TRUE(scope_->Get({}, kKey).ok());
  ASSERT_TRUE(scope_->List({}, "").ok());
  EXPECT_EQ(api_->reads(), 1);
  EXPECT_EQ(api_->writes(), 0);
}

TEST_F(ComputeScopeTest, DeletesAlsoWhatAnotherCredentialMade) {
  ComputeScope old(connection_, cloud::PollIntervals{.pollers = 1}, clock_);
  Watch();
  ASSERT_TRUE(old.Apply({}, Request(), false).ok());
  const auto remaining = scope_->Delete({}, kKey);
  ASSERT_TRUE(remaining.ok()) << remaining.status();
  EXPECT_THAT(*remaining, SizeIs(2));
}

TEST_F(ComputeScopeTest, AFailedMachineIsLeftAlone) {
  Apply(Request());
  api_->FailProvisioning(MachineId(kOwner));
  Forget();
  api_->ResetCalls();
  v1::VirtualMachine spec = Request();
  (*spec.mutable_labels())["a"] = "b";
  const v1::VirtualMachine machine = Apply(spec);
  EXPECT_EQ(machine.state(), v1::VirtualMachine::STATE_FAILED);
  EXPECT_EQ(ConditionOf(machine, "VMReady").reason(), "ProvisioningFailed");
  EXPECT_EQ(api_->writes(), 0);
}

TEST_F(ComputeScopeTest, B11EveryStateIsReported) {
  Boot(Request());
  const std::pair<const char*, v1::VirtualMachine::State> states[] = {
      {"Creating", v1::VirtualMachine::STATE_PROVISIONING},
      {"Starting", v1::VirtualMachine::STATE_STARTING},
      {"Running", v1::VirtualMachine::STATE_RUNNING},
      {"Stopping", v1::VirtualMachine::STATE_STOPPING},
      {"Stopped", v1::VirtualMachine::STATE_STOPPED},
      {"ProvisioningFailed", v1::VirtualMachine::STATE_FAILED},
      {"Terminating", v1::VirtualMachine::STATE_DELETING},
      {"Dreaming", v1::VirtualMachine::STATE_UNKNOWN}};
  for (const auto& [word, state] : states) {
    SetState(word);
    const v1::VirtualMachine machine = Apply(Request());
    EXPECT_EQ(machine.state(), state) << word;
    EXPECT_EQ(IsTrue(machine, "VMReady"), std::string(word) == "Running");
  }
  SetState("Dreaming");
  EXPECT_THAT(ConditionOf(Apply(Request()), "VMReady").message(),
              testing::HasSubstr("Dreaming"));
}

TEST_F(ComputeScopeTest, B16ADiskOnItsWayIsNoFailure) {
  Apply(Request());
  const auto set_reason = [&](const char* reason, const char* message) {
    api_->disks().Change(DiskId(kOwner, ""), [&](cloud::Disk& disk) {
      disk.status.conditions = {{.type = "Ready",
                                 .status = cloud::ConditionStatus::kFalse,
                                 .reason = reason,
                                 .message = message}};
    });
    Forget();
  };
  for (const char* reason :
       {"DiskImageDownloading", "Provisioning", "Pending", "ImportScheduled",
        "DiskImageImportCompleted", "SomethingNew", "Resizing"}) {
    set_reason(reason, "");
    const v1::VirtualMachine machine = Apply(Request());
    EXPECT_EQ(machine.state(), v1::VirtualMachine::STATE_PROVISIONING);
    EXPECT_EQ(ConditionOf(machine, "DiskReady").reason(), reason);
  }
  for (const char* reason :
       {"ImportFailed", "DownloadFailure", "ImageERROR", "InvalidImage",
        "SourceUnavailable", "AccessDenied", "QuotaExceeded"}) {
    set_reason(reason, "");
    EXPECT_EQ(Apply(Request()).state(), v1::VirtualMachine::STATE_FAILED)
        << reason;
  }
  set_reason("SizeTooSmall", "disk too small for the image");
  const v1::VirtualMachine machine = Apply(Request());
  EXPECT_EQ(machine.state(), v1::VirtualMachine::STATE_FAILED);
  EXPECT_THAT(ConditionOf(machine, "DiskReady").message(),
              testing::HasSubstr("too small"));
}

TEST_F(ComputeScopeTest, B15TheZoneIsOnlySentAtCreation) {
  Boot(Request());
  v1::VirtualMachine spec = Request();
  spec.set_zone("b");
  EXPECT_EQ(FieldOf(Refused(spec)), "virtual_machine.zone");
}

TEST_F(ComputeScopeTest, RefusesWhatTheCloudCantChange) {
  Boot(Request());
  const auto field = [&](const std::function<void(v1::VirtualMachine&)>& edit) {
    v1::VirtualMachine spec = Request();
    edit(spec);
    const absl::Status refused = Refused(spec);
    EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
    return FieldOf(refused);
  };
  EXPECT_EQ(field([](auto& w) { w.set_compute_profile("c1a.s"); }),
            "virtual_machine.compute_profile");
  EXPECT_EQ(field([](auto& w) { w.set_subnet_id("default-se-sto-b"); }),
            "virtual_machine.subnet_id");
  EXPECT_EQ(field([](auto& w) { w.set_placement_group_id("g"); }),
            "virtual_machine.placement_group_id");
  EXPECT_EQ(field([](auto& w) {
              w.mutable_boot_disk()->set_image("ubuntu-minimal.24-04.1");
            }),
            "virtual_machine.boot_disk.image");
}

TEST_F(ComputeScopeTest, TheBootDiskGrowsWhileTheMachineRuns) {
  Boot(Request());
  v1::VirtualMachine spec = Request();
  spec.mutable_boot_disk()->set_size_gb(30);
  Forget();
  v1::VirtualMachine machine = Apply(spec);
  EXPECT_EQ(machine.state(), v1::VirtualMachine::STATE_RUNNING);
  EXPECT_EQ(ConditionOf(machine, "DiskReady").reason(), "Growing");
  EXPECT_EQ(ConditionOf(machine, "DiskReady").message(),
            "the boot disk grows from 20 to 30 GB");
  EXPECT_FALSE(IsTrue(machine, "Ready"));
  api_->Settle();
  Forget();
  machine = Apply(spec);
  EXPECT_TRUE(IsTrue(machine, "Ready")) << machine.DebugString();
  EXPECT_EQ(machine.disks(0).size_gb(), 30);
}

// The cloud's own reason says more than the size that is not reached yet.
TEST_F(ComputeScopeTest, ADiskThatIsNotReadySaysWhyEvenIfItGrows) {
  Apply(Request());
  api_->disks().Change(DiskId(kOwner, ""), [](cloud::Disk& disk) {
    disk.status.size = cloud::DiskSize{10, "GB"};
    disk.status.conditions = {{.type = "Ready",
                               .status = cloud::ConditionStatus::kFalse,
                               .reason = "ImportScheduled"}};
  });
  Forget();
  EXPECT_EQ(ConditionOf(Apply(Request()), "DiskReady").reason(),
            "ImportScheduled");
}

// A refusal needs evroc's own lists alone.
TEST_F(ComputeScopeTest, ARefusedRequestDoesNotAskForCustomImages) {
  api_->virtual_machines().faults().Fail(
      Verb::kCreate, absl::InvalidArgumentError("denied the request"));
  EXPECT_TRUE(absl::IsInvalidArgument(Refused(Request())));
  EXPECT_EQ(api_->custom_image_faults().reads(), 0);
}

// Others may have grown it, in units of their own.
TEST_F(ComputeScopeTest, ADiskThatIsLargerThanAskedForIsNoFault) {
  Boot(Request());
  api_->disks().Change(DiskId(kOwner, ""), [](cloud::Disk& disk) {
    disk.size = cloud::DiskSize{25'000, "MB"};
    disk.status.size = disk.size;
  });
  Forget();
  api_->ResetCalls();
  v1::VirtualMachine spec = Request();
  EXPECT_TRUE(IsTrue(Apply(spec), "Ready"));
  spec.mutable_boot_disk()->set_size_gb(10);
  EXPECT_TRUE(IsTrue(Apply(spec), "Ready"));
  EXPECT_EQ(api_->writes(), 0);
  // 25,000 MB are more than 24 GB, and less than 25.
  spec.mutable_boot_disk()->set_size_gb(24);
  Apply(spec);
  EXPECT_EQ(api_->writes(), 0);
  spec.mutable_boot_disk()->set_size_gb(25);
  Apply(spec);
  EXPECT_EQ(api_->writes(), 1);
}

TEST_F(ComputeScopeTest, B3GroupsAddressAndLabelsChangeInOneWrite) {
  cloud::SecurityGroup group;
  group.metadata.id = Id<cloud::SecurityGroup>("web");
  group.vpc = Id<cloud::Vpc>("default-se-sto");
  network_->security_groups().Put(group);
  cloud::PublicIp address;
  address.metadata.id = Id<cloud::PublicIp>("address");
  network_->public_ips().Put(address);
  Boot(Request());
  v1::VirtualMachine spec = Request();
  spec.add_security_group_ids("web");
  spec.set_public_ip_id("address");
  (*spec.mutable_labels())["team"] = "blue";
  Forget();
  api_->virtual_machines().faults().ResetCalls();
  Apply(spec);
  EXPECT_EQ(api_->virtual_machines().faults().calls(Verb::kUpdate), 1);
  auto machine = api_->virtual_machines().Find(MachineId(kOwner));
  EXPECT_THAT(machine->security_groups,
              ElementsAre(Id<cloud::SecurityGroup>("web")));
  EXPECT_EQ(machine->public_ip.value(), "address");
  EXPECT_EQ(machine->metadata.labels.at("team"), "blue");
  // Back to the default.
  Forget();
  Apply(Request());
  machine = api_->virtual_machines().Find(MachineId(kOwner));
  EXPECT_THAT(machine->security_groups, IsEmpty());
  EXPECT_TRUE(machine->public_ip.empty());
  EXPECT_FALSE(machine->metadata.labels.contains("team"));
}

TEST_F(ComputeScopeTest, DataDisksComeWithTheMachineOrLater) {
  v1::VirtualMachine spec = Request();
  v1::DataDisk* data = spec.add_data_disks();
  data->set_name("data");
  data->set_size_gb(50);
  v1::VirtualMachine machine = Boot(spec);
  ASSERT_THAT(machine.disks(), SizeIs(2));
  EXPECT_EQ(machine.disks(1).name(), "data");
  EXPECT_TRUE(machine.disks(1).attached());
  // Another disk while it runs: a hotswap attachment.
  v1::DataDisk* more = spec.add_data_disks();
  more->set_name("more");
  more->set_size_gb(10);
  Forget();
  machine = Apply(spec);
  EXPECT_FALSE(IsTrue(machine, "DiskReady"));
  for (int i = 0; i < 3; ++i) api_->Settle();
  Forget();
  machine = Apply(spec);
  EXPECT_TRUE(machine.disks(2).attached()) << machine.DebugString();
  EXPECT_THAT(api_->hotswap_attachments().All(), SizeIs(1));
  EXPECT_EQ(api_->virtual_machines()
                .Find(MachineId(kOwner))
                ->metadata.labels.at(DataDiskLabel("more"))
                .str(),
            api_->disks().Find(DiskId(kOwner, "more"))->metadata.uid);
  // Grown, never shrunk, not removed.
  spec.mutable_data_disks(1)->set_size_gb(20);
  Forget();
  Apply(spec);
  EXPECT_EQ(api_->disks().Find(DiskId(kOwner, "more"))->size->amount, 20);
  spec.mutable_data_disks(1)->set_size_gb(5);
  Apply(spec);
  EXPECT_EQ(api_->disks().Find(DiskId(kOwner, "more"))->size->amount, 20);
  v1::VirtualMachine fewer = Request();
  EXPECT_EQ(FieldOf(Refused(fewer)), "virtual_machine.data_disks");
  DeleteAll();
  EXPECT_THAT(api_->disks().All(), IsEmpty());
  EXPECT_THAT(api_->hotswap_attachments().All(), IsEmpty());
}

TEST_F(ComputeScopeTest, ALostDataDiskIsNotMadeAgain) {
  v1::VirtualMachine spec = Request();
  v1::DataDisk* data = spec.add_data_disks();
  data->set_name("data");
  data->set_size_gb(50);
  Boot(spec);
  api_->disks().Vanish(DiskId(kOwner, "data"));
  Forget();
  const v1::VirtualMachine machine = Apply(spec);
  EXPECT_EQ(ConditionOf(machine, "DiskReady").reason(), "Missing");
  EXPECT_THAT(api_->disks().All(), SizeIs(1));
}

TEST_F(ComputeScopeTest, B2NamesThatAreTakenAreNotTouched) {
  cloud::VirtualMachine theirs;
  theirs.metadata.id = MachineId(kOwner);
  theirs.compute_profile = "a1a.s";
  theirs.zone = "a";
  theirs.subnet = Id<cloud::Subnet>("default-se-sto-a");
  theirs.status.state = "Running";
  api_->virtual_machines().Put(theirs);
  const absl::Status refused = Refused(Request());
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_EQ(DetailsOf(refused).reason, "NAME_TAKEN");
  // Whose it is has to be said before the machine is gone.
  const auto remaining = scope_->Delete({}, kKey);
  ASSERT_TRUE(remaining.ok()) << remaining.status();
  EXPECT_THAT(*remaining, SizeIs(1));
  EXPECT_EQ(api_->virtual_machines().faults().calls(Verb::kDelete), 0);
  EXPECT_TRUE(api_->virtual_machines().Find(MachineId(kOwner)).has_value());
}

TEST_F(ComputeScopeTest, ExplainsWhatDoesNotExist) {
  v1::VirtualMachine spec = Request();
  spec.set_compute_profile("z9.xxl");
  absl::Status refused = Refused(spec);
  EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
  EXPECT_EQ(FieldOf(refused), "virtual_machine.compute_profile");
  DeleteAll();
  spec = Request();
  spec.mutable_boot_disk()->set_image("windows.95");
  refused = Refused(spec);
  EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
  EXPECT_EQ(FieldOf(refused), "virtual_machine.boot_disk.image");
}

TEST_F(ComputeScopeTest, ExplainsThatThereAreNoNewMachinesWithIpv4Only) {
  v1::VirtualMachine spec = Request();
  spec.set_stack_type(common::v1::STACK_TYPE_IPV4_ONLY);
  api_->virtual_machines().faults().Fail(
      Verb::kCreate,
      MakeError(
          absl::StatusCode::kInvalidArgument, "the cloud's own words",
          {.metadata = {{"cloud_reason", "IPv4OnlyStackTypeDeprecated"}}}));
  const absl::Status refused = Refused(spec);
  EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
  EXPECT_EQ(FieldOf(refused), "virtual_machine.stack_type");
  EXPECT_THAT(std::string(refused.message()),
              testing::HasSubstr("(the cloud's own words)"));
}

TEST_F(ComputeScopeTest, ACustomImageIsLookedAtBeforeADiskIsMade) {
  v1::VirtualMachine spec = Request();
  spec.mutable_boot_disk()->set_image("custom:golden");
  absl::Status refused = Refused(spec);
  EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
  EXPECT_EQ(FieldOf(refused), "virtual_machine.boot_disk.image");
  api_->custom_image_faults().Fail(Verb::kGet,
                                   absl::PermissionDeniedError("no"));
  refused = Refused(spec);
  EXPECT_TRUE(absl::IsPermissionDenied(refused)) << refused;
  EXPECT_EQ(FieldOf(refused), "virtual_machine.boot_disk.image");
  const auto set_ready = [&](cloud::ConditionStatus status) {
    api_->set_custom_images({{.name = "custom:golden",
                              .conditions = {{.type = "Ready",
                                              .status = status,
                                              .reason = "Checking",
                                              .message = "being read"}}}});
  };
  set_ready(cloud::ConditionStatus::kFalse);
  refused = Refused(spec);
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_EQ(FieldOf(refused), "virtual_machine.boot_disk.image");
  EXPECT_THAT(std::string(refused.message()),
              testing::HasSubstr("not ready: Checking: being read"));
  api_->set_custom_images({{.name = "custom:golden"}});
  EXPECT_THAT(std::string(Refused(spec).message()),
              testing::HasSubstr("\"golden\" is not ready"));
  EXPECT_EQ(api_->writes(), 0);
  set_ready(cloud::ConditionStatus::kTrue);
  EXPECT_EQ(Boot(spec).state(), v1::VirtualMachine::STATE_RUNNING);
  EXPECT_EQ(api_->disks().Find(DiskId(kOwner, ""))->image, "custom:golden");
}

// The disk is made; what becomes of its image does not matter to it.
TEST_F(ComputeScopeTest, AMachineOutlivesItsCustomImage) {
  api_->set_custom_images(
      {{.name = "custom:golden",
        .conditions = {
            {.type = "Ready", .status = cloud::ConditionStatus::kTrue}}}});
  v1::VirtualMachine spec = Request();
  spec.mutable_boot_disk()->set_image("custom:golden");
  Boot(spec);
  api_->set_custom_images({});
  Forget();
  EXPECT_EQ(Apply(spec).state(), v1::VirtualMachine::STATE_RUNNING);
  v1::DataDisk& data = *spec.add_data_disks();
  data.set_name("data");
  data.set_image("custom:golden");
  EXPECT_EQ(FieldOf(Refused(spec)), "virtual_machine.data_disks[0].image");
}

TEST_F(ComputeScopeTest, UefiIsALabelThatStays) {
  v1::VirtualMachine spec = Request();
  spec.set_boot_mode(v1::BOOT_MODE_UEFI);
  Boot(spec);
  const auto uefi = [&] {
    return cloud::LabelOf(
        api_->virtual_machines().Find(MachineId(kOwner))->metadata.labels,
        "compute-experimental-features-UEFI");
  };
  EXPECT_EQ(uefi(), "true");
  spec.set_boot_mode(v1::BOOT_MODE_BIOS);
  EXPECT_EQ(FieldOf(Refused(spec)), "virtual_machine.boot_mode");
  (*spec.mutable_labels())["team"] = "a";
  spec.clear_boot_mode();
  Apply(spec);
  EXPECT_EQ(uefi(), "true");
}

// What can't be read may be another machine, or a disk of another one.
TEST_F(ComputeScopeTest, AnElementThatCantBeReadHidesNoMachineThatIsThere) {
  Boot(Request());
  v1::VirtualMachine second = Request();
  second.mutable_owner()->set_machine_id("m2");
  second.mutable_owner()->set_machine_name("worker-1");
  Boot(second);
  Restart();
  const cloud::Id<cloud::Disk> boot =
      DiskId({"c1", "prod", "m2", "worker-1"}, "");
  const cloud::Disk disk = *api_->disks().Find(boot);
  api_->disks().Vanish(boot);
  const absl::Status unread = absl::DataLossError("one has no id");
  api_->virtual_machines().set_behaviour({.unread = unread});
  api_->disks().set_behaviour({.unread = unread});
  using Type = cloud::ChangeLog::Event::Type;
  cloud::ChangeLog::Event event;
  cloud::FeedReader watch(scope_->feed());
  do {
    ASSERT_TRUE(watch.NextInTime(clock_, &event).ok());
  } while (event.type == Type::kContact);
  ASSERT_EQ(event.type, Type::kChanged);
  v1::WatchResponse response;
  ASSERT_TRUE(response.ParseFromString(*event.resource));
  EXPECT_EQ(response.virtual_machine().owner().machine_id(), "m1");
  EXPECT_EQ(response.virtual_machine().state(),
            v1::VirtualMachine::STATE_RUNNING);
  api_->disks().Put(disk);
  api_->virtual_machines().set_behaviour({});
  api_->disks().set_behaviour({});
  std::set<std::string> told;
  do {
    ASSERT_TRUE(watch.NextInTime(clock_, &event).ok());
    if (event.resource == nullptr) continue;
    ASSERT_TRUE(response.ParseFromString(*event.resource));
    EXPECT_EQ(response.virtual_machine().state(),
              v1::VirtualMachine::STATE_RUNNING);
    EXPECT_TRUE(IsTrue(response.virtual_machine(), "DiskReady"))
        << "it may be the element that can't be read";
    told.insert(response.virtual_machine().owner().machine_id());
  } while (event.type != Type::kSynced);
  EXPECT_EQ(told, (std::set<std::string>{"m1", "m2"}));
}

// Each try makes the disks and takes them away again, so tries are rare.
TEST_F(ComputeScopeTest, ARefusedMachineLeavesNoDiskBehind) {
  auto& faults = api_->virtual_machines().faults();
  faults.Fail(Verb::kCreate, absl::InvalidArgumentError("not in this zone"),
              cloud::FakeFaults::kForever);
  v1::VirtualMachine spec = Request();
  spec.add_data_disks()->set_name("etcd");
  spec.mutable_data_disks(0)->set_size_gb(10);
  EXPECT_TRUE(absl::IsInvalidArgument(Refused(spec)));
  api_->Settle();
  EXPECT_THAT(api_->disks().All(), SizeIs(0));
  api_->ResetCalls();
  EXPECT_TRUE(absl::IsInvalidArgument(Refused(spec)));
  EXPECT_EQ(api_->reads() + api_->writes(), 0);
  clock_.Advance(absl::Seconds(100));
  EXPECT_TRUE(absl::IsInvalidArgument(Refused(spec)));
  EXPECT_EQ(faults.calls(Verb::kCreate), 1);
  api_->Settle();
  EXPECT_THAT(api_->disks().All(), SizeIs(0));
  // Another request is tried at once, also one with other user data alone.
  Forget();
  spec.set_user_data("#cloud-config\n");
  EXPECT_TRUE(absl::IsInvalidArgument(Refused(spec)));
  EXPECT_EQ(faults.calls(Verb::kCreate), 2);
  api_->Settle();
  faults.Clear();
  Forget();
  (*spec.mutable_labels())["team"] = "a";
  Apply(spec);
  EXPECT_THAT(api_->disks().All(), SizeIs(2));
}

// It may have data on it: put back by hand, or made by an earlier try.
TEST_F(ComputeScopeTest, ARefusedMachineTakesNoDiskThatWasThereBefore) {
  v1::VirtualMachine spec = Request();
  spec.add_data_disks()->set_name("etcd");
  spec.mutable_data_disks(0)->set_size_gb(10);
  auto& faults = api_->virtual_machines().faults();
  faults.Fail(Verb::kCreate,
              MakeError(absl::StatusCode::kResourceExhausted, "no room",
                        {.reason = std::string(kQuotaExceeded)}));
  EXPECT_TRUE(absl::IsResourceExhausted(Refused(spec)));
  api_->Settle();
  const cloud::Disk kept = *api_->disks().Find(DiskId(kOwner, "etcd"));
  api_->disks().Vanish(DiskId(kOwner, ""));
  Forget();
  faults.Fail(Verb::kCreate, absl::InvalidArgumentError("not in this zone"));
  EXPECT_TRUE(absl::IsInvalidArgument(Refused(spec)));
  api_->Settle();
  ASSERT_THAT(api_->disks().All(), SizeIs(1)) << "the boot disk is new";
  EXPECT_EQ(api_->disks().All()[0].metadata.uid, kept.metadata.uid);
}

TEST_F(ComputeScopeTest, ARefusedMachineLeavesNoDiskOfTheSameTrysCallBefore) {
  auto& faults = api_->virtual_machines().faults();
  faults.Fail(Verb::kCreate, absl::AbortedError("its group is not ready"));
  EXPECT_TRUE(absl::IsAborted(Refused(Request())));
  api_->Settle();
  Forget();
  ASSERT_THAT(api_->disks().All(), SizeIs(1));
  faults.Fail(Verb::kCreate, absl::InvalidArgumentError("not in this zone"));
  EXPECT_TRUE(absl::IsInvalidArgument(Refused(Request())));
  api_->Settle();
  EXPECT_THAT(api_->disks().All(), IsEmpty());
}

// The creation finds it, by the name.
TEST_F(ComputeScopeTest, ARefusedMachineTakesNoDiskThatMemoryDidNotShow) {
  Watch();
  v1::VirtualMachine spec = Request();
  spec.add_data_disks()->set_name("etcd");
  spec.mutable_data_disks(0)->set_size_gb(10);
  cloud::Disk restored;
  restored.metadata.id = DiskId(kOwner, "etcd");
  restored.metadata.labels = cloud::OwnerLabels(kOwner);
  restored.size = {10, "GB"};
  restored.zone = "a";
  api_->disks().Put(restored);
  api_->virtual_machines().faults().Fail(
      Verb::kCreate, absl::InvalidArgumentError("not in this zone"));
  EXPECT_TRUE(absl::IsInvalidArgument(Refused(spec)));
  api_->Settle();
  ASSERT_THAT(api_->disks().All(), SizeIs(1));
  EXPECT_EQ(api_->disks().All()[0].metadata.id, restored.metadata.id);
}

// Its cause may have been repaired meanwhile.
TEST_F(ComputeScopeTest, ARefusalTellsWhenTheMachineIsTriedAgain) {
  auto& faults = api_->virtual_machines().faults();
  faults.Fail(Verb::kCreate, absl::PermissionDeniedError("no role"));
  const absl::Status refused = Refused(Request());
  EXPECT_THAT(
      std::string(refused.message()),
      testing::HasSubstr("no role; the same request is tried again 90 seconds "
                         "after its refusal"));
  EXPECT_EQ(DetailsOf(refused).retry_after, absl::Seconds(90));
  clock_.Advance(absl::Seconds(60));
  const absl::Status again = Refused(Request());
  EXPECT_EQ(again.message(), refused.message());
  EXPECT_EQ(DetailsOf(again).retry_after, absl::Seconds(30));
  clock_.Advance(absl::Seconds(30));
  Apply(Request());
}

TEST_F(ComputeScopeTest, TheFieldOfARefusalTellsWhenItIsTriedAgainToo) {
  api_->virtual_machines().faults().Fail(
      Verb::kCreate, InvalidField("virtual_machine.zone", "has no room"));
  const ErrorDetails details = DetailsOf(Refused(Request()));
  ASSERT_THAT(details.field_violations, SizeIs(1));
  EXPECT_THAT(
      details.field_violations[0].description,
      testing::HasSubstr("has no room; the same request is tried again"));
}

TEST_F(ComputeScopeTest, ARefusalThatPassesKeepsTheDisks) {
  for (const absl::Status& refusal :
       {MakeError(absl::StatusCode::kResourceExhausted, "not enough quota",
                  {.reason = std::string(kQuotaExceeded)}),
        absl::Status(absl::UnavailableError("down")),
        absl::Status(absl::AbortedError("conflict"))}) {
    api_->virtual_machines().faults().Fail(Verb::kCreate, refusal);
    EXPECT_EQ(Refused(Request()).code(), refusal.code());
    api_->Settle();
    EXPECT_THAT(api_->disks().All(), SizeIs(1)) << refusal;
  }
  Apply(Request());
}

TEST_F(ComputeScopeTest, B15ADiskOfTheZoneBeforeIsNotKept) {
  v1::VirtualMachine spec = Request();
  api_->virtual_machines().faults().Fail(
      Verb::kCreate, MakeError(absl::StatusCode::kResourceExhausted, "no room",
                               {.reason = std::string(kQuotaExceeded)}));
  EXPECT_FALSE(Refused(spec).ok());
  spec.set_zone("b");
  spec.set_subnet_id("default-se-sto-b");
  Apply(spec);
  EXPECT_EQ(api_->virtual_machines().faults().calls(Verb::kCreate), 1);
  api_->Settle();
  Forget();
  Apply(spec);
  ASSERT_THAT(api_->disks().All(), SizeIs(1));
  EXPECT_EQ(api_->disks().All()[0].zone, "b");
  EXPECT_THAT(api_->virtual_machines().All(), SizeIs(1));
}

TEST_F(ComputeScopeTest, ADiskOfTheZoneBeforeThatAnotherMachineUsesIsLeft) {
  v1::VirtualMachine spec = Request();
  api_->virtual_machines().faults().Fail(
      Verb::kCreate, MakeError(absl::StatusCode::kResourceExhausted, "no room",
                               {.reason = std::string(kQuotaExceeded)}));
  EXPECT_FALSE(Refused(spec).ok());
  cloud::VirtualMachine rescue;
  rescue.metadata.id = cloud::Id<cloud::VirtualMachine>("rescue");
  rescue.disks.push_back({DiskId(kOwner, "")});
  api_->virtual_machines().Put(rescue);
  api_->Settle();
  Forget();
  spec.set_zone("b");
  spec.set_subnet_id("default-se-sto-b");
  Apply(spec);
  EXPECT_EQ(api_->disks().faults().calls(Verb::kDelete), 0);
}

TEST_F(ComputeScopeTest, B5QuotaIsTold) {
  api_->virtual_machines().faults().Fail(
      Verb::kCreate,
      MakeError(absl::StatusCode::kResourceExhausted, "not enough quota",
                {.reason = std::string(kQuotaExceeded)}));
  const absl::Status refused = Refused(Request());
  EXPECT_TRUE(absl::IsResourceExhausted(refused));
  EXPECT_EQ(DetailsOf(refused).reason, kQuotaExceeded);
}

TEST_F(ComputeScopeTest, A8DeletionIsConfirmed) {
  Boot(Request());
  auto remaining = scope_->Delete({}, kKey);
  ASSERT_TRUE(remaining.ok());
  EXPECT_THAT(*remaining, SizeIs(2));
  auto machine = scope_->Get({}, kKey);
  ASSERT_TRUE(machine.ok()) << machine.status();
  EXPECT_EQ(machine->state(), v1::VirtualMachine::STATE_DELETING);
  DeleteAll();
  EXPECT_TRUE(absl::IsNotFound(scope_->Get({}, kKey).status()));
  EXPECT_TRUE(scope_->Delete({}, kKey)->empty()) << "a repeat is OK";
}

TEST_F(ComputeScopeTest, B6AClustersLeftoversAreSwept) {
  Boot(Request());
  cloud::Disk stray;
  stray.metadata.id = Id<cloud::Disk>("stray");
  stray.metadata.labels = cloud::OwnerLabels({"c1", "prod", "m9", "gone"});
  api_->disks().Put(stray);
  cloud::Disk other = stray;
  other.metadata.id = Id<cloud::Disk>("other");
  other.metadata.labels = cloud::OwnerLabels({"c2", "prod", "m9", "gone"});
  api_->disks().Put(other);
  DeleteAll({"c1", ""});
  ASSERT_THAT(api_->disks().All(), SizeIs(1));
  EXPECT_EQ(api_->disks().All()[0].metadata.id.value(), "other");
}

TEST_F(ComputeScopeTest, AKubeconfigsCloudHasNoZones) {
  Start(FakeDialect::kKcp);
  Boot(Request());
  v1::VirtualMachine spec = Request();
  spec.set_zone("a");
  EXPECT_TRUE(absl::IsUnimplemented(Refused(spec)));
  spec = Request();
  spec.set_subnet_id("default-se-sto-a");
  EXPECT_TRUE(absl::IsUnimplemented(Refused(spec)));
}

TEST_F(ComputeScopeTest, ListsMachines) {
  Boot(Request());
  Restart();
  const auto machines = scope_->List({}, "c1");
  ASSERT_TRUE(machines.ok()) << machines.status();
  ASSERT_THAT(*machines, SizeIs(1));
  EXPECT_EQ(machines->front().owner().machine_name(), "worker-0");
  EXPECT_EQ(machines->front().state(), v1::VirtualMachine::STATE_RUNNING);
  EXPECT_EQ(machines->front().compute_profile(), "a1a.s");
  EXPECT_THAT(*scope_->List({}, ""), SizeIs(1));
  EXPECT_THAT(*scope_->List({}, "c2"), IsEmpty());
}

TEST_F(ComputeScopeTest, NamesEveryFieldThatIsWrong) {
  const auto field = [&](const std::function<void(v1::VirtualMachine&)>& edit) {
    v1::VirtualMachine spec = Request();
    edit(spec);
    const absl::Status refused = Refused(spec);
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
    return FieldOf(refused);
  };
  EXPECT_EQ(field([](auto& w) { w.clear_owner(); }),
            "virtual_machine.owner.cluster_id");
  EXPECT_EQ(field([](auto& w) { w.clear_compute_profile(); }),
            "virtual_machine.compute_profile");
  EXPECT_EQ(field([](auto& w) { w.set_compute_profile("../x"); }),
            "virtual_machine.compute_profile");
  EXPECT_EQ(field([](auto& w) { w.clear_boot_disk(); }),
            "virtual_machine.boot_disk.image");
  EXPECT_EQ(field([](auto& w) { w.set_zone("x"); }), "virtual_machine.zone");
  EXPECT_EQ(field([](auto& w) { w.clear_subnet_id(); }),
            "virtual_machine.subnet_id");
  EXPECT_EQ(field([](auto& w) { w.add_security_group_ids("A"); }),
            "virtual_machine.security_group_ids[0]");
  EXPECT_EQ(field([](auto& w) { w.add_data_disks()->set_name("d"); }),
            "virtual_machine.data_disks[0].size_gb");
  EXPECT_EQ(field([](auto& w) { w.add_ssh_authorized_keys("a\nb"); }),
            "virtual_machine.ssh_authorized_keys[0]");
  EXPECT_EQ(api_->writes(), 0);
}

TEST_F(ComputeScopeTest, CataloguesComeFromTheCloudOrAreBuiltIn) {
  auto profiles = ListProfiles({}, *api_);
  ASSERT_TRUE(profiles.ok());
  EXPECT_EQ(profiles->source(), v1::CATALOGUE_SOURCE_CLOUD);
  api_->set_catalogue({}, {});
  profiles = ListProfiles({}, *api_);
  ASSERT_TRUE(profiles.ok());
  EXPECT_EQ(profiles->source(), v1::CATALOGUE_SOURCE_BUILT_IN);
  EXPECT_THAT(profiles->compute_profiles(), SizeIs(22));
  const auto images = ListImages({}, *api_);
  ASSERT_TRUE(images.ok());
  EXPECT_THAT(images->disk_images(), SizeIs(14));
  const auto zones = ListZones({}, *api_);
  ASSERT_TRUE(zones.ok());
  EXPECT_THAT(zones->zones(), SizeIs(3));
}

TEST_F(ComputeScopeTest, ACatalogueThatIsWithheldIsBuiltIn) {
  api_->catalogue_faults().Fail(cloud::Verb::kList,
                                absl::PermissionDeniedError("no role"), 2);
  const auto profiles = ListProfiles({}, *api_);
  ASSERT_TRUE(profiles.ok());
  EXPECT_EQ(profiles->source(), v1::CATALOGUE_SOURCE_BUILT_IN);
  const auto images = ListImages({}, *api_);
  ASSERT_TRUE(images.ok());
  EXPECT_EQ(images->source(), v1::CATALOGUE_SOURCE_BUILT_IN);
  api_->catalogue_faults().Fail(cloud::Verb::kList,
                                absl::UnavailableError("later"));
  EXPECT_TRUE(absl::IsUnavailable(ListProfiles({}, *api_).status()));
}

// A credential without that right has made none.
TEST_F(ComputeScopeTest, ADeletionNeedsNoRightToSeePlacementGroups) {
  Boot(Request());
  api_->placement_groups().faults().Fail(Verb::kList,
                                         absl::PermissionDeniedError("no role"),
                                         cloud::FakeFaults::kForever);
  DeleteAll();
  DeleteAll({"c1", ""});
  EXPECT_TRUE(api_->disks().All().empty());
}

// What is seen of a cluster is not left behind without a word.
TEST_F(ComputeScopeTest, ARefusedDeletionOfAGroupIsTold) {
  v1::VirtualMachine spec = Request();
  spec.set_spread_group("workers");
  Boot(spec);
  api_->placement_groups().faults().Fail(Verb::kDelete,
                                         absl::PermissionDeniedError("no role"),
                                         cloud::FakeFaults::kForever);
  DeleteAll();
  const auto deleted = scope_->DeleteCluster({}, "c1");
  EXPECT_TRUE(absl::IsPermissionDenied(deleted.status())) << deleted.status();
  EXPECT_EQ(api_->placement_groups().All().size(), 1);
}

TEST_F(ComputeScopeTest, CustomImagesAreListedWithEvrocs) {
  api_->set_custom_images(
      {{.name = "custom:golden",
        .architecture = "amd64",
        .default_size = cloud::DiskSize{30, "GB"},
        .conditions = {{.type = "Ready",
                        .status = cloud::ConditionStatus::kFalse,
                        .reason = "Checking"}}}});
  auto images = ListImages({}, *api_);
  ASSERT_TRUE(images.ok()) << images.status();
  ASSERT_THAT(images->disk_images(), SizeIs(3));
  const v1::DiskImage& custom = images->disk_images(0);
  EXPECT_EQ(custom.name(), "custom:golden");
  EXPECT_EQ(custom.architecture(), "amd64");
  EXPECT_EQ(custom.default_size_gb(), 30);
  EXPECT_FALSE(custom.ready());
  EXPECT_EQ(custom.reason(), "Checking");
  EXPECT_TRUE(images->disk_images(1).ready());
}

// A project may lack the feature, said as 404 or 403.
TEST_F(ComputeScopeTest, WithoutCustomImagesEvrocsAreListed) {
  for (const absl::Status& answer :
       {absl::NotFoundError("no such route"),
        absl::PermissionDeniedError("not enabled")}) {
    api_->custom_image_faults().Fail(Verb::kList, answer);
    const auto images = ListImages({}, *api_);
    ASSERT_TRUE(images.ok()) << images.status();
    EXPECT_THAT(images->disk_images(), SizeIs(2));
    EXPECT_EQ(images->source(), v1::CATALOGUE_SOURCE_CLOUD);
  }
  api_->custom_image_faults().Fail(Verb::kList, absl::UnavailableError("no"));
  EXPECT_TRUE(absl::IsUnavailable(ListImages({}, *api_).status()));
}

}  // namespace
}  // namespace evroc::compute
