#include "services/evroc/rest/rest_collection.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/http/testing/fake_http_client.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evroc/api/existence.h"
#include "services/evroc/api/networking.h"
#include "services/evroc/rest/rest_compute_api.h"

namespace evroc::cloud {
namespace {

constexpr char kAddresses[] =
    "https://h/networking/v1beta2/projects/p/regions/r/publicIPs";
constexpr char kCompute[] = "https://h/compute/v1beta2/";

// A cloud that answers with the code 200, whatever it answers.
class RestAnswersTest : public testing::Test {
 protected:
  void Answer(const std::string& method, const std::string& url,
              const std::string& body) {
    http_.Expect(method, url, HttpResponse{.status = 200, .body = body});
  }
  absl::StatusOr<Listing<PublicIp>> List(const std::string& body) {
    Answer("GET", kAddresses, body);
    return addresses_.ListReadable({}, "");
  }
  void TearDown() override {
    EXPECT_THAT(http_.Failures(), testing::IsEmpty());
  }

  FakeHttpClient http_;
  const RestChannel channel_{.http = http_,
                             .base_url = "https://h",
                             .scope = {.project = "p", .region = "r"}};
  RestCollection<PublicIp> addresses_{channel_};
};

constexpr const char* kNoLists[] = {
    "null",
    "[]",
    "7",
    R"({"message":"upstream"})",
    R"({"items":null,"message":"upstream"})",
    R"({"items":{"a":1}})",
    R"({"kind":"Status","metadata":{}})",
    R"({"kind":"PublicIP","metadata":{"id":"a"},"spec":{}})"};

TEST_F(RestAnswersTest, WhatIsNoListIsNoEmptyList) {
  for (const char* body : kNoLists) {
    EXPECT_TRUE(absl::IsInternal(List(body).status())) << body;
  }
}

// A proxy's, say: the deletion of who believed it would be over.
TEST_F(RestAnswersTest, A404OfAnybodySaysNothingOfACollection) {
  for (const auto& [body, is_withheld] :
       {std::pair("", false), std::pair("{}", false),
        std::pair(R"({"error":"no route"})", false), std::pair("<html>", false),
        std::pair(R"({"reason":"NotFound","debug":"no such route"})", true)}) {
    http_.Expect("GET", kAddresses, HttpResponse{.status = 404, .body = body});
    const absl::Status listed = addresses_.List({}, "").status();
    EXPECT_FALSE(listed.ok()) << body;
    EXPECT_EQ(IsWithheld(listed), is_withheld) << listed;
  }
}

// evroc-api.md B.3.
TEST_F(RestAnswersTest, AnEmptyListMayHaveNoItems) {
  for (const char* body : {"{}", R"({"items":null})", R"({"items":[]})"}) {
    EXPECT_TRUE(List(body).ok()) << body;
  }
}

TEST_F(RestAnswersTest, WhatIsNoCatalogueIsNoEmptyCatalogue) {
  RestComputeApi api(channel_);
  for (const char* body : kNoLists) {
    Answer("GET", absl::StrCat(kCompute, "global/computeProfiles"), body);
    EXPECT_TRUE(absl::IsInternal(api.ListComputeProfiles({}).status())) << body;
    Answer("GET",
           absl::StrCat(kCompute, "projects/p/regions/r/customDiskImages"),
           body);
    EXPECT_TRUE(absl::IsInternal(api.ListCustomImages({}).status())) << body;
  }
}

TEST_F(RestAnswersTest, AnElementWithoutAnIdLeavesTheOthers) {
  const std::string body =
      R"({"items":[{"metadata":{"id":"a"}},{"metadata":{}},null,)"
      R"({"metadata":{"id":"b"}}]})";
  const auto listed = List(body);
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->items.size(), 2U);
  EXPECT_TRUE(absl::IsDataLoss(listed->unread)) << listed->unread;
  Answer("GET", kAddresses, body);
  EXPECT_TRUE(absl::IsDataLoss(addresses_.List({}, "").status()));
}

TEST_F(RestAnswersTest, WhatIsAboutAnotherObjectIsNoAnswer) {
  const Id<PublicIp> id("a");
  const std::string url = absl::StrCat(kAddresses, "/a");
  for (const char* body :
       {"{}", "null", R"({"message":"upstream"})", R"({"metadata":{}})",
        R"({"metadata":{"id":"b"}})", R"({"reason":"NotFound"})"}) {
    Answer("GET", url, body);
    EXPECT_TRUE(absl::IsInternal(FindObject(addresses_, {}, id).status()))
        << body;
    PublicIp address;
    address.metadata.id = id;
    Answer("POST", kAddresses, body);
    EXPECT_TRUE(absl::IsInternal(addresses_.Create({}, address).status()))
        << body;
  }
}

TEST_F(RestAnswersTest, AnotherCustomImageIsNotTheOneThatWasAskedFor) {
  RestComputeApi api(channel_);
  for (const char* body : {"{}", R"({"metadata":{"id":"other"}})"}) {
    Answer("GET",
           absl::StrCat(kCompute, "projects/p/regions/r/customDiskImages/mine"),
           body);
    EXPECT_TRUE(absl::IsInternal(api.GetCustomImage({}, "mine").status()))
        << body;
  }
}

}  // namespace
}  // namespace evroc::cloud
