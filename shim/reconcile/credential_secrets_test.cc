#include "shim/reconcile/credential_secrets.h"

#include <string>

#include "absl/strings/escaping.h"
#include "common/time/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/cache/json_fields.h"
#include "shim/kube/testing/fake_kube_client.h"

namespace evroc::shim {
namespace {

using ::testing::UnorderedElementsAre;

constexpr char kConfig[] = R"({"project": "p", "token": "t"})";

class CredentialSecretsTest : public ::testing::Test {
 protected:
  CredentialSecretsTest() {
    cluster_.meta.key = {"ns", "c"};
    cluster_.spec.secret_name = "creds";
    Json secret = Json::Object({{"apiVersion", "v1"}, {"kind", "Secret"}});
    secret.SetAt("metadata.namespace", "ns");
    secret.SetAt("metadata.name", "creds");
    secret.SetAt("metadata.finalizers",
                 WriteTexts(std::vector<std::string>{"example.com/other"}));
    secret.SetAt("data.config", absl::Base64Escape(kConfig));
    kube_.Add(kSecretType, secret);
    EXPECT_TRUE(Use().ok());
  }

  absl::StatusOr<ScopePtr> Use() { return secrets_.ScopeOf({}, cluster_); }

  ObjectMeta Meta() const {
    return DecodeMeta(kube_.Find(kSecretType, key_).value());
  }

  bool HasLabel() const {
    return kube_.Find(kSecretType, key_)
        ->At("metadata.labels")[kSecretLabel]
        .exists();
  }

  // Somebody else's change, as the watch reports it.
  bool Change(const std::string& patch) {
    kube_.Change(kSecretType, key_, Json::Parse(patch).value());
    const ObjectMeta meta = Meta();
    return secrets_.Changed(key_, &meta);
  }

  int Reads() const { return kube_.CallCount("get", "secrets"); }

  FakeClock clock_;
  FakeKubeClient kube_{clock_};
  CredentialSecrets secrets_{kube_, clock_};
  EvrocClusterObject cluster_;
  const ObjectKey key_{"ns", "creds"};
};

TEST_F(CredentialSecretsTest, HoldsByAFinalizerAndALabel) {
  EXPECT_FALSE(secrets_.Holds(key_));
  ASSERT_TRUE(secrets_.Hold({}, key_).ok());
  EXPECT_TRUE(secrets_.Holds(key_));
  EXPECT_THAT(
      Meta().finalizers,
      UnorderedElementsAre("example.com/other", std::string(kSecretFinalizer)));
  EXPECT_TRUE(HasLabel());
  ASSERT_TRUE(secrets_.Release({}, key_).ok());
  EXPECT_FALSE(secrets_.Holds(key_));
  EXPECT_THAT(Meta().finalizers, UnorderedElementsAre("example.com/other"));
  EXPECT_FALSE(HasLabel());
}

// Of a version that knew no label.
TEST_F(CredentialSecretsTest, AFinalizerAloneIsNoHold) {
  Change(R"({"metadata": {"finalizers": [
      "infrastructure.cluster.x-k8s.io/evroc-credentials"]}})");
  ASSERT_TRUE(Use().ok());
  EXPECT_FALSE(secrets_.Holds(key_));
  ASSERT_TRUE(secrets_.Hold({}, key_).ok());
  EXPECT_TRUE(HasLabel());
  EXPECT_EQ(Meta().finalizers.size(), 1);
}

TEST_F(CredentialSecretsTest, TheWatchShowsOurOwnHoldWithoutConsequences) {
  ASSERT_TRUE(secrets_.Hold({}, key_).ok());
  const ObjectMeta meta = Meta();
  EXPECT_FALSE(secrets_.Changed(key_, &meta));
  const int reads = Reads();
  ASSERT_TRUE(Use().ok());
  EXPECT_EQ(Reads(), reads);
}

TEST_F(CredentialSecretsTest, AFinalizerThatIsTakenAwayComesBack) {
  ASSERT_TRUE(secrets_.Hold({}, key_).ok());
  EXPECT_TRUE(Change(R"({"metadata": {"finalizers": null}})"));
  EXPECT_FALSE(secrets_.Holds(key_));
  ASSERT_TRUE(Use().ok());
  ASSERT_TRUE(secrets_.Hold({}, key_).ok());
  EXPECT_TRUE(Meta().HasFinalizer(kSecretFinalizer));
}

// The watch selects by it.
TEST_F(CredentialSecretsTest, ALabelThatIsTakenAwayComesBack) {
  ASSERT_TRUE(secrets_.Hold({}, key_).ok());
  kube_.Change(kSecretType, key_,
               Json::Parse(R"({"metadata": {"labels": null}})").value());
  EXPECT_TRUE(secrets_.Changed(key_, nullptr));
  ASSERT_TRUE(Use().ok());
  ASSERT_TRUE(secrets_.Hold({}, key_).ok());
  EXPECT_TRUE(HasLabel());
}

TEST_F(CredentialSecretsTest, NewContentCountsAtOnce) {
  ASSERT_TRUE(secrets_.Hold({}, key_).ok());
  const ScopeKey before = Use().value()->key();
  EXPECT_TRUE(Change(R"({"data": {"config": ")" +
                     absl::Base64Escape(R"({"project": "p", "token": "new"})") +
                     "\"}}"));
  EXPECT_NE(Use().value()->key(), before);
}

// Its change came between our read and our hold.
TEST_F(CredentialSecretsTest, AHoldDoesNotHideNewContent) {
  const ScopeKey before = Use().value()->key();
  kube_.Change(
      kSecretType, key_,
      Json::Parse(R"({"data": {"config": ")" +
                  absl::Base64Escape(R"({"project": "p", "token": "new"})") +
                  "\"}}")
          .value());
  ASSERT_TRUE(secrets_.Hold({}, key_).ok());
  const ObjectMeta meta = Meta();
  EXPECT_TRUE(secrets_.Changed(key_, &meta));
  EXPECT_NE(Use().value()->key(), before);
}

TEST_F(CredentialSecretsTest, ASecretThatNobodyReadConcernsNobody) {
  EXPECT_FALSE(secrets_.Changed({"ns", "other"}, nullptr));
}

}  // namespace
}  // namespace evroc::shim
