#include "shim/reconcile/cluster/secret_release.h"

#include <functional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "shim/testing/reconcile_fixture.h"

namespace evroc::shim {
namespace {

class SecretReleaseTest : public ::testing::Test {
 protected:
  // Puts what is ours on the Secret, as a shim did that has ended since.
  void Mark(const std::string& secret) {
    Json patch = Json::Object();
    patch.SetAt("metadata.finalizers",
                Json::Array({Json(kSecretFinalizer), Json("example.com/f")}));
    Json labels = Json::Object();
    labels.Set(kSecretLabel, "");
    patch.SetAt("metadata.labels", std::move(labels));
    fixture_.Change(kSecretType, secret, patch.Dump());
  }
  bool IsMarked(const std::string& secret) {
    const auto object = fixture_.kube.Find(kSecretType, {"ns", secret});
    return object.has_value() &&
           (DecodeMeta(*object).HasFinalizer(kSecretFinalizer) ||
            object->At("metadata.labels")[kSecretLabel].exists());
  }

  // The cluster names another Secret, of a credential that is refused.
  void NameARefusedSecret() {
    fixture_.MakeNetwork();
    fixture_.AddSecret("other", "config", "new");
    fixture_.network.access().Refuse("new");
    fixture_.Change(kEvrocClusterType, "c",
                    R"({"spec": {"identitySecretName": "other"}})");
    ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  }

