#include "shim/reconcile/reconcile_error.h"

#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Duration kInterval = absl::Minutes(7);
const CredentialSource kSource{.secret = "ns/creds"};

TEST(ReconcileErrorTest, TransientErrorsSayNothingOfTheObject) {
  for (const absl::StatusCode code :
       {absl::StatusCode::kUnavailable, absl::StatusCode::kDeadlineExceeded,
        absl::StatusCode::kAborted, absl::StatusCode::kInternal,
        absl::StatusCode::kCancelled}) {
    EXPECT_TRUE(
        ReconcileErrorOf(absl::Status(code, "x"), kSource, kInterval).transient)
        << code;
  }
  const ReconcileError throttled = ReconcileErrorOf(
      MakeError(
          absl::StatusCode::kResourceExhausted, "slow down",
          {.reason = std::string(kThrottled), .retry_after = absl::Seconds(7)}),
      kSource, kInterval);
  EXPECT_TRUE(throttled.transient);
  EXPECT_EQ(throttled.retry_after, absl::Seconds(7));
}

TEST(ReconcileErrorTest, LastingErrorsHaveAReasonAndASlowRetry) {
  const ReconcileError quota = ReconcileErrorOf(
      MakeError(absl::StatusCode::kResourceExhausted, "not enough quota: vcpus",
                {.reason = std::string(kQuotaExceeded)}),
      kSource, kInterval);
  EXPECT_FALSE(quota.transient);
  EXPECT_EQ(quota.reason, "QuotaExceeded");
  EXPECT_EQ(quota.message, "not enough quota: vcpus");
  EXPECT_EQ(quota.retry_after, kInterval);
  EXPECT_EQ(
      ReconcileErrorOf(absl::FailedPreconditionError("x"), kSource, kInterval)
          .reason,
      "Blocked");
  EXPECT_EQ(
      ReconcileErrorOf(absl::PermissionDeniedError("x"), kSource, kInterval)
          .reason,
      "PermissionDenied");
  EXPECT_EQ(ReconcileErrorOf(absl::UnimplementedError("x"), kSource, kInterval)
                .reason,
            "NotSupported");
}

// Within bounds: a cloud may say anything.
TEST(ReconcileErrorTest, AServiceSaysWhenItTriesARefusedRequestAgain) {
  const auto pause = [](absl::Duration told) {
    return ReconcileErrorOf(MakeError(absl::StatusCode::kPermissionDenied,
                                      "no role", {.retry_after = told}),
                            kSource, kInterval)
        .retry_after;
  };
  EXPECT_EQ(pause(absl::Seconds(40)), absl::Seconds(40));
  EXPECT_EQ(pause(absl::Seconds(1)), absl::Seconds(15));
  EXPECT_EQ(pause(absl::Hours(1)), pause(absl::ZeroDuration()));
}

TEST(ReconcileErrorTest, FieldsGetTheirCrdNames) {
  EXPECT_EQ(ReconcileErrorOf(
                InvalidField("virtual_machine.compute_profile", "is not known"),
                kSource, kInterval)
                .message,
            "spec.computeProfile: is not known");
  const ReconcileError several = ReconcileErrorOf(
      MakeError(absl::StatusCode::kInvalidArgument, "for programs only",
                {.field_violations = {{"cluster_network.subnets[1].zone", "a"},
                                      {"cluster_network.vpc.name", "b"}}}),
      kSource, kInterval);
  EXPECT_EQ(several.message,
            "spec.network.subnets[1].zone: a; spec.network.vpcRef: b");
  EXPECT_EQ(several.condition, "SubnetsReady");
}

TEST(ReconcileErrorTest, TheServiceNamesTheCondition) {
  const ReconcileError error = ReconcileErrorOf(
      MakeError(absl::StatusCode::kFailedPrecondition, "spec.network.vpc",
                {.metadata = {{"condition", "SecurityGroupsReady"}}}),
      kSource, kInterval);
  EXPECT_EQ(error.condition, "SecurityGroupsReady");
  EXPECT_EQ(error.message, "spec.network.vpc");
  EXPECT_EQ(
      ReconcileErrorOf(absl::FailedPreconditionError("cluster_network.vpc"),
                       kSource, kInterval)
          .condition,
      "");
}

