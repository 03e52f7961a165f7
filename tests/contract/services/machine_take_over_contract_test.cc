// The contract of ComputeServiceClient::TakeOverVirtualMachine, tested on the
// fake of the shim's tests and on the real service.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/rpc/testing/desired_resources.h"
#include "tests/contract/services/test_services.h"
#include "tests/contract/services/watched_resources.h"

namespace evroc::shim {
namespace {

using common::v1::TakeOverObject;
using compute::v1::VirtualMachine;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kUid[] = "65e2bb15-5dea-4db4-919c-ebe15a25751a";

// Evroc's official provider has made the machine "worker-0".
class TakeOverContractTest : public ::testing::TestWithParam<Setup> {
 protected:
  TakeOverContractTest() : services_(GetParam().make(GetParam().dialect)) {
    official_ = TestMachine("c1", "m1");
    official_.mutable_owner()->set_resource_prefix("worker-0");
    official_.set_subnet_id("default-se-sto-a");
    official_.set_uid(kUid);
    previous_.set_cluster_id("c1");
    previous_.add_cluster_names("prod");
    previous_.set_machine_id("m1");
    services_->MakeOfficialMachine(official_, previous_);
  }

  absl::StatusOr<VirtualMachine> TryApply() {
    return services_->compute().ApplyVirtualMachine(
        {}, scope_, official_, /*provisioned_before=*/true);
  }
  VirtualMachine Apply() {
    const auto machine = TryApply();
    EXPECT_TRUE(machine.ok()) << machine.status();
    return machine.value_or(VirtualMachine());
  }
  // The kinds of what remains.
  std::string Delete() {
    const auto remaining = services_->compute().DeleteVirtualMachine(
        {}, scope_, {.owner = official_.owner()});
    return remaining.ok() ? Summary(*remaining) : Summary(remaining.status());
  }
  // "Disk worker-0-boot-disk TAKEN" and so on.
  std::vector<std::string> TakeOver(common::v1::TakeOverAction action) {
    const auto taken = services_->compute().TakeOverVirtualMachine(
        {}, scope_, {official_.owner(), previous_, action});
    if (!taken.ok()) return {Summary(taken.status())};
    std::vector<std::string> words;
    for (const TakeOverObject& each : taken->objects()) {
      EXPECT_EQ(taken->zone(), "a");
      if (each.kind() == "VirtualMachine") {
        EXPECT_EQ(taken->uid(),
                  each.verdict() == TakeOverObject::NOT_PROVEN ? "" : kUid);
      }
      EXPECT_NE(each.reason(), "");
      words.push_back(
          absl::StrCat(each.kind(), " ", each.id(), " ",
                       TakeOverObject::Verdict_Name(each.verdict())));
    }
    return words;
  }
  static std::vector<std::string> Both(const std::string& verdict) {
    return {"Disk worker-0-boot-disk " + verdict,
            "VirtualMachine worker-0 " + verdict};
  }

  const common::v1::CloudScope scope_ = TestedScope();
  const std::unique_ptr<TestServices> services_;
  VirtualMachine official_;
  common::v1::PreviousOwner previous_;
};

TEST_P(TakeOverContractTest, APlanChangesNothing) {
  const auto plan = services_->compute().PlanVirtualMachine(
      {}, scope_, previous_, official_, /*provisioned_before=*/true);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->failure(), "");
  EXPECT_EQ(TakeOver(common::v1::TAKE_OVER_ACTION_REPORT), Both("PROVEN"));
  EXPECT_EQ(Summary(services_->compute()
                        .PlanVirtualMachine({}, scope_, {}, official_, true)
                        .status()),
            "INVALID_ARGUMENT INVALID_FIELD previous_owner.cluster_names");
}

TEST_P(TakeOverContractTest, AnOfficialMachineIsReportedAndTakenOver) {
  EXPECT_EQ(Summary(TryApply().status()), "FAILED_PRECONDITION NAME_TAKEN");
  EXPECT_EQ(TakeOver(common::v1::TAKE_OVER_ACTION_REPORT), Both("PROVEN"));
  EXPECT_EQ(TakeOver(common::v1::TAKE_OVER_ACTION_TAKE), Both("TAKEN"));
  EXPECT_EQ(TakeOver(common::v1::TAKE_OVER_ACTION_REPORT), Both("TAKEN"));
  const VirtualMachine taken = Apply();
  EXPECT_EQ(taken.state(), VirtualMachine::STATE_RUNNING);
  EXPECT_EQ(taken.id(), "worker-0");
  EXPECT_EQ(taken.uid(), kUid);
  ASSERT_THAT(taken.disks(), SizeIs(1));
  EXPECT_EQ(taken.disks(0).id(), "worker-0-boot-disk");
  EXPECT_THAT(Delete(), HasSubstr("VirtualMachine"));
}

TEST_P(TakeOverContractTest, WhatIsNotProvenIsNotTakenOver) {
  previous_.set_cluster_id("c2");
  EXPECT_EQ(TakeOver(common::v1::TAKE_OVER_ACTION_TAKE), Both("NOT_PROVEN"));
  EXPECT_EQ(TakeOver(common::v1::TAKE_OVER_ACTION_REPORT), Both("NOT_PROVEN"));
  previous_.add_machine_uids(kUid);
  EXPECT_EQ(TakeOver(common::v1::TAKE_OVER_ACTION_TAKE).at(1),
            "VirtualMachine worker-0 PROVEN");
  EXPECT_EQ(Delete(), "");
  previous_.clear_cluster_names();
  EXPECT_THAT(
      TakeOver(common::v1::TAKE_OVER_ACTION_TAKE),
      ElementsAre(
          "INVALID_ARGUMENT INVALID_FIELD previous_owner.cluster_names"));
}

TEST_P(TakeOverContractTest, AMachineCanBeGivenBack) {
  EXPECT_THAT(TakeOver(common::v1::TAKE_OVER_ACTION_GIVE_BACK), SizeIs(0));
  WatchedResources<compute::v1::WatchResponse> watched;
  const auto watch = services_->compute().Watch(scope_, "", watched);
  watched.Await({});
  TakeOver(common::v1::TAKE_OVER_ACTION_TAKE);
  watched.Await({{"m1", "STATE_RUNNING"}});
  Apply();
  EXPECT_EQ(TakeOver(common::v1::TAKE_OVER_ACTION_GIVE_BACK),
            Both("GIVEN_BACK"));
  watched.Await({});
  EXPECT_EQ(Delete(), "");
  EXPECT_EQ(TakeOver(common::v1::TAKE_OVER_ACTION_REPORT), Both("PROVEN"));
}

INSTANTIATE_TEST_SUITE_P(
    Rest, TakeOverContractTest,
    ::testing::ValuesIn(SetupsOf(cloud::FakeDialect::kRest)),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace evroc::shim
