// A cluster that came from the official provider by `clusterctl move`, with the
// copy of its Secret.

#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/testing/reconcile_fixture.h"

namespace evroc::shim {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kNamed[] = "creds";
constexpr char kCopy[] = "c-evroc-credentials";
constexpr absl::Duration kTooOld = absl::Minutes(11);

class CredentialCopyTest : public ::testing::Test {
 protected:
  std::string Ready() {
    return ReconcileFixture::ConditionOf(fixture_.EvrocCluster(), "Ready");
  }
  std::string ReadyMessage() {
    return ReconcileFixture::MessageOf(fixture_.EvrocCluster(), "Ready");
  }
  void ReadAgain() {
    fixture_.clock.Advance(kTooOld);
    ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  }
  bool Held(const char* secret) {
    const auto object = fixture_.kube.Find(kSecretType, {"ns", secret});
    return object.has_value() &&
           DecodeMeta(*object).HasFinalizer(kSecretFinalizer);
  }
  void AwaitEnqueued() {
    while (!fixture_.TakeEnqueued().contains("cluster ns/c")) {
      std::this_thread::yield();
    }
  }
  // Only the copy came along.
  void Move() {
    fixture_.Delete(kSecretType, kNamed);
    fixture_.AddSecretCopy("c", "the copy");
  }

  ReconcileFixture fixture_;
};

TEST_F(CredentialCopyTest, IsUsedWhileTheNamedSecretIsMissing) {
  Move();
  fixture_.network.access().Refuse("the credential");
  fixture_.MakeNetwork();
  EXPECT_EQ(Ready(), "True/Ready");
  EXPECT_TRUE(Held(kCopy));
  // Nobody else may have made it.
  EXPECT_FALSE(fixture_.IsThere(kSecretType, kNamed));
}

TEST_F(CredentialCopyTest, IsNotUsedBesideTheNamedSecret) {
  fixture_.AddSecretCopy("c", "the copy");
  fixture_.network.access().Refuse("the copy");
  fixture_.MakeNetwork();
  EXPECT_EQ(Ready(), "True/Ready");
  EXPECT_TRUE(Held(kNamed));
  EXPECT_FALSE(Held(kCopy));
}

TEST_F(CredentialCopyTest, ABadNamedSecretIsSaidAndNotReplacedByTheCopy) {
  fixture_.AddSecretCopy("c", "the copy");
  fixture_.Change(kSecretType, kNamed, R"({"data": {"config": null}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "False/CredentialsInvalid");
  EXPECT_THAT(ReadyMessage(), HasSubstr("Secret ns/creds"));
}

TEST_F(CredentialCopyTest, OfSomebodyElseIsNotUsed) {
  Move();
  fixture_.AddCluster("d");
  const std::string other(
      fixture_.EvrocCluster("d").At("metadata.uid").String());
  bool watched = false;
  for (const std::string& owners :
       {std::string("null"),
        absl::StrCat(R"([{"apiVersion":)",
                     R"("infrastructure.cluster.x-k8s.io/v1beta1",)",
                     R"("kind": "EvrocCluster", "name": "c", "uid": ")", other,
                     R"("}])"),
        absl::StrCat(
            R"([{"apiVersion": "v1", "kind": "ConfigMap", "name": "c",)",
            R"("uid": ")", fixture_.EvrocCluster().At("metadata.uid").String(),
            R"("}])")}) {
    fixture_.Change(
        kSecretType, kCopy,
        absl::StrCat(R"({"metadata": {"ownerReferences": )", owners, "}}"));
    if (watched) AwaitEnqueued();
    ASSERT_TRUE(fixture_.ReconcileCluster().ok());
    EXPECT_EQ(Ready(), "False/CredentialsMissing") << owners;
    EXPECT_THAT(ReadyMessage(), AllOf(HasSubstr("Secret ns/creds"),
                                      HasSubstr(kCopy), HasSubstr("owner")));
    fixture_.kube.AwaitWatches(2);
    watched = true;
  }
  // It becomes the cluster's.
  fixture_.Change(
      kSecretType, kCopy,
      absl::StrCat(R"({"metadata": {"ownerReferences": [{"apiVersion":)",
                   R"("infrastructure.cluster.x-k8s.io/v1beta1", "kind":)",
                   R"("EvrocCluster", "name": "c", "uid": ")",
                   fixture_.EvrocCluster().At("metadata.uid").String(),
                   R"("}]}})"));
  AwaitEnqueued();
  fixture_.MakeNetwork();
  EXPECT_EQ(Ready(), "True/Ready");
}