TEST(ReconcileErrorTest, CredentialsNameTheirSecret) {
  const ReconcileError refused = ReconcileErrorOf(
      absl::UnauthenticatedError("the token was refused"), kSource, kInterval);
  EXPECT_TRUE(refused.credentials);
  EXPECT_EQ(refused.reason, "CredentialsRefused");
  EXPECT_EQ(refused.message, "Secret ns/creds: the token was refused");
  const ReconcileError malformed = ReconcileErrorOf(
      InvalidField("credentials.current-context", "is missing"), kSource,
      kInterval);
  EXPECT_TRUE(malformed.credentials);
  EXPECT_EQ(malformed.reason, "CredentialsInvalid");
  EXPECT_THAT(malformed.message,
              HasSubstr("Secret ns/creds key config: current-context"));
  EXPECT_THAT(malformed.message, Not(HasSubstr("scope.")));
  EXPECT_FALSE(ReconcileErrorOf(InvalidField("virtual_machine.zone", "x"),
                                kSource, kInterval)
                   .credentials);
}

TEST(ReconcileErrorTest, AMissingSecretIsAboutCredentials) {
  const ReconcileError missing = ReconcileErrorOf(
      MakeError(absl::StatusCode::kNotFound,
                "Secret ns/creds (spec.identitySecretName) does not exist",
                {.reason = std::string(kCredentialsSecret)}),
      kSource, kInterval);
  EXPECT_TRUE(missing.credentials);
  EXPECT_EQ(missing.reason, "CredentialsMissing");
  EXPECT_EQ(missing.message,
            "Secret ns/creds (spec.identitySecretName) does not exist");
}

TEST(ReconcileErrorTest, RefusalsAreToldApart) {
  const auto reason = [](absl::StatusCode code, absl::string_view detail) {
    return ReconcileErrorOf(
               MakeError(code, "x", {.reason = std::string(detail)}), kSource,
               kInterval)
        .reason;
  };
  EXPECT_EQ(reason(absl::StatusCode::kPermissionDenied, "CLOUD_REFUSED"),
            "PermissionDenied");
  EXPECT_EQ(reason(absl::StatusCode::kPermissionDenied, kCredentialsSecret),
            "CredentialsForbidden");
  EXPECT_EQ(reason(absl::StatusCode::kInvalidArgument, kZoneRefused),
            "ZoneRefused");
  EXPECT_EQ(reason(absl::StatusCode::kResourceExhausted, kQuotaExceeded),
            "QuotaExceeded");
  EXPECT_EQ(reason(absl::StatusCode::kAborted, "CONFLICT"), "Conflict");
}

TEST(ReconcileErrorTest, AWriteThatKubernetesRefusesIsNoTransientError) {
  const auto of_kubernetes = [](absl::StatusCode code) {
    return MakeError(code, "x", {.metadata = {{"kube_reason", "Invalid"}}});
  };
  const absl::Status denied =
      of_kubernetes(absl::StatusCode::kPermissionDenied);
  EXPECT_TRUE(IsRefusedWrite(denied));
  EXPECT_EQ(ReconcileErrorOf(denied, kSource, kInterval).reason,
            "WriteRefused");
  EXPECT_FALSE(ReconcileErrorOf(denied, kSource, kInterval).transient);
  // Causes without a field, as those of admission policies are.
  const ReconcileError causes = ReconcileErrorOf(
      MakeError(absl::StatusCode::kInvalidArgument, "a policy denied it",
                {.metadata = {{"kube_reason", "Invalid"}},
                 .field_violations = {{"", "denied"}}}),
      kSource, kInterval);
  EXPECT_EQ(causes.message, "a policy denied it");
  EXPECT_FALSE(causes.credentials);
  const absl::Status conflict = of_kubernetes(absl::StatusCode::kAborted);
  EXPECT_FALSE(IsRefusedWrite(conflict));
  EXPECT_TRUE(ReconcileErrorOf(conflict, kSource, kInterval).transient);
  EXPECT_FALSE(IsRefusedWrite(absl::PermissionDeniedError("of the cloud")));
  // A stale token: the client repeats the call with a fresh one.
  EXPECT_FALSE(
      IsRefusedWrite(of_kubernetes(absl::StatusCode::kUnauthenticated)));
}

TEST(ReconcileErrorTest, AWebhookThatCanNotBeCalledRefusesForAWhile) {
  const absl::Status undecided =
      MakeError(absl::StatusCode::kUnavailable, "failed calling webhook",
                {.metadata = {{"kube_reason", "InternalError"},
                              {"kube_undecided", "webhook"}},
                 .retry_after = absl::Seconds(7)});
  EXPECT_TRUE(IsRefusedWrite(undecided));
  const ReconcileError error = ReconcileErrorOf(undecided, kSource, kInterval);
  EXPECT_EQ(error.reason, "WriteRefused");
  EXPECT_TRUE(error.transient);
  // So that it ends the reconcile as an error, which is told.
  EXPECT_EQ(error.retry_after, absl::ZeroDuration());
}

}  // namespace
}  // namespace evroc::shim
