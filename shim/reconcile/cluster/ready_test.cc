// Ready of an EvrocCluster is a measurement (ADR 29): what the endpoint does,
// not what was asked for; and each reconcile says beside it what can't be had,
// what is not known, and what can't be written.

#include <string>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/testing/reconcile_fixture.h"

namespace evroc::shim {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// What an admission policy answers.
absl::Status Denied(absl::string_view what) {
  return MakeError(
      absl::StatusCode::kInvalidArgument,
      absl::StrCat("patching ", what,
                   ": the Kubernetes API answered HTTP 422 "
                   "Invalid: a policy denied it"),
      {.metadata = {{"http_status", "422"}, {"kube_reason", "Invalid"}}});
}

// What the server answers where a webhook has to be asked and is away.
absl::Status Undecided() {
  return MakeError(absl::StatusCode::kUnavailable,
                   "HTTP 500 InternalError: failed calling webhook \"w\"",
                   {.metadata = {{"http_status", "500"},
                                 {"kube_reason", "InternalError"},
                                 {"kube_undecided", "webhook"}}});
}

class ClusterReadyTest : public ::testing::Test {
 protected:
  std::string Condition(const std::string& type) {
    return ReconcileFixture::ConditionOf(fixture_.EvrocCluster(), type);
  }
  std::string Message(const std::string& type) {
    return ReconcileFixture::MessageOf(fixture_.EvrocCluster(), type);
  }
  // Reconciles while Apply answers that.
  void ApplyFails(const absl::Status& error) {
    fixture_.network.faults().Fail("ApplyClusterNetwork", error);
    fixture_.ReconcileCluster().IgnoreError();
  }
  void EndService(const std::string& reason) {
    fixture_.network.ChangeNetwork(
        fixture_.ClusterId(), [&](network::v1::ClusterNetwork& network) {
          for (auto& condition : *network.mutable_conditions()) {
            if (condition.type() != "Serving") continue;
            condition.set_status(common::v1::Condition::STATUS_FALSE);
            condition.set_reason(reason);
            condition.set_message("it is not served");
          }
        });
  }
  void ExpectNoMoreWrites() {
    const int writes = fixture_.kube.WriteCount();
    fixture_.clock.Advance(absl::Minutes(1));
    fixture_.ReconcileCluster().IgnoreError();
    EXPECT_EQ(fixture_.kube.WriteCount(), writes);
  }

  const absl::Status fixed_ =
      ImmutableField("cluster_network.subnets[0].zone", "can't be changed");
  ReconcileFixture fixture_;
};

TEST_F(ClusterReadyTest, ANewClusterThatCanNotBeMadeSaysWhy) {
  ApplyFails(absl::UnavailableError("HTTP 503"));
  EXPECT_EQ(Condition("Ready"), "False/CloudUnavailable");
  // Each failure has words of its own.
  const int writes = fixture_.kube.WriteCount();
  ApplyFails(absl::UnavailableError("HTTP 502"));
  EXPECT_EQ(fixture_.kube.WriteCount(), writes);
  ApplyFails(fixed_);
  EXPECT_EQ(Condition("Ready"), "False/Blocked");
  EXPECT_EQ(Condition("SubnetsReady"), "False/Blocked");
  EXPECT_EQ(Condition("SpecApplied"), "False/Blocked");
  ApplyFails(absl::PermissionDeniedError("no role"));
  EXPECT_EQ(Condition("Ready"), "False/PermissionDenied");
  EXPECT_EQ(Condition("CredentialsReady"), "False/PermissionDenied");
  EXPECT_EQ(Condition("SpecApplied"), "Unknown/PermissionDenied");
  // What an earlier error said is not repeated.
  EXPECT_EQ(Condition("SubnetsReady"), "");
  fixture_.MakeNetwork();
  for (const char* type :
       {"Ready", "CredentialsReady", "SpecApplied", "CloudReachable"}) {
    EXPECT_THAT(Condition(type), ::testing::StartsWith("True/")) << type;
  }
}

TEST_F(ClusterReadyTest, WhatCanNotBeHadLeavesReadyAsItIsMeasured) {
  fixture_.MakeNetwork();
  ApplyFails(fixed_);
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_EQ(Condition("NetworkReady"), "True/Ready");
  EXPECT_EQ(Condition("SubnetsReady"), "True/Available");
  EXPECT_EQ(Condition("SpecApplied"), "False/Blocked");
  EXPECT_THAT(Message("SpecApplied"),
              HasSubstr("spec.network.subnets[0].zone"));
  EXPECT_THAT(fixture_.changes(), Contains("Blocked"));
  fixture_.network.faults().Fail("ApplyClusterNetwork", fixed_);
  ExpectNoMoreWrites();
  // What is true is told beside it.
  EndService("Blocked");
  ApplyFails(fixed_);
  EXPECT_EQ(Condition("Ready"), "False/Blocked");
  EXPECT_EQ(Condition("SpecApplied"), "False/Blocked");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition("SpecApplied"), "True/Applied");
  EXPECT_EQ(Condition("Ready"), "False/Blocked");
}

