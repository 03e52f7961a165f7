#include "services/rpc/cloud_check.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/cloud/cloud_identity.h"
#include "common/status/error_details.h"
#include "common/time/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evroc/testing/fake_compute_api.h"
#include "services/evroc/testing/fake_network_api.h"
#include "services/evroc/testing/fake_project_api.h"
#include "services/identity/owner_labels.h"

namespace evroc::cloud {
namespace {

using common::v1::ExpectedCloud;
using ::testing::HasSubstr;

class CloudCheckTest : public ::testing::Test {
 protected:
  CloudCheckTest() {
    auto network = std::make_unique<FakeNetworkApi>();
    network_ = network.get();
    auto compute = std::make_unique<FakeComputeApi>(*network);
    compute_ = compute.get();
    auto project = std::make_unique<FakeProjectApi>();
    project_ = project.get();
    connection_.project = "p";
    connection_.region = "se-sto";
    connection_.endpoint = "https://api";
    connection_.principal = "account";
    connection_.network = std::move(network);
    connection_.compute = std::move(compute);
    connection_.project_uid = std::make_unique<ProjectUid>(std::move(project));
  }

  std::string MakeVpc(const Labels& labels = {}) {
    Vpc vpc;
    vpc.metadata.id = Id<Vpc>("vpc");
    vpc.metadata.labels = labels;
    vpc.ipv4_cidr_blocks = {"10.0.0.0/16"};
    return network_->vpcs().Create({}, vpc).value().metadata.uid;
  }

  absl::Status Check(const ExpectedCloud& expected) {
    return CheckCloud({}, connection_, expected, clock_.Now(),
                      absl::ZeroDuration());
  }

  // That of this connection, in another project of the same name.
  ExpectedCloud Elsewhere() {
    ExpectedCloud expected;
    *expected.mutable_identity() = KnownIdentityOf(connection_);
    expected.mutable_identity()->set_project_uid("another uid");
    return expected;
  }

  FakeClock clock_;
  FakeNetworkApi* network_;
  FakeComputeApi* compute_;
  FakeProjectApi* project_;
  Connection connection_;
};

void AddObject(const std::string& kind, const std::string& id,
               const std::string& uid, ExpectedCloud& expected) {
  common::v1::KnownObject& object = *expected.add_objects();
  object.set_kind(kind);
  object.set_id(id);
  object.set_uid(uid);
}

TEST_F(CloudCheckTest, TheOwnIdentityIsAProofWithoutALook) {
  ExpectedCloud expected;
  *expected.mutable_identity() =
      IdentityOf({}, connection_, clock_.Now(), absl::ZeroDuration()).value();
  EXPECT_EQ(expected.identity().project_uid(), "uid");
  EXPECT_TRUE(Check(expected).ok());
  EXPECT_EQ(network_->vpcs().faults().reads(), 0);
}

TEST_F(CloudCheckTest, AnotherCloudIsRefusedAndBothAreNamed) {
  const absl::Status error = Check(Elsewhere());
  EXPECT_TRUE(IsOtherCloud(error)) << error;
  EXPECT_THAT(error.message(), HasSubstr("se-sto#uid"));
  EXPECT_THAT(error.message(), HasSubstr("se-sto#another uid"));
}

TEST_F(CloudCheckTest, AnObjectIsKnownByItsUidAlone) {
  const std::string uid = MakeVpc();
  ExpectedCloud expected = Elsewhere();
  AddObject("VirtualPrivateCloud", "vpc", "uid of one of the same name",
            expected);
  EXPECT_TRUE(IsOtherCloud(Check(expected)));
  AddObject("VirtualPrivateCloud", "vpc", uid, expected);
  EXPECT_TRUE(Check(expected).ok());
}

TEST_F(CloudCheckTest, ALabelProvesOnlyWhatItWasAskedFor) {
  MakeVpc(OwnerLabels({.cluster_id = "c1", .cluster_name = "c"}));
  ExpectedCloud expected;
  expected.set_cluster_id("c1");
  EXPECT_TRUE(Check(expected).ok());
  expected.set_cluster_id("c2");
  const absl::Status error = Check(expected);
  EXPECT_TRUE(IsOtherCloud(error));
  EXPECT_THAT(error.message(), HasSubstr("never written down"));
}

TEST_F(CloudCheckTest, AProjectThatMayNotBeReadIsNotTheOneThatCouldBe) {
  ExpectedCloud expected;
  *expected.mutable_identity() =
      IdentityOf({}, connection_, clock_.Now(), absl::ZeroDuration()).value();
  project_->Set(std::string());
  EXPECT_TRUE(IsOtherCloud(Check(expected)));
}

TEST_F(CloudCheckTest, ACloudThatDoesNotAnswerSaysNothing) {
  project_->Set(absl::UnavailableError("away"));
  EXPECT_TRUE(absl::IsUnavailable(Check(Elsewhere())));
}

TEST_F(CloudCheckTest, TooManyObjectsAreRefused) {
  ExpectedCloud expected = Elsewhere();
  for (int i = 0; i <= kMaxExpectedObjects; ++i) {
    AddObject("PublicIP", absl::StrCat("ip", i), "u", expected);
  }
  const absl::Status error = Check(expected);
  EXPECT_TRUE(absl::IsInvalidArgument(error));
  EXPECT_EQ(DetailsOf(error).field_violations.at(0).field,
            "scope.expected.objects");
}

}  // namespace
}  // namespace evroc::cloud
