#include "services/compute/take_over_machine.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/compute/testing/official_machine_fixture.h"
#include "services/evroc/api/spec.h"
#include "services/identity/owner_labels.h"

namespace evroc::compute {
namespace {

using cloud::Disk;
using cloud::HotswapAttachment;
using cloud::Labels;
using cloud::TakeOverAction;
using cloud::VirtualMachine;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class TakeOverMachineTest : public OfficialMachineFixture {};

TEST_F(TakeOverMachineTest, AReportWritesNothing) {
  api_->ResetCalls();
  EXPECT_THAT(Report(),
              ElementsAre("Disk worker-0-boot-disk P", "Disk worker-0-data P",
                          "VirtualMachine worker-0 P"));
  EXPECT_EQ(TakeOver(TakeOverAction::kReport).zone, "a");
  EXPECT_THAT(Reason("worker-0"), HasSubstr("its UID is that of"));
  EXPECT_THAT(Reason("worker-0-data"), HasSubstr("capi_cluster-id"));
  EXPECT_EQ(api_->writes(), 0);
}

TEST_F(TakeOverMachineTest, TakingAddsLabelsAlone) {
  const auto before = Machine();
  api_->ResetCalls();
  EXPECT_THAT(Summaries(TakeOverAction::kTake),
              ElementsAre("Disk worker-0-boot-disk T", "Disk worker-0-data T",
                          "VirtualMachine worker-0 T"));
  EXPECT_EQ(api_->writes(), 3);
  EXPECT_EQ(LabelsOfDisk("worker-0-boot-disk"), With(kDiskLabels, "boot"));
  EXPECT_EQ(LabelsOfDisk("worker-0-data"), With(kDiskLabels, "data", "data"));
  VirtualMachine after = *Machine();
  EXPECT_EQ(after.metadata.labels, With(kMachineLabels, "machine"));
  after.metadata.labels = before->metadata.labels;
  EXPECT_TRUE(cloud::SameSpec(*before, after));
  EXPECT_THAT(Summaries(TakeOverAction::kTake),
              ElementsAre("Disk worker-0-boot-disk T", "Disk worker-0-data T",
                          "VirtualMachine worker-0 T"));
  EXPECT_EQ(api_->writes(), 3) << "a repeat writes nothing";
}

// A machine of ours that lost its owner id has such objects, and keeps names of
// ours.
TEST_F(TakeOverMachineTest, WhatThisProviderMadeIsNotTheOfficialOnes) {
  Relabel("worker-0-data", With({}, "data", "data"));
  api_->ResetCalls();
  EXPECT_THAT(Report(),
              ElementsAre("Disk worker-0-boot-disk P", "Disk worker-0-data O",
                          "VirtualMachine worker-0 P"));
  EXPECT_THAT(Summaries(TakeOverAction::kTake),
              ElementsAre("Disk worker-0-boot-disk T", "Disk worker-0-data O",
                          "VirtualMachine worker-0 T"));
  EXPECT_EQ(api_->writes(), 2);
}

TEST_F(TakeOverMachineTest, SaysWhichMachineIsProvenAndItsAddress) {
  for (const TakeOverAction action :
       {TakeOverAction::kReport, TakeOverAction::kTake}) {
    EXPECT_EQ(TakeOver(action).uid, kUid);
    EXPECT_EQ(TakeOver(action).public_ip_id, "worker-0-public-ip");
  }
  ChangeMachine([](VirtualMachine& machine) { machine.metadata.labels = {}; });
  EXPECT_EQ(TakeOver(TakeOverAction::kReport).uid, "");
  EXPECT_EQ(TakeOver(TakeOverAction::kReport).public_ip_id, "");
}

TEST_F(TakeOverMachineTest, ItsBootDiskProvesAMachine) {
  previous_.machine_uids = {"rke2"};
  EXPECT_EQ(Reason("worker-0"),
            "it boots from worker-0-boot-disk, which has the labels of the "
            "machine");
  EXPECT_THAT(Report(),
              ElementsAre("Disk worker-0-boot-disk P", "Disk worker-0-data P",
                          "VirtualMachine worker-0 P"));
}

TEST_F(TakeOverMachineTest, DisksWithoutAMachinesIdAreProvenByTheirPlace) {
  Relabel("worker-0-boot-disk", kOldLabels);
  Relabel("worker-0-data", kOldLabels);
  PutDisk("worker-0-old", kOldLabels);
  EXPECT_THAT(Report(),
              ElementsAre("Disk worker-0-boot-disk P", "Disk worker-0-data P",
                          "VirtualMachine worker-0 P"));
}

TEST_F(TakeOverMachineTest, WithoutProofNothingIsWritten) {
  Relabel("worker-0-boot-disk", kOldLabels);
  previous_.machine_uids = {"another"};
  api_->ResetCalls();
  EXPECT_THAT(Summaries(TakeOverAction::kTake),
              ElementsAre("Disk worker-0-boot-disk P", "Disk worker-0-data P",
                          "VirtualMachine worker-0 ?"));
  EXPECT_EQ(api_->writes(), 0);
  EXPECT_THAT(Reason("worker-0"),
              HasSubstr("neither that of spec.providerID nor that of "
                        "status.machineID, and the disk that it boots from "
                        "does not have the labels"));
}

TEST_F(TakeOverMachineTest, ADiskProvesItsMachineByBothIds) {
  Labels labels = kOldLabels;
  labels["capi_machine-id"] = "m1";
  Relabel("worker-0-boot-disk", labels);
  previous_.machine_uids = {};
  EXPECT_THAT(Report(),
              ElementsAre("Disk worker-0-boot-disk P", "Disk worker-0-data P",
                          "VirtualMachine worker-0 ?"));
}

// Before 0.3.0 neither objects nor labels had ids: those that the owner will
// have are named, and a person sets them.
TEST_F(TakeOverMachineTest, LabelsThatSomebodySetsProveAnOldMachine) {
  Relabel("worker-0-boot-disk", kOldLabels);
  previous_.machine_uids = {};
  previous_.machine_id = "";
  owner_.machine_id = "uid-of-the-object";
  EXPECT_THAT(Reason("worker-0"),
              HasSubstr("the labels capi_cluster-id=c1 and "
                        "capi_machine-id=uid-of-the-object of the machine"));
  Labels labels = kOldLabels;
  labels["capi_cluster-id"] = "c1";
  labels["capi_machine-id"] = "uid-of-the-object";
  Relabel("worker-0-boot-disk", labels);
  EXPECT_THAT(Report(), ElementsAre("Disk worker-0-boot-disk P",
                                    "VirtualMachine worker-0 P"));
}

TEST_F(TakeOverMachineTest, AMachineOfAnotherClusterIsNotProven) {
  for (const char* name : {"", "staging"}) {
    ChangeMachine([&](VirtualMachine& machine) {
      machine.metadata.labels.erase("capi_cluster-name");
      if (*name == '\0') return;
      machine.metadata.labels["capi_cluster-name"] = name;
    });
    EXPECT_EQ(Reason("worker-0"),
              "its label capi_cluster-name is missing, or another cluster's");
  }
}

TEST_F(TakeOverMachineTest, ADiskOfAnotherMachineIsNotProven) {
  Labels labels = kDiskLabels;
  labels["capi_machine-id"] = "m2";
  Relabel("worker-0-boot-disk", labels);
  EXPECT_THAT(Report(),
              ElementsAre("Disk worker-0-boot-disk ?", "Disk worker-0-data P",
                          "VirtualMachine worker-0 P"));
  EXPECT_THAT(Reason("worker-0-boot-disk"),
              HasSubstr("are not those of the cluster and the machine"));
  previous_.machine_id = "";
  owner_.machine_id = "m3";
  EXPECT_THAT(Report(), ElementsAre("Disk worker-0-boot-disk ?",
                                    "VirtualMachine worker-0 P"))
      << "the id is not known";
}

TEST_F(TakeOverMachineTest, AnotherClustersIdIsNoProof) {
  previous_.cluster_id = "c2";
  previous_.machine_uids = {};
  EXPECT_THAT(Report(), ElementsAre("Disk worker-0-boot-disk ?",
                                    "VirtualMachine worker-0 ?"));
}

TEST_F(TakeOverMachineTest, ANameAloneProvesNothing) {
  Relabel("worker-0-boot-disk", {});
  ChangeMachine([](VirtualMachine& machine) { machine.metadata.labels = {}; });
  EXPECT_THAT(Report(),
              ElementsAre("Disk worker-0-boot-disk ?", "Disk worker-0-data P",
                          "VirtualMachine worker-0 ?"));
  EXPECT_THAT(Reason("worker-0-boot-disk"), HasSubstr("but not the labels"));
}

TEST_F(TakeOverMachineTest, WhatBelongsToAnotherOwnerIsNotProven) {
  const cloud::Owner other = {"c9", "other", "m9", "other-0"};
  ChangeMachine([&](VirtualMachine& machine) {
    const Labels labels = cloud::OwnerLabels(other);
    machine.metadata.labels.insert(labels.begin(), labels.end());
  });
  EXPECT_EQ(Reason("worker-0"),
            "it belongs to cluster other (id c9), machine other-0 (id m9)");
}

TEST_F(TakeOverMachineTest, OtherPeoplesDisksAreNotMentioned) {
  PutDisk("mine", {});
  PutDisk("pvc-1", {{"managed-by", "c1"}});
  ChangeMachine([](VirtualMachine& machine) {
    machine.disks.push_back({Id<Disk>("mine"), false});
  });
  HotswapAttachment attachment;
  attachment.metadata.id = Id<HotswapAttachment>("pvc-1-to-worker-0");
  attachment.disk = Id<Disk>("pvc-1");
  attachment.machine = Id<VirtualMachine>("worker-0");
  api_->hotswap_attachments().Put(attachment);
  Settle();
  ASSERT_THAT(Machine()->status.hotswap_disks, SizeIs(1));
  EXPECT_THAT(Report(),
              ElementsAre("Disk worker-0-boot-disk P", "Disk worker-0-data P",
                          "VirtualMachine worker-0 P"));
  Take();
  api_->ResetCalls();
  EXPECT_TRUE(IsTrue(Apply(OfficialRequest(), true), "Ready"));
  EXPECT_EQ(api_->writes(), 0);
}

}  // namespace
}  // namespace evroc::compute
