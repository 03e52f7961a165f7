#include "shim/reconcile/cluster/secret_release.h"

#include <string>

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
}

}  // namespace
}  // namespace evroc::shim
