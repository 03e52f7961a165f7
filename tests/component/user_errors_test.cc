// Mistakes of users, and the errors that they get.

#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/component/services_fixture.h"

namespace evroc {
namespace {

using compute::v1::VirtualMachine;
using network::v1::ClusterNetwork;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string LogFile() { return testing::TempDir() + "/services.log"; }

class UserErrorsTest : public testing::Test {
 protected:
  absl::Status CheckWith(const std::string& content) {
    grpc::ClientContext context;
    compute::v1::CheckCredentialsRequest request;
    request.mutable_scope()->set_project("demo");
    request.mutable_scope()->mutable_credentials()->set_content(content);
    compute::v1::CheckCredentialsResponse response;
    return ToStatus(
        services_.compute().CheckCredentials(&context, request, &response));
  }
  static std::string FieldOf(const absl::Status& status) {
    const ErrorDetails details = DetailsOf(status);
    return details.field_violations.empty() ? ""
                                            : details.field_violations[0].field;
  }
  static std::string Log() {
    std::stringstream text;
    text << std::ifstream(LogFile()).rdbuf();
    return text.str();
  }

  ServicesFixture services_{{.flags = {"--v=2"}, .log = LogFile()}};
};

TEST_F(UserErrorsTest, CredentialsThatWork) {
  for (const char* name : {"profile.yaml", "service-account.json",
                           "password.yaml", "token.yaml", "kubeconfig.yaml"}) {
    EXPECT_TRUE(CheckWith(services_.simulator().Credential(name)).ok()) << name;
  }
}

TEST_F(UserErrorsTest, CredentialsThatAreRefused) {
  const std::string profile = services_.simulator().Credential("profile.yaml");
  const size_t at = profile.find("refreshToken: ");
  ASSERT_NE(at, profile.npos);
  std::string wrong = profile;
  wrong[at + 20] = wrong[at + 20] == 'a' ? 'b' : 'a';
  const absl::Status refused = CheckWith(wrong);
  EXPECT_TRUE(absl::IsUnauthenticated(refused)) << refused;
  EXPECT_EQ(DetailsOf(refused).reason, "CREDENTIAL_REFUSED");
  EXPECT_FALSE(DetailsOf(refused).metadata.at("request_id").empty());
}

TEST_F(UserErrorsTest, CredentialsThatMakeNoSense) {
  for (const char* content :
       {"nonsense", "{", "kind: Config", "profiles: {}", "auth: {}",
        "formatVersion: v2\nprofiles: {}", "\xff\xfe"}) {
    const absl::Status refused = CheckWith(content);
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << content << refused;
    EXPECT_THAT(FieldOf(refused), HasSubstr("credentials")) << content;
  }
}

TEST_F(UserErrorsTest, CredentialsThatRunCommandsAreTheOperatorsOnly) {
  const std::string kubeconfig =
      absl::StrReplaceAll(services_.simulator().Credential("kubeconfig.yaml"),
                          {{"token:",
                            "exec: {command: /bin/true, apiVersion: "
                            "client.authentication.k8s.io/v1}\n    x:"}});
  const absl::Status refused = CheckWith(kubeconfig);
  EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
  EXPECT_THAT(FieldOf(refused), HasSubstr("exec"));
}

TEST_F(UserErrorsTest, A5SecretsAreNowhereInTheLogs) {
  services_.MakeMachine([&] {
    VirtualMachine desired = services_.DesiredMachine("c", "m", nullptr);
    desired.set_user_data("#cloud-config\npassword: hunter2-the-secret\n");
    return desired;
  }());
  EXPECT_FALSE(CheckWith("auth: {token: very-secret-token}").ok());
  const std::string log = Log();
  ASSERT_THAT(log, HasSubstr("Served"));
  for (const char* secret :
       {"hunter2", "very-secret-token", "Bearer", "eyJ", "aHVudGVyM"}) {
    EXPECT_FALSE(absl::StrContains(log, secret)) << secret;
  }
  const std::string profile = services_.simulator().Credential("profile.yaml");
  const size_t at = profile.find("refreshToken: ") + 14;
  EXPECT_FALSE(absl::StrContains(log, profile.substr(at, 20)));
}

// A validation error may quote what it refuses: as it is, encoded, in parts.
TEST_F(UserErrorsTest, BootstrapDataAndTokensAreInNoErrorAndNoLog) {
  const std::string marker = "kubeadm-token: abcdef.0123456789abcdef";
  VirtualMachine desired = services_.DesiredMachine("c", "m", nullptr);
  desired.set_user_data(absl::StrCat("#cloud-config\nruncmd:\n- ", marker,
                                     "\n- echo <done> & exit\n"));
  const std::string encoded = absl::Base64Escape(desired.user_data());
  for (const std::string& quoted :
       {desired.user_data(), encoded, encoded.substr(7, 40),
        absl::CEscape(desired.user_data()), marker.substr(15, 16),
        absl::BytesToHexString(marker)}) {
    const Json body = Json::Object(
        {{"reason", "Invalid"},
         {"message", absl::StrCat("spec.osSettings: Invalid value: \"", quoted,
                                  "\": must be shorter")}});
    const Json fault = Json::Object({{"method", "POST"},
                                     {"path", "virtualMachines"},
                                     {"status", 422},
                                     {"body", body.Dump()}});
    services_.AddFault(fault.Dump());
    // The disks of a machine that was refused are being deleted.
    desired.mutable_owner()->set_machine_id(absl::StrCat("m", quoted.size()));
    const absl::Status refused = services_.Apply(desired).status();
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
    EXPECT_THAT(std::string(refused.message()),
                AllOf(HasSubstr("must be shorter"), HasSubstr("[redacted]")));
    for (const std::string& text : {refused.ToString(), Log()}) {
      EXPECT_THAT(text, Not(HasSubstr("abcdef.0123")));
      EXPECT_THAT(text, Not(HasSubstr("0123456789abcdef")));
      EXPECT_THAT(text, Not(HasSubstr(encoded.substr(10, 16))));
      EXPECT_THAT(text, Not(HasSubstr(absl::BytesToHexString("0123456789"))));
    }
  }
}

// The service that reads it has never had it.
TEST_F(UserErrorsTest, BootstrapDataThatAReadQuotesIsInNoErrorAndNoLog) {
  const std::string marker = "kubeadm-token: abcdef.0123456789abcdef";
  VirtualMachine desired = services_.DesiredMachine("c", "m", nullptr);
  desired.set_user_data(absl::StrCat("#cloud-config\nruncmd:\n- ", marker));
  ASSERT_TRUE(services_.Apply(desired).ok());
  services_.RestartCompute();
  const Json object =
      Json::Object({{"cloudInitUserData", desired.user_data()}});
  for (const std::string& quoted :
       {desired.user_data(), object.Dump(),
        absl::Base64Escape(absl::StrCat(desired.user_data(), marker))}) {
    const Json body =
        Json::Object({{"reason", "Invalid"},
                      {"message", absl::StrCat("can't convert ", quoted)}});
    const Json fault = Json::Object({{"method", "GET"},
                                     {"path", "virtualMachines"},
                                     {"count", 3},
                                     {"status", 400},
                                     {"body", body.Dump()}});
    services_.AddFault(fault.Dump());
    const absl::Status refused = services_.Apply(desired, true).status();
    services_.ClearFaults();
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
    EXPECT_THAT(std::string(refused.message()),
                AllOf(HasSubstr("can't convert"), HasSubstr("[redacted]")));
    for (const std::string& text : {refused.ToString(), Log()}) {
      EXPECT_THAT(text, Not(HasSubstr("abcdef.0123")));
      EXPECT_THAT(text,
                  Not(HasSubstr(
                      absl::Base64Escape(desired.user_data()).substr(0, 16))));
    }
  }
}

TEST_F(UserErrorsTest, AMillionViolationsAreOneShortError) {
  ClusterNetwork desired = services_.DesiredNetwork("c");
  for (int i = 0; i < 1'000'000; ++i) desired.add_subnets();
  const absl::Status refused = services_.Apply(desired).status();
  EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
  EXPECT_EQ(FieldOf(refused), "cluster_network.subnets");
  EXPECT_LT(refused.message().size(), 1000u);
  EXPECT_TRUE(services_.Apply(services_.DesiredNetwork("c2")).ok());
}

TEST_F(UserErrorsTest, AServiceAccountsKeyOfAnySizeEndsNothing) {
  // 480 bits: OpenSSL takes it and can't sign with it.
  const absl::Status refused = CheckWith(
      R"({"auth": {"service_account_id": "robot", "service_account_secret":
      "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"p-a3wE6v1v6YMXb7tZbPenwBNjRUI2g83l-Tu3Q8SmL3oge9bSo5w2CkP0h1au_26Vh2fNpiGXRpRZL5\",\"d\":\"DQesrvHsV4T-jqgrNJZ1l43UEj7RYMYQIznLnzqP6w_YwcF9k8fdmgZT6EGHSHQu13ykhLRWq_AxGUDh\",\"p\":\"zbhf_0SEZkDf7KS89wIbGHXmHGlnAkicyrkXDlaV\",\"q\":\"0PAQDinWaJaIJt6jM3b_uK6maRi8qVZOmv63hCXV\"}"},
      "context": {"project": "demo"}})");
  EXPECT_EQ(FieldOf(refused), "credentials.auth.service_account_secret");
  EXPECT_TRUE(CheckWith(services_.simulator().Credential("profile.yaml")).ok());
}

