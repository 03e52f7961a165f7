#include "services/evroc/kcp/kcp_collection.h"

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
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

}  // namespace
}  // namespace evroc::cloud
