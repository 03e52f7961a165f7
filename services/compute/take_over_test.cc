// The life of a machine that was taken over from Evroc's official provider, and
// the way back.

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/compute/testing/official_machine_fixture.h"
#include "services/identity/owner_labels.h"

namespace evroc::compute {
namespace {

using cloud::Disk;
using cloud::Labels;
using cloud::TakeOverAction;
using cloud::Verb;
using cloud::VirtualMachine;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class TakeOverTest : public OfficialMachineFixture {};

TEST_F(TakeOverTest, AnInterruptedTakingIsRepeated) {
  api_->disks().faults().Fail(Verb::kUpdate, absl::UnavailableError("down"));
  EXPECT_FALSE(
      scope_->TakeOver({}, {owner_, previous_, TakeOverAction::kTake}).ok());
  EXPECT_THAT(Report(),
              ElementsAre("Disk worker-0-boot-disk P", "Disk worker-0-data P",
                          "VirtualMachine worker-0 T"));
  Take();
  EXPECT_TRUE(IsTrue(Apply(OfficialRequest(), true), "Ready"));
}

// What was proven is what is labelled: somebody else may be faster.
TEST_F(TakeOverTest, AnObjectThatChangesMeanwhileIsProvenAgain) {
  const Id<VirtualMachine> id("worker-0");
  api_->virtual_machines().faults().Before(Verb::kUpdate, [&] {
    api_->virtual_machines().Change(id, [](VirtualMachine& machine) {
      machine.metadata.labels["capi_cluster-name"] = "staging";
    });
  });
  const auto taken =
      scope_->TakeOver({}, {owner_, previous_, TakeOverAction::kTake});
  EXPECT_EQ(taken.status().code(), absl::StatusCode::kAborted);
  EXPECT_FALSE(cloud::OwnerOf(Machine()->metadata.labels).has_value());
  EXPECT_THAT(Report(), Contains("VirtualMachine worker-0 ?"));
}

TEST_F(TakeOverTest, ApplyOfATakenMachineWritesNothing) {
  for (const bool watched : {false, true}) {
    if (watched) Watch();
    Take();
    api_->ResetCalls();
    const v1::VirtualMachine machine = Apply(OfficialRequest(), true);
    EXPECT_EQ(api_->writes(), 0);
    for (const char* type : {"DiskReady", "VMReady", "Ready"}) {
      EXPECT_TRUE(IsTrue(machine, type)) << machine.DebugString();
    }
    EXPECT_EQ(machine.state(), v1::VirtualMachine::STATE_RUNNING);
    EXPECT_EQ(machine.id(), "worker-0");
    EXPECT_EQ(machine.uid(), kUid);
    // What is remembered of the request has the names too.
    EXPECT_EQ(scope_->Get({}, kKey)->etag(), machine.etag());
  }
}

TEST_F(TakeOverTest, AnAddressIsKeptAsLongAsItIsAskedFor) {
  Take();
  v1::VirtualMachine spec = OfficialRequest();
  spec.clear_public_ip_id();
  spec.set_keep_public_ip(true);
  api_->ResetCalls();
  EXPECT_TRUE(IsTrue(Apply(spec, true), "Ready"));
  EXPECT_EQ(api_->writes(), 0);
  spec.set_public_ip_id("other");
  cloud::PublicIp other;
  other.metadata.id = Id<cloud::PublicIp>("other");
  network_->public_ips().Put(other);
  Apply(spec, true);
  EXPECT_EQ(Machine()->public_ip.value(), "other");
  spec.clear_public_ip_id();
  spec.clear_keep_public_ip();
  Apply(spec, true);
  EXPECT_EQ(Machine()->public_ip.value(), "");
}

// Of people and of programs, which the official provider left alone.
TEST_F(TakeOverTest, LabelsOfOthersStay) {
  Labels labels = kDiskLabels;
  labels["billing"] = "7";
  Relabel("worker-0-boot-disk", labels);
  ChangeMachine([](VirtualMachine& machine) {
    machine.metadata.labels["backup"] = "daily";
  });
  Settle();
  Take();
  api_->ResetCalls();
  v1::VirtualMachine spec = OfficialRequest();
  EXPECT_TRUE(IsTrue(Apply(spec, true), "Ready"));
  EXPECT_EQ(api_->writes(), 0);
  (*spec.mutable_labels())["team"] = "two";
  Apply(spec, true);
  labels = LabelsOfDisk("worker-0-boot-disk");
  EXPECT_EQ(cloud::LabelOf(labels, "billing"), "7");
  EXPECT_EQ(cloud::LabelOf(labels, "team"), "two");
  EXPECT_EQ(cloud::LabelOf(Machine()->metadata.labels, "backup"), "daily");
}

TEST_F(TakeOverTest, ALabelOfUefiOfOthersStaysAsItIs) {
  ChangeMachine([](VirtualMachine& machine) {
    machine.metadata.labels[kUefiLabel] = "false";
  });
  Settle();
  Take();
  v1::VirtualMachine spec = OfficialRequest();
  spec.mutable_labels()->erase(kUefiLabel);
  (*spec.mutable_labels())["team"] = "two";
  Apply(spec, true);
  const Labels labels = Machine()->metadata.labels;
  EXPECT_EQ(cloud::LabelOf(labels, "team"), "two");
  EXPECT_EQ(cloud::LabelOf(labels, kUefiLabel), "false");
}

TEST_F(TakeOverTest, AWatchShowsTheMachineOnceItIsTaken) {
  Watch();
  Take();
  cloud::ChangeLog::Event event;
  ASSERT_TRUE(watch_->Next(&event).ok());
  EXPECT_EQ(event.type, cloud::ChangeLog::Event::Type::kChanged);
  v1::WatchResponse response;
  ASSERT_TRUE(response.ParseFromString(*event.resource));
  EXPECT_EQ(response.virtual_machine().id(), "worker-0");
  EXPECT_EQ(response.virtual_machine().state(),
            v1::VirtualMachine::STATE_RUNNING);
  EXPECT_THAT(response.virtual_machine().disks(), SizeIs(2));
}

// --- The machine's life afterwards.

TEST_F(TakeOverTest, NothingIsFoundOfAMachineThatIsYetToBeMade) {
  owner_.resource_prefix = "worker-1";
  previous_.machine_id = "m2";
  const MachineTakeOver found = TakeOver(TakeOverAction::kTake);
  EXPECT_THAT(found.objects, IsEmpty());
  EXPECT_EQ(found.zone, "");
}

TEST_F(TakeOverTest, AMachineInCreationIsFinishedUnderItsName) {
  api_->virtual_machines().Vanish(Id<VirtualMachine>("worker-0"));
  const MachineTakeOver taken = TakeOver(TakeOverAction::kTake);
  EXPECT_THAT(taken.objects, SizeIs(2));
  EXPECT_EQ(taken.zone, "a") << "of the boot disk";
  Forget();
  Apply(OfficialRequest());
  ASSERT_TRUE(Machine().has_value());
  EXPECT_EQ(cloud::LabelOf(Machine()->metadata.labels, "capi_machine-id"),
            "m1");
  EXPECT_THAT(api_->disks().All(), SizeIs(2)) << "the disks that it has";
  Settle();
  api_->ResetCalls();
  EXPECT_TRUE(IsTrue(Apply(OfficialRequest()), "Ready"));
  EXPECT_EQ(api_->writes(), 0);
}

TEST_F(TakeOverTest, BeforeItIsTakenApplyChangesNothing) {
  api_->ResetCalls();
  EXPECT_THAT(std::string(Refused(OfficialRequest()).message()),
              HasSubstr("exists already"));
  EXPECT_EQ(api_->writes(), 0);
}

TEST_F(TakeOverTest, ATakenMachineIsDeletedWhole) {
  Take();
  DeleteAll();
  EXPECT_THAT(api_->virtual_machines().All(), IsEmpty());
  EXPECT_THAT(api_->disks().All(), IsEmpty());
}

// --- The way back.

TEST_F(TakeOverTest, ADiskThatWasAddedGoesBackAndComesAgain) {
  Take();
  v1::VirtualMachine spec = OfficialRequest();
  AddDisk("more", spec);
  Apply(spec, true);
  Settle();
  EXPECT_TRUE(IsTrue(Apply(spec, true), "Ready"));
  ASSERT_THAT(Machine()->status.hotswap_disks,
              ElementsAre(Id<Disk>("worker-0-more")));
  const std::string attachment = absl::StrCat(
      "HotswapDiskAttachment ", AttachmentId(kOwner, "more").value());
  EXPECT_THAT(Summaries(TakeOverAction::kGiveBack),
              ElementsAre("Disk worker-0-boot-disk G", "Disk worker-0-data G",
                          "Disk worker-0-more G", attachment + " G",
                          "VirtualMachine worker-0 G"));
  previous_.machine_id = "";
  for (const char* disk : {"worker-0-boot-disk", "worker-0-data"}) {
    Relabel(disk, kOldLabels);
  }
  EXPECT_THAT(Summaries(TakeOverAction::kTake),
              ElementsAre("Disk worker-0-boot-disk T", "Disk worker-0-data T",
                          "Disk worker-0-more T", attachment + " T",
                          "VirtualMachine worker-0 T"));
  Forget();
  api_->ResetCalls();
  EXPECT_TRUE(IsTrue(Apply(spec, true), "Ready"));
  EXPECT_EQ(api_->writes(), 1) << "the disk is recorded again";
  EXPECT_TRUE(IsTrue(Apply(spec, true), "Ready"));
  EXPECT_EQ(api_->writes(), 1);
}

TEST_F(TakeOverTest, GivingBackLeavesTheirLabels) {
  Take();
  Apply(OfficialRequest(), true);
  EXPECT_THAT(Summaries(TakeOverAction::kGiveBack),
              ElementsAre("Disk worker-0-boot-disk G", "Disk worker-0-data G",
                          "VirtualMachine worker-0 G"));
  EXPECT_EQ(LabelsOfDisk("worker-0-boot-disk"), kDiskLabels);
  EXPECT_EQ(LabelsOfDisk("worker-0-data"), kDiskLabels);
  EXPECT_EQ(Machine()->metadata.labels, kMachineLabels);
  EXPECT_THAT(Summaries(TakeOverAction::kGiveBack), IsEmpty());
}

TEST_F(TakeOverTest, AMachineThatIsGivenBackIsNeitherLostNorMadeAgain) {
  Watch();
  Take();
  Apply(OfficialRequest(), true);
  api_->virtual_machines().faults().Fail(Verb::kUpdate,
                                         absl::UnavailableError("down"));
  EXPECT_FALSE(
      scope_->TakeOver({}, {owner_, previous_, TakeOverAction::kGiveBack})
          .ok());
  EXPECT_EQ(scope_->Get({}, kKey)->state(), v1::VirtualMachine::STATE_RUNNING);
  GiveBack();
  EXPECT_EQ(scope_->Get({}, kKey).status().code(), absl::StatusCode::kNotFound);
  cloud::ChangeLog::Event event;
  do {
    ASSERT_TRUE(watch_->Next(&event).ok());
  } while (event.type == cloud::ChangeLog::Event::Type::kChanged);
  EXPECT_EQ(event.type, cloud::ChangeLog::Event::Type::kDeleted);
  api_->ResetCalls();
  EXPECT_FALSE(scope_->Apply({}, OfficialRequest(), true).ok());
  DeleteAll();
  EXPECT_EQ(api_->writes(), 0);
}

TEST_F(TakeOverTest, WhatTheOfficialProviderWouldNotFindIsLeft) {
  Take();
  Apply(OfficialRequest(), true);
  Labels labels = With({}, "boot");
  Relabel("worker-0-boot-disk", labels);
  EXPECT_THAT(Summaries(TakeOverAction::kGiveBack),
              ElementsAre("Disk worker-0-boot-disk O", "Disk worker-0-data G",
                          "VirtualMachine worker-0 G"));
  EXPECT_EQ(LabelsOfDisk("worker-0-boot-disk"), labels);
  Forget();
  EXPECT_EQ(scope_->Get({}, kKey)->state(),
            v1::VirtualMachine::STATE_PROVISIONING)
      << "and not lost";
}

// --- What else changes.

class PlanMachineTest : public OfficialMachineFixture {
 protected:
  void SetUp() override {
    OfficialMachineFixture::SetUp();
    request_ = OfficialRequest();
    api_->ResetCalls();
  }
  void TearDown() override { EXPECT_EQ(api_->writes(), 0); }

