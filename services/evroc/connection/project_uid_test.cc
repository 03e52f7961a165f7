#include "services/evroc/connection/project_uid.h"

#include <memory>
#include <utility>

#include "gtest/gtest.h"
#include "services/evroc/testing/fake_project_api.h"

namespace evroc::cloud {
namespace {

class ProjectUidTest : public ::testing::Test {
 protected:
  ProjectUidTest() {
    auto api = std::make_unique<FakeProjectApi>();
    api_ = api.get();
    uid_ = std::make_unique<ProjectUid>(std::move(api));
  }

  std::string Get(absl::Duration since_start) {
    return uid_->Get({}, absl::UnixEpoch() + since_start, absl::Minutes(10))
        .value();
  }

  FakeProjectApi* api_;
  std::unique_ptr<ProjectUid> uid_;
};

TEST_F(ProjectUidTest, IsAskedForOnceWhileNothingChanges) {
  EXPECT_EQ(uid_->known(), "");
  EXPECT_EQ(Get(absl::ZeroDuration()), "uid");
  EXPECT_EQ(Get(absl::Minutes(9)), "uid");
  EXPECT_EQ(api_->calls(), 1);
  EXPECT_EQ(uid_->known(), "uid");
  Get(absl::Minutes(11));
  EXPECT_EQ(api_->calls(), 2);
}

TEST_F(ProjectUidTest, IsAskedForAgainAfterAChangeButNotForEach) {
  Get(absl::ZeroDuration());
  uid_->OnChange();
  Get(absl::Seconds(4));
  EXPECT_EQ(api_->calls(), 1);
  api_->Set(std::string("another"));
  EXPECT_EQ(Get(absl::Seconds(6)), "another");
  EXPECT_EQ(api_->calls(), 2);
}

// An outage of this API alone ends no call whose cloud was known just before.
TEST_F(ProjectUidTest, AnErrorLeavesTheLastAnswerUntilThatIsOld) {
  Get(absl::ZeroDuration());
  uid_->OnChange();
  api_->Set(absl::UnavailableError("away"));
  EXPECT_EQ(Get(absl::Minutes(1)), "uid");
  const absl::Time later = absl::UnixEpoch() + absl::Minutes(11);
  EXPECT_FALSE(uid_->Get({}, later, absl::Minutes(10)).ok());
  EXPECT_FALSE(uid_->Get({}, later, absl::Minutes(10)).ok());
}

TEST_F(ProjectUidTest, AnErrorIsNoFirstAnswer) {
  api_->Set(absl::UnavailableError("away"));
  EXPECT_FALSE(uid_->Get({}, absl::UnixEpoch(), absl::Minutes(10)).ok());
}

TEST_F(ProjectUidTest, IsEmptyWhereTheApiHasNone) {
  ProjectUid none(nullptr);
  EXPECT_EQ(none.Get({}, absl::UnixEpoch(), absl::ZeroDuration()).value(), "");
}

}  // namespace
}  // namespace evroc::cloud
