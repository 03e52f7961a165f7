#include "shim/node/workload_access.h"

#include <string>
#include <utility>
#include <vector>

#include "common/time/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/kube/testing/fake_kube_client.h"
#include "shim/node/testing/testing_workload.h"

namespace evroc::shim {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const ObjectKey kCluster{"ns", "prod"};
const ObjectKey kSecret{"ns", "prod-kubeconfig"};

class WorkloadAccessTest : public ::testing::Test {
 protected:
  WorkloadAccessTest()
      : management_(clock_),
        workload_(clock_),
        access_(
            management_,
            [this](absl::string_view content) { return Make(content); }, clock_,
            absl::Minutes(2)) {}

  absl::StatusOr<std::unique_ptr<KubeClient>> Make(absl::string_view content) {
    contents_.emplace_back(content);
    if (content == "bad") return absl::InvalidArgumentError("no kubeconfig");
    return MakeCountedClient(workload_, alive_);
  }
  absl::StatusOr<WorkloadAccess::Opened> Open() {
    return access_.Open({}, kCluster);
  }
  int reads() const { return management_.CallCount("get", "secrets"); }
  void Write(absl::string_view content) {
    management_.Change(
        kSecretType, kSecret,
        Json::Object(
            {{"data", Json(KubeconfigSecret(kCluster, content)["data"])}}));
  }

  FakeClock clock_;
  FakeKubeClient management_;
  FakeKubeClient workload_;
  AliveCount alive_;
  std::vector<std::string> contents_;
  WorkloadAccess access_;
};

TEST_F(WorkloadAccessTest, MakesAClientFromTheSecretsContent) {
  management_.Add(kSecretType, KubeconfigSecret(kCluster, "content"));
  absl::StatusOr<WorkloadAccess::Opened> way = Open();
  ASSERT_TRUE(way.ok()) << way.status();
  EXPECT_TRUE(way->fresh);
  EXPECT_EQ(contents_, std::vector<std::string>{"content"});
}

TEST_F(WorkloadAccessTest, KeepsTheContentAndItsClientForAWhile) {
  management_.Add(kSecretType, KubeconfigSecret(kCluster, "old"));
  ASSERT_TRUE(Open().ok());
  Write("new");
  clock_.Advance(absl::Minutes(1));
  EXPECT_FALSE(Open()->fresh);
  clock_.Advance(absl::Minutes(1));
  EXPECT_TRUE(Open()->fresh);
  EXPECT_EQ(contents_, (std::vector<std::string>{"old", "new"}));
  EXPECT_EQ(reads(), 2);
  EXPECT_EQ(alive_.count(), 1);
}

TEST_F(WorkloadAccessTest, AClosedClientIsMadeAgainFromTheSameContent) {
  management_.Add(kSecretType, KubeconfigSecret(kCluster, "content"));
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(alive_.count(), 1);
  access_.Close(kCluster);
  EXPECT_EQ(alive_.count(), 0);
  EXPECT_FALSE(Open()->fresh);
  EXPECT_EQ(contents_.size(), 2);
  access_.Drop(kCluster);
  EXPECT_EQ(alive_.count(), 0);
}

TEST_F(WorkloadAccessTest, KeepsNothingForLongerThanThat) {
  management_.Add(kSecretType, KubeconfigSecret(kCluster, "content"));
  ASSERT_TRUE(Open().ok());
  management_.Delete(kSecretType, kSecret);
  clock_.Advance(absl::Minutes(2));
  EXPECT_TRUE(absl::IsNotFound(Open().status()));
  EXPECT_EQ(alive_.count(), 0);
}

TEST_F(WorkloadAccessTest, ReadsAgainWhatWasDropped) {
  management_.Add(kSecretType, KubeconfigSecret(kCluster, "old"));
  ASSERT_TRUE(Open().ok());
  Write("new");
  access_.Drop(kCluster);
  EXPECT_TRUE(Open()->fresh);
  EXPECT_EQ(contents_.back(), "new");
}

TEST_F(WorkloadAccessTest, AMissingSecretIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(Open().status()));
  management_.FailNext("get", "secrets", absl::UnavailableError("down"));
  EXPECT_TRUE(absl::IsUnavailable(Open().status()));
}

TEST_F(WorkloadAccessTest, AUselessSecretIsSaidToBeAndReadAgain) {
  management_.Add(kSecretType, KubeconfigSecret(kCluster, "bad"));
  for (int i = 0; i < 2; ++i) {
    const absl::Status error = Open().status();
    EXPECT_TRUE(absl::IsInvalidArgument(error));
    EXPECT_THAT(std::string(error.message()), HasSubstr("ns/prod-kubeconfig"));
  }
  EXPECT_EQ(reads(), 2);

  for (const char* value : {"", "%%%"}) {
    management_.Change(
        kSecretType, kSecret,
        Json::Object({{"data", Json::Object({{"value", value}})}}));
    const absl::Status error = Open().status();
    EXPECT_TRUE(absl::IsInvalidArgument(error));
    EXPECT_THAT(std::string(error.message()), Not(HasSubstr("%%%")));
  }
}

}  // namespace
}  // namespace evroc::shim
