#include "shim/reconcile/machine/provision_phase.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/testing/reconcile_fixture.h"

namespace evroc::shim {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ProvisionPhaseTest : public testing::Test {
 protected:
  std::string Condition(const std::string& type) {
    return ReconcileFixture::ConditionOf(fixture_.EvrocMachine("m"), type);
  }
  std::string Message(const std::string& type) {
    return ReconcileFixture::MessageOf(fixture_.EvrocMachine("m"), type);
  }
  // The patch of a bootstrap Secret.
  static std::string Value(absl::string_view text) {
    return absl::StrCat(R"({"data": {"value": ")", absl::Base64Escape(text),
                        R"("}})");
  }

  ReconcileFixture fixture_;
};

TEST_F(ProvisionPhaseTest, TheUsersDataIsMergedWithTheBootstrapData) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.Change(kSecretType, "m-boot",
                  Value("#cloud-config\nruncmd: [kubeadm]\n"));
  fixture_.Change(
      kEvrocMachineType, "m-infra",
      R"({"spec": {"userData": "#cloud-config\nruncmd: [mine]\n"}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  const std::string data =
      fixture_.compute.Machine(fixture_.MachineId("m"))->user_data();
  EXPECT_THAT(data, HasSubstr("runcmd: [kubeadm]"));
  EXPECT_THAT(data, HasSubstr("runcmd: [mine]"));
  EXPECT_THAT(data, HasSubstr("Merge-Type: "));
  fixture_.MakeMachine("m");
  // A machine that exists has its data, whatever becomes of the field.
  fixture_.Change(kEvrocMachineType, "m-infra",
                  R"({"spec": {"userData": "unknown"}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("BootstrapDataReady"), "True/Available");
  fixture_.Delete(kEvrocMachineType, "m-infra");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  fixture_.compute.FinishDeletion(fixture_.MachineId("m"));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_FALSE(fixture_.HasEvrocMachine("m"));
}

TEST_F(ProvisionPhaseTest, UserDataThatContradictsTheBootstrapDataIsSaid) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.Change(kSecretType, "m-boot",
                  Value("#cloud-config\nhostname: secret1\n"));
  fixture_.Change(
      kEvrocMachineType, "m-infra",
      R"({"spec": {"userData": "#cloud-config\nhostname: secret2\n"}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("BootstrapDataReady"), "False/InvalidConfiguration");
  EXPECT_EQ(Condition("Ready"), "False/InvalidConfiguration");
  EXPECT_EQ(Message("BootstrapDataReady"),
            "spec.userData: \"hostname\" has another value in the bootstrap "
            "data");
  EXPECT_THAT(fixture_.compute.MachineIds(), IsEmpty());
  fixture_.Change(kSecretType, "m-boot",
                  Value("#cloud-config\nruncmd: [kubeadm]\n"));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_THAT(fixture_.compute.MachineIds(), SizeIs(1));
}

// Beyond the limit of watches nothing tells that it is there.
TEST_F(ProvisionPhaseTest, AMissingBootstrapSecretIsLookedForEachInterval) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.Delete(kSecretType, "m-boot");
  const ReconcileResult result = fixture_.ReconcileMachine("m");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(std::get<RetryAfter>(*result).delay,
            ReconcileFixture::kRetryInterval);
}

TEST_F(ProvisionPhaseTest, TheKeysAreInTheUserData) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.Change(kSecretType, "m-boot",
                  Value("#cloud-config\nruncmd: [kubeadm]\n"));
  fixture_.Change(kEvrocMachineType, "m-infra",
                  R"({"spec": {"userData": "#cloud-config\nruncmd: [mine]\n",
                               "sshKey": "key-a\n key-b \n"}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  const std::string data =
      fixture_.compute.Machine(fixture_.MachineId("m"))->user_data();
  EXPECT_THAT(data, HasSubstr("runcmd: [kubeadm]"));
  EXPECT_THAT(data, HasSubstr("runcmd: [mine]"));
  EXPECT_THAT(data, HasSubstr(R"(["default",{"name":"evroc-user",)"
                              R"("ssh_authorized_keys":["key-a","key-b"])"));
  fixture_.MakeMachine("m");
  // It is not asked for again, whatever becomes of the bootstrap data.
  fixture_.Change(kSecretType, "m-boot", Value("of no kind"));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("BootstrapDataReady"), "True/Available");
  EXPECT_EQ(fixture_.compute.Machine(fixture_.MachineId("m"))->user_data(), "");
}

TEST_F(ProvisionPhaseTest, KeysThatCantBeAddedAreSaid) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.Change(kSecretType, "m-boot",
                  Value("#cloud-config\nusers: secret\n"));
  fixture_.Change(kEvrocMachineType, "m-infra",
                  R"({"spec": {"sshKey": "key"}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("BootstrapDataReady"), "False/InvalidConfiguration");
  EXPECT_EQ(Message("BootstrapDataReady"),
            "spec.sshKey: can't be added: \"users\" of the user data is no "
            "list");
  EXPECT_THAT(fixture_.compute.MachineIds(), IsEmpty());
  fixture_.Change(kSecretType, "m-boot", Value("#!/bin/sh\n"));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_THAT(fixture_.compute.MachineIds(), SizeIs(1));
}

}  // namespace
}  // namespace evroc::shim
