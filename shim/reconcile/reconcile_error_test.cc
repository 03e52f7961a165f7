#include "shim/reconcile/reconcile_error.h"

#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const CredentialSource kSource{.secret = "ns/creds"};

TEST(ReconcileErrorTest, TransientErrorsSayNothingOfTheObject) {
  for (const absl::StatusCode code :
       {absl::StatusCode::kUnavailable, absl::StatusCode::kDeadlineExceeded,
        absl::StatusCode::kAborted, absl::StatusCode::kInternal,
        absl::StatusCode::kCancelled}) {
    EXPECT_TRUE(ReconcileErrorOf(absl::Status(code, "x"), kSource).transient)
        << code;
  }
  const ReconcileError throttled = ReconcileErrorOf(
      MakeError(
          absl::StatusCode::kResourceExhausted, "slow down",
          {.reason = std::string(kThrottled), .retry_after = absl::Seconds(7)}),
      kSource);
  EXPECT_TRUE(throttled.transient);
  EXPECT_EQ(throttled.retry_after, absl::Seconds(7));
}

TEST(ReconcileErrorTest, LastingErrorsHaveAReasonAndASlowRetry) {
  const ReconcileError quota = ReconcileErrorOf(
      MakeError(absl::StatusCode::kResourceExhausted, "not enough quota: vcpus",
                {.reason = std::string(kQuotaExceeded)}),
      kSource);
  EXPECT_FALSE(quota.transient);
  EXPECT_EQ(quota.reason, "QuotaExceeded");
  EXPECT_EQ(quota.message, "not enough quota: vcpus");
  EXPECT_GT(quota.retry_after, absl::Minutes(1));
  EXPECT_EQ(
      ReconcileErrorOf(absl::FailedPreconditionError("x"), kSource).reason,
      "Blocked");
  EXPECT_EQ(ReconcileErrorOf(absl::PermissionDeniedError("x"), kSource).reason,
            "PermissionDenied");
  EXPECT_EQ(ReconcileErrorOf(absl::UnimplementedError("x"), kSource).reason,
            "NotSupported");
}

TEST(ReconcileErrorTest, FieldsGetTheirCrdNames) {
  EXPECT_EQ(ReconcileErrorOf(
                InvalidField("virtual_machine.compute_profile", "is not known"),
                kSource)
                .message,
            "spec.computeProfile: is not known");
  const ReconcileError several = ReconcileErrorOf(
      MakeError(absl::StatusCode::kInvalidArgument, "for programs only",
                {.field_violations = {{"cluster_network.subnets[1].zone", "a"},
                                      {"cluster_network.vpc.name", "b"}}}),
      kSource);
  EXPECT_EQ(several.message,
            "spec.network.subnets[1].zone: a; spec.network.vpcRef: b");
  EXPECT_EQ(several.condition, "SubnetsReady");
}

TEST(ReconcileErrorTest, TheServiceNamesTheCondition) {
  const ReconcileError error = ReconcileErrorOf(
      MakeError(absl::StatusCode::kFailedPrecondition, "spec.network.vpc",
                {.metadata = {{"condition", "SecurityGroupsReady"}}}),
      kSource);
  EXPECT_EQ(error.condition, "SecurityGroupsReady");
  EXPECT_EQ(error.message, "spec.network.vpc");
  EXPECT_EQ(ReconcileErrorOf(
                absl::FailedPreconditionError("cluster_network.vpc"), kSource)
                .condition,
            "");
}

TEST(ReconcileErrorTest, CredentialsNameTheirSecret) {
  const ReconcileError refused = ReconcileErrorOf(
      absl::UnauthenticatedError("the token was refused"), kSource);
  EXPECT_TRUE(refused.credentials);
  EXPECT_EQ(refused.reason, "CredentialsRefused");
  EXPECT_EQ(refused.message, "Secret ns/creds: the token was refused");
  const ReconcileError malformed = ReconcileErrorOf(
      InvalidField("credentials.current-context", "is missing"), kSource);
  EXPECT_TRUE(malformed.credentials);
  EXPECT_EQ(malformed.reason, "CredentialsInvalid");
  EXPECT_THAT(malformed.message,
              HasSubstr("Secret ns/creds key config: current-context"));
  EXPECT_THAT(malformed.message, Not(HasSubstr("scope.")));
  EXPECT_FALSE(
      ReconcileErrorOf(InvalidField("virtual_machine.zone", "x"), kSource)
          .credentials);
}

TEST(ReconcileErrorTest, AMissingSecretIsAboutCredentials) {
  const ReconcileError missing = ReconcileErrorOf(
      MakeError(absl::StatusCode::kNotFound,
                "Secret ns/creds (spec.identitySecretName) does not exist",
                {.reason = std::string(kCredentialsSecret)}),
      kSource);
  EXPECT_TRUE(missing.credentials);
  EXPECT_EQ(missing.reason, "CredentialsMissing");
  EXPECT_EQ(missing.message,
            "Secret ns/creds (spec.identitySecretName) does not exist");
}

}  // namespace
}  // namespace evroc::shim