  ReconcileFixture fixture_;
};

TEST_F(SecretReleaseTest, WhatNoClusterNamesIsReleased) {
  fixture_.MakeNetwork();
  fixture_.AddSecret("before", "config", "old");
  Mark("before");
  EXPECT_TRUE(fixture_.ReleaseIfUnused("before"));
  EXPECT_FALSE(IsMarked("before"));
  const auto object = fixture_.kube.Find(kSecretType, {"ns", "before"});
  EXPECT_EQ(DecodeMeta(*object).finalizers.size(), 1);
  EXPECT_TRUE(fixture_.ReleaseIfUnused("before"));
  EXPECT_TRUE(fixture_.ReleaseIfUnused("no-such-secret"));
}

TEST_F(SecretReleaseTest, WhatAClusterNamesStays) {
  fixture_.MakeNetwork();
  EXPECT_FALSE(fixture_.ReleaseIfUnused("creds"));
  EXPECT_TRUE(IsMarked("creds"));
}

// The name is that of the official provider's copies, and of our templates.
TEST_F(SecretReleaseTest, TheNameOfACopyAloneMakesNone) {
  fixture_.MakeNetwork();
  fixture_.AddSecret("c-evroc-credentials", "config", "old");
  Mark("c-evroc-credentials");
  EXPECT_TRUE(fixture_.ReleaseIfUnused("c-evroc-credentials"));
  EXPECT_FALSE(IsMarked("c-evroc-credentials"));
}

TEST_F(SecretReleaseTest, NorWhileItsClusterIsDeleted) {
  fixture_.MakeNetwork();
  fixture_.AddSecret("c-evroc-credentials", "config", "old");
  Mark("c-evroc-credentials");
  fixture_.Delete(kEvrocClusterType, "c");
  fixture_.Sync();
  EXPECT_TRUE(fixture_.ReleaseIfUnused("c-evroc-credentials"));
  EXPECT_FALSE(IsMarked("c-evroc-credentials"));
}

TEST_F(SecretReleaseTest, ACopyIsLeftToItsCluster) {
  fixture_.AddSecretCopy("c", "the copy");
  fixture_.MakeNetwork();
  Mark("c-evroc-credentials");
  EXPECT_FALSE(fixture_.ReleaseIfUnused("c-evroc-credentials"));
  EXPECT_TRUE(IsMarked("c-evroc-credentials"));
}

TEST_F(SecretReleaseTest, AClusterThatIsNotInTheCacheYetCounts) {
  fixture_.MakeNetwork();
  fixture_.AddSecret("other", "config", "new");
  Mark("other");
  fixture_.AddCluster("d");
  fixture_.Change(kEvrocClusterType, "d",
                  R"({"spec": {"identitySecretName": "other"}})");
  EXPECT_FALSE(fixture_.ReleaseIfUnused("other"));
  EXPECT_TRUE(IsMarked("other"));
  // Nor does it have to name it.
  fixture_.Change(kEvrocClusterType, "d",
                  R"({"spec": {"identitySecretName": "new"}, "metadata":
      {"annotations": {"evroc.com/credential-secret": "other"}}})");
  EXPECT_FALSE(fixture_.ReleaseIfUnused("other"));
  EXPECT_TRUE(IsMarked("other"));
}

// The cluster may go back to it.
TEST_F(SecretReleaseTest, TheOneBeforeStaysUntilTheNextIsProven) {
  NameARefusedSecret();
  for (const bool restarted : {false, true}) {
    if (restarted) fixture_.Restart();
    EXPECT_FALSE(fixture_.ReleaseIfUnused("creds"));
    ASSERT_TRUE(fixture_.ReconcileCluster().ok());
    EXPECT_TRUE(IsMarked("creds")) << restarted;
    EXPECT_FALSE(IsMarked("other")) << restarted;
  }
  fixture_.network.access().Accept("new");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_TRUE(IsMarked("other"));
  EXPECT_FALSE(IsMarked("creds"));
  EXPECT_FALSE(fixture_.ReleaseIfUnused("other"));
}

TEST_F(SecretReleaseTest, OneOfAnotherCloudTakesTheHoldFromNone) {
  common::v1::CloudIdentity elsewhere;
  elsewhere.set_project("p");
  elsewhere.set_endpoint("https://elsewhere");
  fixture_.network.access().Lead("new", elsewhere);
  NameARefusedSecret();
  fixture_.network.access().Accept("new");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(ReconcileFixture::ConditionOf(fixture_.EvrocCluster(),
                                          "CloudIdentityMatched"),
            "False/OtherCloud");
  EXPECT_TRUE(IsMarked("creds"));
  EXPECT_FALSE(IsMarked("other"));
}

TEST_F(SecretReleaseTest, AChangeWhileNoShimRanIsMadeUpFor) {
  fixture_.MakeNetwork();
  fixture_.AddSecret("c-evroc-credentials", "config", "new");
  for (const auto& [now, before] :
       {std::pair("c-evroc-credentials", "creds"),
        std::pair("creds", "c-evroc-credentials")}) {
    fixture_.Restart();
    fixture_.Change(
        kEvrocClusterType, "c",
        absl::StrCat(R"({"spec": {"identitySecretName": ")", now, R"("}})"));
    ASSERT_TRUE(fixture_.ReconcileCluster().ok());
    EXPECT_TRUE(IsMarked(now));
    EXPECT_FALSE(IsMarked(before));
  }
}

TEST_F(SecretReleaseTest, OneThatAnotherClusterWasProvenToUseStays) {
  fixture_.AddCluster("d");
  ASSERT_TRUE(fixture_.ReconcileCluster("d").ok());
  NameARefusedSecret();
  fixture_.network.SetInstant(true);
  fixture_.Delete(kEvrocClusterType, "d");
  ASSERT_TRUE(fixture_.ReconcileCluster("d").ok());
  ASSERT_FALSE(fixture_.HasEvrocCluster("d"));
  EXPECT_TRUE(IsMarked("creds"));
}

TEST_F(SecretReleaseTest, WhatIsTakenOffTheProvenOneComesBack) {
  NameARefusedSecret();
  fixture_.Restart();
  fixture_.Change(kSecretType, "creds", R"({"metadata": {"finalizers": []}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_TRUE(DecodeMeta(*fixture_.kube.Find(kSecretType, {"ns", "creds"}))
                  .HasFinalizer(kSecretFinalizer));
}

// The annotation is anybody's who may write the cluster.
TEST_F(SecretReleaseTest, ASecretThatWasNeverHeldIsNotHeldForAnAnnotation) {
  fixture_.AddSecret("somebodys", "password", "x");
  fixture_.network.access().Refuse("the credential");
  fixture_.Change(kEvrocClusterType, "c", R"({"metadata": {"annotations":
      {"evroc.com/credential-secret": "somebodys"}}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_FALSE(IsMarked("somebodys"));
}

// A shim that has just started knows of no Secret yet.
TEST_F(SecretReleaseTest, WhatIsTakenOffIsBackWhateverEndsTheReconcile) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.MakeMachine("m");
  common::v1::CloudIdentity elsewhere;
  elsewhere.set_endpoint("https://elsewhere");
  const std::string credential = "the credential";
  auto& access = fixture_.network.access();
  const std::pair<std::string, std::function<void()>> ends[] = {
      {"the cloud is away",
       [&] { access.Refuse(credential, absl::UnavailableError("away")); }},
      {"it is refused", [&] { access.Refuse(credential); }},
      {"another cloud",
       [&] {
         access.Accept(credential);
         access.Lead(credential, elsewhere);
       }},
      {"no Cluster",
       [&] {
         fixture_.Change(kEvrocClusterType, "c",
                         R"({"metadata": {"ownerReferences": null}})");
       }},
      {"its annotations are gone, and a pause",
       [&] {
         fixture_.Change(kEvrocClusterType, "c", R"({"metadata": {
             "annotations": null}})");
         fixture_.Change(kEvrocClusterType, "c", R"({"metadata": {
             "annotations": {"cluster.x-k8s.io/paused": ""}}})");
       }},
      {"it waits for its machines", [&] {
         fixture_.Change(kEvrocClusterType, "c", R"({"metadata": {
             "annotations": {"cluster.x-k8s.io/paused": null}}})");
         fixture_.Delete(kEvrocClusterType, "c");
       }}};
  for (const auto& [why, end] : ends) {
    end();
    fixture_.Restart();
    fixture_.Change(kSecretType, "creds",
                    R"({"metadata": {"finalizers": null, "labels": null}})");
    (void)fixture_.ReconcileCluster();
    EXPECT_TRUE(IsMarked("creds")) << why;
  }
}