TEST_F(CredentialCopyTest, TheUsersOwnSecretMayHaveItsName) {
  fixture_.Change(
      kEvrocClusterType, "c",
      absl::StrCat(R"({"spec": {"identitySecretName": ")", kCopy, R"("}})"));
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "False/CredentialsMissing");
  EXPECT_THAT(ReadyMessage(), Not(HasSubstr("owner")));
  fixture_.AddSecret(kCopy, "config", "the user's");
  fixture_.MakeNetwork();
  EXPECT_EQ(Ready(), "True/Ready");
  EXPECT_TRUE(Held(kCopy));
}

TEST_F(CredentialCopyTest, TheNamedSecretIsUsedAgainOnceItIsBack) {
  Move();
  fixture_.MakeNetwork();
  fixture_.AddSecret(kNamed, "config", "the credential");
  fixture_.network.access().Refuse("the copy");
  ReadAgain();
  EXPECT_EQ(Ready(), "True/Ready");
  EXPECT_TRUE(Held(kNamed));
  EXPECT_FALSE(Held(kCopy));
  // And the copy, should it go once more.
  fixture_.Change(kSecretType, kNamed, R"({"metadata": {"finalizers": []}})");
  fixture_.Delete(kSecretType, kNamed);
  fixture_.network.access().Accept("the copy");
  fixture_.network.access().Refuse("the credential");
  ReadAgain();
  EXPECT_EQ(Ready(), "True/Ready");
  EXPECT_TRUE(Held(kCopy));
}

TEST_F(CredentialCopyTest, IsReadOnceAndNotAtEachReconcile) {
  Move();
  fixture_.MakeNetwork();
  const int reads = fixture_.kube.CallCount("get", "secrets");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(fixture_.kube.CallCount("get", "secrets"), reads);
}

TEST_F(CredentialCopyTest, ARefusedCopyIsNamedAndBothSecretsAreWatched) {
  Move();
  fixture_.network.access().Refuse("the copy");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "False/CredentialsRefused");
  EXPECT_THAT(ReadyMessage(), HasSubstr(absl::StrCat("Secret ns/", kCopy)));
  fixture_.kube.AwaitWatches(2);
  fixture_.TakeEnqueued();
  fixture_.Change(kSecretType, kCopy, R"({"data": {"config": "bmV3"}})");
  AwaitEnqueued();
  fixture_.kube.AwaitWatches(0);
  fixture_.MakeNetwork();
  EXPECT_EQ(Ready(), "True/Ready");
}

TEST_F(CredentialCopyTest, ABadCopyIsNamedAndTheNamedSecretCanReturn) {
  Move();
  fixture_.Change(kSecretType, kCopy, R"({"data": {"config": null}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "False/CredentialsInvalid");
  EXPECT_THAT(ReadyMessage(), AllOf(HasSubstr(kCopy), HasSubstr("config")));
  fixture_.kube.AwaitWatches(2);
  fixture_.TakeEnqueued();
  fixture_.AddSecret(kNamed, "config", "the credential");
  AwaitEnqueued();
  fixture_.MakeNetwork();
  EXPECT_EQ(Ready(), "True/Ready");
  EXPECT_TRUE(Held(kNamed));
}

TEST_F(CredentialCopyTest, StaysUntilTheCloudIsEmpty) {
  Move();
  fixture_.MakeNetwork();
  fixture_.Delete(kEvrocClusterType, "c");
  // The garbage collector, with foreground deletion.
  fixture_.Delete(kSecretType, kCopy);
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "False/Deleting");
  EXPECT_TRUE(fixture_.IsThere(kSecretType, kCopy));
  fixture_.network.SetInstant(true);
  ReadAgain();
  EXPECT_FALSE(fixture_.HasEvrocCluster());
  EXPECT_FALSE(fixture_.IsThere(kSecretType, kCopy));
}

