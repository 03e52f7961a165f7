#include "common/server/http_endpoint.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/http/curl_http_client.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

class HttpEndpointTest : public ::testing::Test {
 protected:
  static HttpEndpoint::Page Hello(absl::string_view query) {
    return {.status = 200, .body = absl::StrCat("hello ", query)};
  }
  absl::StatusOr<std::unique_ptr<HttpEndpoint>> Listen(
      absl::string_view address) {
    return HttpEndpoint::Listen(address, {{"/hello", &Hello}});
  }
  HttpResponse Send(const std::string& method, const std::string& address,
                    const std::string& path) {
    const auto response = client_.Send(
        {}, {.method = method, .url = absl::StrCat("http://", address, path)});
    EXPECT_TRUE(response.ok()) << response.status();
    return response.value_or(HttpResponse());
  }

  CurlHttpClient client_;
};

TEST_F(HttpEndpointTest, ServesItsPages) {
  const auto endpoint = Listen("127.0.0.1:0");
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  const std::string& address = (*endpoint)->address();
  EXPECT_TRUE(absl::StartsWith(address, "127.0.0.1:"));
  const HttpResponse page = Send("GET", address, "/hello?you");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.body, "hello you");
  EXPECT_EQ(FindHeader(page.headers, "Content-Type"),
            "text/plain; charset=utf-8");
}

TEST_F(HttpEndpointTest, ServesNothingElse) {
  const auto endpoint = Listen("127.0.0.1:0");
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  const std::string& address = (*endpoint)->address();
  for (const char* path :
       {"/", "/etc/passwd", "/hello/", "/..%2f..%2fetc/passwd", "/Hello"}) {
    EXPECT_EQ(Send("GET", address, path).status, 404) << path;
  }
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
    EXPECT_EQ(Send(method, address, "/hello").status, 405) << method;
  }
}

TEST_F(HttpEndpointTest, ListensOnAllAddresses) {
  const auto endpoint = Listen(":0");
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  EXPECT_EQ(
      Send("GET", absl::StrCat("127.0.0.1", (*endpoint)->address()), "/hello")
          .status,
      200);
}

TEST_F(HttpEndpointTest, RefusesOtherAddresses) {
  for (const char* address : {"", "127.0.0.1", "127.0.0.1:http", "a:70000",
                              "127.0.0.1:1,0.0.0.0:2"}) {
    EXPECT_EQ(Listen(address).status().code(),
              absl::StatusCode::kInvalidArgument)
        << address;
  }
}

TEST_F(HttpEndpointTest, SaysWhenItCantListen) {
  const auto first = Listen("127.0.0.1:0");
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(Listen((*first)->address()).status().code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace evroc
