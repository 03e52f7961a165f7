#include "services/evroc/kcp/kcp_collection.h"

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/http/testing/fake_http_client.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evroc/api/compute.h"
#include "services/evroc/api/existence.h"
#include "services/evroc/api/networking.h"

namespace evroc::cloud {
namespace {

using ::testing::HasSubstr;

// A server that says nothing.
class SilentHttpClient : public HttpClient {
 public:
  using HttpClient::Send;
  absl::StatusOr<HttpResponse> Send(const CallContext& /*context*/,
                                    const HttpRequest& request,
                                    const BodySink& /*sink*/) override {
    requests.push_back(request);
    return absl::DeadlineExceededError("nothing has come");
  }

  std::vector<HttpRequest> requests;
};

TEST(KcpCollectionTest, AWatchHasAnEndAndIsNotSilentForLong) {
  SilentHttpClient http;
  KcpCollection<PublicIp> collection({.http = http,
                                      .watches = http,
                                      .base_url = "https://h/clusters/root:p",
                                      .name_space = "p"});
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(absl::IsDeadlineExceeded(collection.Watch(
        {}, "7", [](const auto&) { return absl::OkStatus(); })));
  }
  for (const HttpRequest& request : http.requests) {
    EXPECT_THAT(request.url, HasSubstr("allowWatchBookmarks=true"));
    EXPECT_LE(request.max_silence, absl::Minutes(2));
    const std::string name = "&timeoutSeconds=";
    int seconds = 0;
    ASSERT_TRUE(absl::SimpleAtoi(
        request.url.substr(request.url.find(name) + name.size()), &seconds));
    EXPECT_GE(seconds, 300);
    EXPECT_LE(seconds, 600);
  }
}

TEST(KcpCollectionTest, WhatIsSecretInARequestIsMarked) {
  SilentHttpClient http;
  KcpCollection<VirtualMachine> machines({.http = http,
                                          .watches = http,
                                          .base_url = "https://h",
                                          .name_space = "p"});
  VirtualMachine machine;
  machine.metadata.id = Id<VirtualMachine>("m");
  machine.user_data = "bootstrap token";
  EXPECT_FALSE(machines.Create({}, machine).ok());
  ASSERT_FALSE(http.requests.empty());
  EXPECT_THAT(http.requests.front().secrets,
              testing::ElementsAre("bootstrap token"));
}

// A watch that sends one line.
class OneLineHttpClient : public HttpClient {
 public:
  explicit OneLineHttpClient(const char* line) : line_(line) {}
  using HttpClient::Send;
  absl::StatusOr<HttpResponse> Send(const CallContext& /*context*/,
                                    const HttpRequest& /*request*/,
                                    const BodySink& sink) override {
    const absl::Status status = sink(absl::StrCat(line_, "\n"));
    if (!status.ok()) return status;
    return HttpResponse{.status = 200};
  }

 private:
  const char* const line_;
};

constexpr char kAddresses[] =
    "https://h/clusters/root:p/apis/networking.evroclabs.net/v1alpha1/"
    "namespaces/p/publicips";

// A KCP that answers with the code 200, whatever it answers.
class KcpAnswersTest : public testing::Test {
 protected:
  absl::StatusOr<Listing<PublicIp>> List(const std::string& body) {
    http_.Expect("GET", absl::StrCat(kAddresses, "?limit=500&"),
                 HttpResponse{.status = 200, .body = body});
    return addresses_.ListReadable({}, "");
  }
  void Answer(const std::string& method, const std::string& url,
              const std::string& body) {
    http_.Expect(method, url, HttpResponse{.status = 200, .body = body});
  }
  void TearDown() override {
    EXPECT_THAT(http_.Failures(), testing::IsEmpty());
  }