TEST_F(ClusterReadyTest, APartThatIsUsedAndNotAsAskedForIsTold) {
  fixture_.MakeNetwork();
  fixture_.network.FailNetwork(fixture_.ClusterId(), "SubnetsReady",
                               "SubnetNotFound", "subnet x does not exist");
  const ReconcileResult result = fixture_.ReconcileCluster();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_EQ(Condition("SpecApplied"), "False/SubnetNotFound");
  EXPECT_EQ(Message("SpecApplied"), "subnet x does not exist");
  // Nobody tells when it is made.
  EXPECT_LE(std::get<RetryAfter>(*result).delay, absl::Minutes(1));
}

TEST_F(ClusterReadyTest, ARefusedCredentialLeavesReadyAsItIsMeasured) {
  fixture_.MakeNetwork();
  fixture_.network.access().Refuse("the credential");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_EQ(Condition("CredentialsReady"), "False/CredentialsRefused");
  EXPECT_EQ(Condition("CloudReachable"), "True/Reachable");
  fixture_.Delete(kSecretType, "creds");
  fixture_.Change(kSecretType, "creds", R"({"metadata": {"finalizers": []}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition("CredentialsReady"), "False/CredentialsMissing");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
}

TEST_F(ClusterReadyTest, ASecretThatMayNotBeReadIsTold) {
  fixture_.kube.FailNext(
      "get", "secrets",
      MakeError(absl::StatusCode::kPermissionDenied, "secrets is forbidden",
                {.metadata = {{"kube_reason", "Forbidden"}}}));
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition("CredentialsReady"), "False/CredentialsForbidden");
  EXPECT_EQ(Condition("Ready"), "False/CredentialsForbidden");
}

TEST_F(ClusterReadyTest, ACloudThatIsAwayIsToldAfterAWhile) {
  fixture_.MakeNetwork();
  const absl::Status away = absl::UnavailableError("HTTP 503");
  const int writes = fixture_.kube.WriteCount();
  ApplyFails(away);
  fixture_.clock.Advance(absl::Minutes(4));
  ApplyFails(away);
  EXPECT_EQ(fixture_.kube.WriteCount(), writes);
  fixture_.clock.Advance(absl::Minutes(1));
  ApplyFails(away);
  EXPECT_EQ(Condition("CloudReachable"), "Unknown/CloudUnreachable");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_THAT(fixture_.changes(), Contains("CloudUnreachable"));
  fixture_.network.faults().Fail("ApplyClusterNetwork",
                                 absl::UnavailableError("HTTP 504"));
  ExpectNoMoreWrites();
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition("CloudReachable"), "True/Reachable");
  // An answer ends it.
  ApplyFails(away);
  EXPECT_EQ(Condition("CloudReachable"), "True/Reachable");
}

// The spec changed meanwhile.
TEST_F(ClusterReadyTest, WhatWasNotTriedIsNotCalledApplied) {
  fixture_.MakeNetwork();
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"spec": {"additionalLabels": {"a": "b"}}})");
  ApplyFails(absl::UnavailableError("HTTP 503"));
  EXPECT_EQ(Condition("SpecApplied"), "Unknown/CloudUnavailable");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition("SpecApplied"), "True/Applied");
}

// --- Writes that the Kubernetes API refuses.

TEST_F(ClusterReadyTest, AFinalizerThatIsRefusedIsToldAtOnce) {
  fixture_.kube.FailNext("patch", "evrocclusters", Denied("the finalizer"));
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition("Ready"), "False/WriteRefused");
  EXPECT_THAT(Message("Ready"), HasSubstr("a policy denied it"));
  EXPECT_THAT(fixture_.changes(), Contains("WriteRefused"));
  EXPECT_EQ(fixture_.network.faults().calls("ApplyClusterNetwork"), 0);
}