TEST_F(CredentialCopyTest, IsHeldByADeletionToo) {
  fixture_.MakeNetwork();
  fixture_.Change(kSecretType, kNamed, R"({"metadata": {"finalizers": []}})");
  Move();
  fixture_.Delete(kEvrocClusterType, "c");
  fixture_.clock.Advance(kTooOld);
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "False/Deleting");
  EXPECT_TRUE(Held(kCopy));
}

// Another finalizer keeps it for now; ours can't be added any more.
TEST_F(CredentialCopyTest, ThatIsBeingDeletedIsUsedAsLongAsItIsThere) {
  Move();
  fixture_.Change(kSecretType, kCopy,
                  R"({"metadata": {"finalizers": ["example.com/x"]}})");
  fixture_.Delete(kSecretType, kCopy);
  fixture_.MakeNetwork();
  EXPECT_EQ(Ready(), "True/Ready");
}

TEST_F(CredentialCopyTest, IsReleasedWhenTheClusterIsGone) {
  Move();
  fixture_.MakeNetwork();
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"finalizers": []}})");
  fixture_.Delete(kEvrocClusterType, "c");
  fixture_.Delete(kSecretType, kCopy);
  EXPECT_TRUE(fixture_.IsThere(kSecretType, kCopy));
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_FALSE(fixture_.IsThere(kSecretType, kCopy));
}

// The garbage collector would take it at once.
TEST_F(CredentialCopyTest, IsKeptWhenAnotherClusterThatNamesItGoes) {
  Move();
  for (const bool seen : {false, true}) {
    if (seen) fixture_.MakeNetwork();
    fixture_.AddCluster("d");
    fixture_.Change(
        kEvrocClusterType, "d",
        absl::StrCat(R"({"spec": {"identitySecretName": ")", kCopy, R"("}})"));
    ASSERT_TRUE(fixture_.ReconcileCluster("d").ok());
    EXPECT_TRUE(Held(kCopy));
    fixture_.network.SetInstant(true);
    fixture_.Delete(kEvrocClusterType, "d");
    ASSERT_TRUE(fixture_.ReconcileCluster("d").ok());
    EXPECT_FALSE(fixture_.HasEvrocCluster("d"));
    EXPECT_TRUE(Held(kCopy)) << seen;
    fixture_.Delete(kClusterType, "d");
  }
  // Nor when the other names another one.
  fixture_.AddCluster("e");
  fixture_.Change(
      kEvrocClusterType, "e",
      absl::StrCat(R"({"spec": {"identitySecretName": ")", kCopy, R"("}})"));
  ASSERT_TRUE(fixture_.ReconcileCluster("e").ok());
  fixture_.AddSecret("other", "config", "the credential");
  fixture_.Change(kEvrocClusterType, "e",
                  R"({"spec": {"identitySecretName": "other"}})");
  ASSERT_TRUE(fixture_.ReconcileCluster("e").ok());
  EXPECT_TRUE(Held(kCopy));
}

TEST_F(CredentialCopyTest, AServiceAccountsKeysAreNamed) {
  Move();
  fixture_.Change(kSecretType, kCopy, R"({"data": {"config": null,
      "serviceAccountID": "cm9ib3QK", "serviceAccountSecret": "eA=="}})");
  fixture_.network.faults().Fail(
      "CheckCredentials",
      InvalidField("credentials.auth.service_account_secret",
                   "is not base64 of a JWK"));
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "False/CredentialsInvalid");
  EXPECT_EQ(ReadyMessage(),
            "Secret ns/c-evroc-credentials key serviceAccountSecret: is not "
            "base64 of a JWK");
}

}  // namespace
}  // namespace evroc::shim