  FakeHttpClient http_;
  KcpCollection<PublicIp> addresses_{{.http = http_,
                                      .watches = http_,
                                      .base_url = "https://h/clusters/root:p",
                                      .name_space = "p"}};
};

TEST_F(KcpAnswersTest, WhatIsNoListIsNoEmptyList) {
  for (const char* body :
       {"{}", "null", "[]", "7", R"({"items":[]})", R"({"message":"upstream"})",
        R"({"kind":"Status","code":200,"metadata":{}})",
        R"({"kind":"PublicIP","metadata":{"name":"a"}})"}) {
    EXPECT_TRUE(absl::IsInternal(List(body).status())) << body;
  }
  EXPECT_TRUE(List(R"({"kind":"PublicIPList","items":null})").ok());
}

TEST_F(KcpAnswersTest, AnElementWithoutANameLeavesTheOthers) {
  const auto listed =
      List(R"({"kind":"PublicIPList","items":[{"metadata":{"name":"a"}},)"
           R"({"metadata":{}},{"metadata":{"name":"b"}}]})");
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->items.size(), 2U);
  EXPECT_TRUE(absl::IsDataLoss(listed->unread)) << listed->unread;
}

TEST_F(KcpAnswersTest, AnIdIsOnePartOfThePath) {
  Answer("GET", absl::StrCat(kAddresses, "/a%2Fb%3Fc%23d"),
         R"({"metadata":{"name":"a/b?c#d"}})");
  EXPECT_TRUE(addresses_.Get({}, Id<PublicIp>("a/b?c#d")).ok());
}

// What was read before is of a state that is over.
TEST_F(KcpAnswersTest, PagesThatExpireAreReadAgainInOnePiece) {
  const std::string first = absl::StrCat(kAddresses, "?limit=500&");
  Answer("GET", first,
         R"({"kind":"PublicIPList","metadata":{"continue":"c"},)"
         R"("items":[{"metadata":{"name":"gone"}}]})");
  http_.Expect("GET", absl::StrCat(first, "&continue=c"),
               HttpResponse{.status = 410,
                            .body = R"({"kind":"Status","reason":"Expired"})"});
  Answer("GET", absl::StrCat(kAddresses, "?"),
         R"({"kind":"PublicIPList","items":[{"metadata":{"name":"a"}},)"
         R"({"metadata":{"name":"b"}}]})");
  const auto listed = addresses_.ListReadable({}, "");
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_EQ(listed->items.size(), 2U);
  EXPECT_EQ(listed->items[0].metadata.id.value(), "a");
}

TEST_F(KcpAnswersTest, WhatIsAboutAnotherObjectIsNoAnswer) {
  const Id<PublicIp> id("a");
  const std::string url = absl::StrCat(kAddresses, "/a");
  for (const char* body :
       {"{}", "null", R"({"message":"upstream"})", R"({"metadata":{}})",
        R"({"metadata":{"name":"b"}})",
        R"({"kind":"Status","code":404,"reason":"NotFound"})"}) {
    Answer("GET", url, body);
    EXPECT_TRUE(absl::IsInternal(FindObject(addresses_, {}, id).status()))
        << body;
  }
}

TEST_F(KcpAnswersTest, WhatIsAboutAnotherObjectAnswersNoWrite) {
  PublicIp current;
  current.metadata.id = Id<PublicIp>("a");
  PublicIp wanted = current;
  wanted.metadata.labels["team"] = "one";
  const std::string other = R"({"metadata":{"name":"b"}})";
  Answer("POST", kAddresses, other);
  EXPECT_TRUE(absl::IsInternal(addresses_.Create({}, wanted).status()));
  Answer("PATCH", absl::StrCat(kAddresses, "/a"), other);
  EXPECT_TRUE(
      absl::IsInternal(addresses_.Update({}, current, wanted).status()));
}

TEST_F(KcpAnswersTest, AnEventOfNoKnownTypeEndsTheWatch) {
  for (const char* line :
       {R"({"object":{"metadata":{"name":"a"}}})",
        R"({"type":"SYNC","object":{"metadata":{"name":"a"}}})"}) {
    OneLineHttpClient http(line);
    KcpCollection<PublicIp> collection({.http = http,
                                        .watches = http,
                                        .base_url = "https://h",
                                        .name_space = "p"});
    EXPECT_TRUE(absl::IsInternal(collection.Watch({}, "7", [](const auto&) {
      return absl::OkStatus();
    }))) << line;
  }
}

}  // namespace
}  // namespace evroc::cloud