TEST_F(UserErrorsTest, WhatDoesNotExistIsNamed) {
  const auto field = [&](const std::function<void(VirtualMachine&)>& edit) {
    VirtualMachine desired = services_.DesiredMachine("c", "m", nullptr);
    edit(desired);
    const absl::Status refused = services_.Apply(desired).status();
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
    services_.DeleteMachine("c", "m");
    return FieldOf(refused);
  };
  EXPECT_EQ(field([](auto& w) { w.set_compute_profile("z9.s"); }),
            "virtual_machine.compute_profile");
  EXPECT_EQ(field([](auto& w) { w.mutable_boot_disk()->set_image("dos.6-2"); }),
            "virtual_machine.boot_disk.image");
  EXPECT_EQ(field([](auto& w) { w.set_zone("z"); }), "virtual_machine.zone");
  EXPECT_EQ(field([](auto& w) {
              w.set_stack_type(common::v1::STACK_TYPE_IPV4_ONLY);
            }),
            "virtual_machine.stack_type");
  VirtualMachine desired = services_.DesiredMachine("c", "m", nullptr);
  desired.set_subnet_id("no-such-subnet");
  const absl::Status refused = services_.Apply(desired).status();
  EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("no-such-subnet"));
}

TEST_F(UserErrorsTest, UserDataOverTheLimit) {
  VirtualMachine desired = services_.DesiredMachine("c", "m", nullptr);
  desired.set_user_data(std::string(786'433, 'x'));
  const absl::Status refused = services_.Apply(desired).status();
  EXPECT_TRUE(absl::IsInvalidArgument(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("1 more than"));
  // The cloud's actual limit depends on the rest of the object, which also
  // counts.
  desired.set_user_data(std::string(786'432, 'x'));
  EXPECT_TRUE(absl::IsInvalidArgument(services_.Apply(desired).status()));
  desired = services_.DesiredMachine("c", "m2", nullptr);
  desired.set_user_data(std::string(785'000, 'x'));
  const auto applied = services_.Apply(desired);
  EXPECT_TRUE(applied.ok()) << applied.status();
}

TEST_F(UserErrorsTest, BlocksThatOverlapWhatExists) {
  services_.MakeNetwork(services_.DesiredNetwork("c1"));
  ClusterNetwork desired = services_.DesiredNetwork("c2");
  desired.mutable_vpc()->set_name("c1-net");
  desired.mutable_subnets(0)->set_ipv4_cidr_block("10.0.10.0/24");
  const absl::Status refused = services_.Apply(desired).status();
  EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
  EXPECT_EQ(DetailsOf(refused).metadata.at("condition"), "SubnetsReady");
  EXPECT_THAT(DetailsOf(refused).metadata.at("object"), HasSubstr("c2-a"));
}

TEST_F(UserErrorsTest, B2ANameThatAnotherClusterHas) {
  services_.MakeMachine(services_.DesiredMachine("c1", "m", nullptr));
  // The same id in the cloud with other labels, such as another provider's.
  const auto machines = services_.ObjectsOf(sim::Kind::kVirtualMachine, "c1");
  ASSERT_EQ(machines.size(), 1);
  sim::Revision revision;
  revision.labels = Json::Object({{"capi-cluster-id", "other"}});
  ASSERT_TRUE(services_.cloud().Update(machines[0]->key, revision).ok());
  services_.RestartCompute();
  const absl::Status refused =
      services_.Apply(services_.DesiredMachine("c1", "m", nullptr)).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_EQ(DetailsOf(refused).reason, "NAME_TAKEN");
  EXPECT_THAT(DetailsOf(refused).metadata.at("owner"), HasSubstr("other"));
  ASSERT_TRUE(services_.DeleteMachineOnce("c1", "m").ok());
  EXPECT_EQ(services_.CountOf(sim::Kind::kVirtualMachine, "other"), 1);
}

TEST_F(UserErrorsTest, B5QuotaIsToldAndNotRetriedHotly) {
  services_.Control("PUT", "/sim/v1/settings", R"({"quotas": {"vcpus": 1}})");
  services_.ForgetCalls();
  const absl::Status refused =
      services_.Apply(services_.DesiredMachine("c", "m", nullptr)).status();
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_EQ(DetailsOf(refused).reason, kQuotaExceeded);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("not enough quota"));
  EXPECT_EQ(services_.Calls("POST", "virtualMachines"), 1);
}

TEST_F(UserErrorsTest, AnUnknownRequestIdIsReplacedAndADecentOneKept) {
  grpc::ClientContext context;
  context.AddMetadata("x-request-id", "my-own.id_7");
  compute::v1::CheckCredentialsRequest request;
  compute::v1::CheckCredentialsResponse response;
  const absl::Status refused = ToStatus(
      services_.compute().CheckCredentials(&context, request, &response));
  EXPECT_EQ(FieldOf(refused), "scope.credentials");
  EXPECT_EQ(DetailsOf(refused).metadata.at("request_id"), "my-own.id_7");
}

}  // namespace
}  // namespace evroc
