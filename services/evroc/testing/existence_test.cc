#include "services/evroc/api/existence.h"

#include "common/status/error_details.h"
#include "gtest/gtest.h"
#include "services/evroc/api/networking.h"
#include "services/evroc/testing/fake_network_api.h"

namespace evroc::cloud {
namespace {

// 403s as http_error.h tells them apart by their text.
const absl::Status kForbiddens[] = {
    absl::PermissionDeniedError("no"),
    MakeError(
        absl::StatusCode::kFailedPrecondition, "denied the request",
        {.reason = "CLOUD_REFUSED", .metadata = {{"http_status", "403"}}}),
    MakeError(absl::StatusCode::kInvalidArgument, "a reason of its own",
              {.metadata = {{"http_status", "403"}}})};

// A 404 that http_error.h does not take for the cloud's.
const absl::Status kAnyones404 = MakeError(
    absl::StatusCode::kUnavailable, "the cloud answered HTTP 404",
    {.reason = "CLOUD_REFUSED", .metadata = {{"http_status", "404"}}});

class ExistenceTest : public testing::Test {
 protected:
  void PutVpc() {
    Vpc vpc;
    vpc.metadata.id = id_;
    api_.vpcs().Put(vpc);
  }

  const Id<Vpc> id_{"v"};
  FakeNetworkApi api_{FakeDialect::kRest};
};

TEST_F(ExistenceTest, TheTextOfA403SaysNothingOfExistence) {
  for (const absl::Status& forbidden : kForbiddens) {
    api_.vpcs().faults().Fail(Verb::kGet, forbidden);
    const auto found = FindObject(api_.vpcs(), {}, id_);
    ASSERT_TRUE(found.ok()) << forbidden;
    EXPECT_FALSE(found->has_value()) << forbidden;
  }
  PutVpc();
  for (const absl::Status& forbidden : kForbiddens) {
    api_.vpcs().faults().Fail(Verb::kGet, forbidden);
    EXPECT_EQ(FindObject(api_.vpcs(), {}, id_).status(), forbidden);
  }
}

TEST_F(ExistenceTest, WhatMayNotBeDeletedIsGoneOnlyIfItIsNotThere) {
  for (const absl::Status& forbidden : kForbiddens) {
    api_.vpcs().faults().Fail(Verb::kDelete, forbidden);
    const auto gone = DeleteObject(api_.vpcs(), {}, id_, "");
    ASSERT_TRUE(gone.ok()) << forbidden;
    EXPECT_TRUE(*gone) << forbidden;
  }
  PutVpc();
  for (const absl::Status& forbidden : kForbiddens) {
    api_.vpcs().faults().Fail(Verb::kDelete, forbidden);
    EXPECT_EQ(DeleteObject(api_.vpcs(), {}, id_, "").status(), forbidden);
  }
}

TEST_F(ExistenceTest, A404ThatMayBeAProxysIsConfirmedByAList) {
  api_.vpcs().faults().Fail(Verb::kGet, kAnyones404);
  EXPECT_FALSE(FindObject(api_.vpcs(), {}, id_)->has_value());
  api_.vpcs().faults().Fail(Verb::kDelete, kAnyones404);
  EXPECT_TRUE(*DeleteObject(api_.vpcs(), {}, id_, ""));
  const absl::Status down = absl::UnavailableError("down");
  api_.vpcs().faults().Fail(Verb::kGet, kAnyones404);
  api_.vpcs().faults().Fail(Verb::kList, down);
  EXPECT_EQ(FindObject(api_.vpcs(), {}, id_).status(), down);
  PutVpc();
  api_.vpcs().faults().Fail(Verb::kGet, kAnyones404);
  EXPECT_EQ(FindObject(api_.vpcs(), {}, id_).status(), kAnyones404);
  api_.vpcs().faults().Fail(Verb::kDelete, kAnyones404);
  EXPECT_EQ(DeleteObject(api_.vpcs(), {}, id_, "").status(), kAnyones404);
}

TEST_F(ExistenceTest, NoOtherErrorMeansAbsence) {
  for (const absl::Status& error :
       {absl::UnavailableError("down"), absl::FailedPreconditionError("in use"),
        absl::InvalidArgumentError("no")}) {
    api_.vpcs().faults().Fail(Verb::kGet, error);
    EXPECT_EQ(FindObject(api_.vpcs(), {}, id_).status(), error);
    api_.vpcs().faults().Fail(Verb::kDelete, error);
    EXPECT_EQ(DeleteObject(api_.vpcs(), {}, id_, "").status(), error);
  }
}

}  // namespace
}  // namespace evroc::cloud