TEST_F(SecretReleaseTest, AnAbsenceFromTheCacheReleasesNothing) {
  fixture_.MakeNetwork();
  fixture_.cache.evroc_clusters.Remove({"ns", "c"}, "");
  ASSERT_TRUE(
      fixture_.clusters->Reconcile({.request_id = "test"}, {.key = {"ns", "c"}})
          .ok());
  EXPECT_TRUE(IsMarked("creds"));
}

// Nor is what a shim has read before it ended.
TEST_F(SecretReleaseTest, ACopyInUseStaysWhereCacheAndMemoryKnowNothing) {
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"spec": {"identitySecretName": "before-the-move"}})");
  fixture_.AddSecretCopy("c", "the copy");
  Mark("c-evroc-credentials");
  ASSERT_TRUE(fixture_.cache.evroc_clusters.Find({"ns", "c"}) == nullptr);
  EXPECT_FALSE(fixture_.ReleaseIfUnused("c-evroc-credentials"));
  EXPECT_TRUE(IsMarked("c-evroc-credentials"));
  fixture_.AddSecret("before-the-move", "config", "the credential");
  EXPECT_TRUE(fixture_.ReleaseIfUnused("c-evroc-credentials"));
  EXPECT_FALSE(IsMarked("c-evroc-credentials"));
}

TEST_F(SecretReleaseTest, TheLastClusterInTheCacheIsNotTheLastOfTheSecret) {
  fixture_.AddCluster("d");
  fixture_.MakeNetwork();
  ASSERT_TRUE(fixture_.ReconcileCluster("d").ok());
  fixture_.network.SetInstant(true);
  fixture_.Delete(kEvrocClusterType, "d");
  fixture_.Sync();
  fixture_.cache.evroc_clusters.Remove({"ns", "c"}, "");
  ASSERT_TRUE(
      fixture_.clusters->Reconcile({.request_id = "test"}, {.key = {"ns", "d"}})
          .ok());
  EXPECT_FALSE(fixture_.HasEvrocCluster("d"));
  EXPECT_TRUE(IsMarked("creds"));
}

TEST_F(SecretReleaseTest, ADeletionKeepsTheProvenOneToItsEnd) {
  NameARefusedSecret();
  fixture_.network.SetInstant(true);
  fixture_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  ASSERT_TRUE(fixture_.HasEvrocCluster());
  EXPECT_TRUE(IsMarked("creds"));
  fixture_.network.access().Accept("new");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_FALSE(fixture_.HasEvrocCluster());
  EXPECT_FALSE(IsMarked("creds"));
  EXPECT_FALSE(IsMarked("other"));
}

// By force, which takes its finalizer off.
TEST_F(SecretReleaseTest, AClusterThatIsGoneHoldsNone) {
  NameARefusedSecret();
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"finalizers": []}})");
  fixture_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_FALSE(IsMarked("creds"));
}

}  // namespace
}  // namespace evroc::shim