  v1::PlanVirtualMachineResponse Plan() {
    v1::PlanVirtualMachineRequest request;
    *request.mutable_virtual_machine() = request_;
    common::v1::PreviousOwner& previous = *request.mutable_previous_owner();
    previous.set_cluster_id(previous_.cluster_id);
    previous.add_cluster_names("prod");
    previous.set_machine_id(previous_.machine_id);
    previous.add_machine_uids(kUid);
    request.set_provisioned_before(true);
    const auto plan = scope_->Plan({}, request);
    EXPECT_TRUE(plan.ok()) << plan.status();
    return plan.value_or(v1::PlanVirtualMachineResponse());
  }

  v1::VirtualMachine request_;
};

TEST_F(PlanMachineTest, NothingElseChangesIfNothingIsAskedFor) {
  EXPECT_THAT(Plan().changes(), IsEmpty());
  EXPECT_EQ(Plan().failure(), "");
}

TEST_F(PlanMachineTest, WhatWasIgnoredIsTold) {
  (*request_.mutable_labels())["cost"] = "7";
  request_.clear_public_ip_id();
  request_.mutable_boot_disk()->set_size_gb(30);
  AddDisk("logs", request_);
  EXPECT_THAT(
      Plan().changes(),
      ElementsAre(
          "changes VirtualMachine worker-0: labels +cost=7 and public IP none "
          "(was worker-0-public-ip)",
          "changes Disk worker-0-boot-disk: labels +cost=7 and size 30 GB "
          "(was 20 GB)",
          "changes Disk worker-0-data: labels +cost=7",
          "makes Disk worker-0-logs",
          HasSubstr("makes HotswapDiskAttachment ")));
}

// As in a reconcile, the rest is done.
TEST_F(PlanMachineTest, WhatCantBeHadIsToldWithTheRest) {
  (*request_.mutable_labels())["cost"] = "7";
  request_.set_compute_profile("m1a.l");
  const v1::PlanVirtualMachineResponse plan = Plan();
  EXPECT_THAT(plan.changes(), SizeIs(3));
  EXPECT_THAT(plan.failure(), HasSubstr("can't be changed"));
}

// As by a vpcRef that was set while it was in the default network.
TEST_F(PlanMachineTest, AnotherSubnetIsToldWithTheRest) {
  (*request_.mutable_labels())["cost"] = "7";
  const std::string is = request_.subnet_id();
  request_.set_subnet_id("other");
  const v1::PlanVirtualMachineResponse plan = Plan();
  EXPECT_THAT(plan.changes(), SizeIs(3));
  EXPECT_THAT(plan.failure(), HasSubstr("can't be changed, it is \"" + is));
}

}  // namespace
}  // namespace evroc::compute