TEST_F(ClusterReadyTest, AWebhookThatIsAwayIsToldAtOnce) {
  fixture_.kube.FailNext("patch", "evrocclusters", Undecided());
  EXPECT_FALSE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition("Ready"), "False/WriteRefused");
  EXPECT_THAT(Message("Ready"), HasSubstr("failed calling webhook"));
  EXPECT_THAT(fixture_.changes(), Contains("WriteRefused"));
  fixture_.MakeNetwork();
  EXPECT_EQ(Condition("Ready"), "True/Ready");
}

TEST_F(ClusterReadyTest, ADeletionThatAWebhookHoldsUpSaysSo) {
  fixture_.MakeNetwork();
  fixture_.network.SetInstant(true);
  fixture_.Delete(kEvrocClusterType, "c");
  fixture_.kube.FailNext("patch", "evrocclusters", Undecided());
  const ReconcileResult result = fixture_.ReconcileCluster();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_GT(std::get<RetryAfter>(*result).delay, absl::ZeroDuration());
  EXPECT_EQ(Condition("Ready"), "False/WriteRefused");
  EXPECT_THAT(fixture_.changes(), Contains("WriteRefused"));
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_FALSE(fixture_.HasEvrocCluster());
}

TEST_F(ClusterReadyTest, AStatusThatIsRefusedIsToldByAnEvent) {
  for (int i = 0; i < 2; ++i) {
    fixture_.kube.FailNext("patch", "evrocclusters/status",
                           Denied("the status"));
  }
  EXPECT_FALSE(fixture_.ReconcileCluster().ok());
  EXPECT_THAT(fixture_.changes(), Contains("WriteRefused"));
}

TEST_F(ClusterReadyTest, ASecretThatCanNotBeHeldIsTold) {
  fixture_.kube.FailNext("patch", "secrets", Denied("the Secret"));
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition("Ready"), "False/WriteRefused");
  EXPECT_THAT(fixture_.changes(), Contains("WriteRefused"));
}

TEST_F(ClusterReadyTest, ADeletionGoesOnWithAnIdThatCanNotBeWrittenBack) {
  fixture_.MakeNetwork();
  const std::string id = fixture_.ClusterId();
  fixture_.compute.SetInstant(true);
  fixture_.network.SetInstant(true);
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"annotations": null}})");
  fixture_.Delete(kEvrocClusterType, "c");
  fixture_.kube.FailNext("patch", "evrocclusters", Denied("the annotation"));
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_FALSE(fixture_.HasEvrocCluster());
  EXPECT_FALSE(fixture_.network.Network(id).has_value());
}

// What was taken away is in the status.
TEST_F(ClusterReadyTest, AnIdThatCanNotBeWrittenBackIsUsedAllTheSame) {
  fixture_.MakeNetwork();
  const std::string id = fixture_.ClusterId();
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"annotations": null}})");
  const int applies = fixture_.network.faults().calls("ApplyClusterNetwork");
  fixture_.kube.FailNext("patch", "evrocclusters", Denied("the annotation"));
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(fixture_.ClusterId(), "");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_EQ(Condition("SpecApplied"), "True/Applied");
  EXPECT_EQ(fixture_.network.faults().calls("ApplyClusterNetwork"),
            applies + 1);
  EXPECT_EQ(fixture_.network.Network(id)->owner().cluster_id(), id);
  EXPECT_THAT(fixture_.changes(), Contains("WriteRefused"));
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(fixture_.ClusterId(), id);
}

TEST_F(ClusterReadyTest, AClusterThatHangsIsNotCalledDeleted) {
  fixture_.MakeNetwork();
  fixture_.network.SetInstant(true);
  fixture_.Delete(kEvrocClusterType, "c");
  fixture_.kube.FailNext("patch", "evrocclusters", Denied("the finalizer"));
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition("Ready"), "False/WriteRefused");
  EXPECT_THAT(Message("Ready"), HasSubstr("a policy denied it"));
  EXPECT_EQ(Condition("SpecApplied"), "");
  EXPECT_THAT(fixture_.changes(), Contains("WriteRefused"));
  EXPECT_THAT(fixture_.EvrocCluster().Dump(), Not(HasSubstr("Deleted")));
  // The cloud is not asked again, and the credential may go first.
  fixture_.network.access().Refuse("the credential");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_FALSE(fixture_.HasEvrocCluster());
}

}  // namespace
}  // namespace evroc::shim
