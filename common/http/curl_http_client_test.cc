#include "common/http/curl_http_client.h"

#include <cstdlib>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/http/curl_loop.h"
#include "common/http/testing/loopback_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

using ::testing::HasSubstr;
using Connection = LoopbackServer::Connection;

HttpRequest Get(const std::string& url) {
  return {.method = "GET", .url = url, .route = "/route/{id}"};
}

void Echo(Connection& connection) {
  while (auto request = connection.ReadRequest()) {
    connection.Write(LoopbackServer::Ok(*request));
  }
}

TEST(CurlHttpClientTest, SendsWhatItIsGiven) {
  LoopbackServer server(Echo);
  CurlHttpClient client;
  const auto response = client.Send(
      CallContext{}, {.method = "PATCH",
                      .url = server.url() + "/a%3Ab/c?x=1",
                      .headers = {{"Content-Type", "application/json"}},
                      .body = "{}"});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 200);
  EXPECT_THAT(response->body, HasSubstr("PATCH /a%3Ab/c?x=1 HTTP/1.1\r\n"));
  EXPECT_THAT(response->body, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(response->body, HasSubstr("\r\n\r\n{}"));
}

TEST(CurlHttpClientTest, AnyStatusIsAnAnswer) {
  LoopbackServer server([](Connection& connection) {
    connection.ReadRequest();
    connection.Write(
        "HTTP/1.1 503 Busy\r\nretry-after: 7\r\nContent-Length: 4\r\n\r\nbusy");
  });
  CurlHttpClient client;
  const auto response = client.Send(CallContext{}, Get(server.url()));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 503);
  EXPECT_EQ(FindHeader(response->headers, "Retry-After"), "7");
  EXPECT_EQ(response->body, "busy");
}

TEST(CurlHttpClientTest, KeepsTheConnection) {
  LoopbackServer server(Echo);
  CurlHttpClient client;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(client.Send(CallContext{}, Get(server.url())).ok());
  }
  EXPECT_EQ(server.connections(), 1);
}

// ADR 4: calls that share an HTTP/2 connection of libcurl 7.88 sometimes stall.
TEST(CurlHttpClientTest, OffersHttp11Only) {
  std::string hello;
  LoopbackServer server(
      [&](Connection& connection) { hello = connection.ReadSome(); });
  CurlHttpClient client;
  const std::string url = absl::StrCat("https://127.0.0.1:", server.port());
  EXPECT_FALSE(client.Send(CallContext{}, Get(url)).ok());
  // The TLS extension with the protocols: number, size, size of the list, and
  // each with its length first (RFC 7301, section 3.1).
  constexpr absl::string_view kOnlyHttp11("\0\x10\0\x0b\0\x09\x08http/1.1", 15);
  EXPECT_THAT(hello, HasSubstr(std::string(kOnlyHttp11)));
}

TEST(CurlHttpClientTest, DoesNotFollowRedirects) {
  LoopbackServer server([](Connection& connection) {
    connection.ReadRequest();
    connection.Write(
        "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n");
  });
  CurlHttpClient client;
  const auto response = client.Send(CallContext{}, Get(server.url()));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 302);
}

TEST(CurlHttpClientTest, DeadlineEndsASilentServer) {
  LoopbackServer server(
      [](Connection& connection) { connection.AwaitClose(); });
  CurlHttpClient client;
  const auto response = client.Send(
      {.deadline = absl::Now() + absl::Milliseconds(50)}, Get(server.url()));
  EXPECT_EQ(response.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(response.status().message(), HasSubstr("GET /route/{id}"));
}

TEST(CurlHttpClientTest, B9ACallWithoutAnAnswerHoldsUpNoOther) {
  absl::Notification asked;
  LoopbackServer server([&](Connection& connection) {
    const auto request = connection.ReadRequest();
    if (!request.has_value()) return;
    if (absl::StrContains(*request, "/hangs")) {
      asked.Notify();
      connection.AwaitClose();
    } else {
      connection.Write(LoopbackServer::Ok("answered"));
    }
  });
  CurlHttpClient client;
  std::stop_source source;
  std::thread hanging([&] {
    (void)client.Send({.cancel = source.get_token()},
                      Get(server.url() + "/hangs"));
  });
  asked.WaitForNotification();
  const auto response = client.Send(
      {.deadline = absl::Now() + absl::Minutes(1)}, Get(server.url()));
  EXPECT_TRUE(response.ok()) << response.status();
  source.request_stop();
  hanging.join();
}

TEST(CurlHttpClientTest, CancellationEndsASilentServer) {
  absl::Notification asked;
  LoopbackServer server([&](Connection& connection) {
    connection.ReadRequest();
    asked.Notify();
    connection.AwaitClose();
  });
  CurlHttpClient client;
  std::stop_source source;
  std::thread canceller([&] {
    asked.WaitForNotification();
    source.request_stop();
  });
  const auto response =
      client.Send({.cancel = source.get_token()}, Get(server.url()));
  EXPECT_EQ(response.status().code(), absl::StatusCode::kCancelled);
  canceller.join();
}

TEST(CurlHttpClientTest, LostConnectionIsUnavailable) {
  LoopbackServer server([](Connection& connection) {
    connection.ReadRequest();
    connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  });
  CurlHttpClient client;
  EXPECT_EQ(client.Send(CallContext{}, Get(server.url())).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST(CurlHttpClientTest, NobodyListeningIsUnavailable) {
  std::string url;
  { url = LoopbackServer(Echo).url(); }
  CurlHttpClient client;
  EXPECT_EQ(client.Send(CallContext{}, Get(url)).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST(CurlHttpClientTest, BodyOverTheLimitIsRefused) {
  LoopbackServer server([](Connection& connection) {
    connection.ReadRequest();
    connection.Write(LoopbackServer::Ok(std::string(2000, 'x')));
  });
  CurlHttpClient client({.max_body_bytes = 1000});
  EXPECT_EQ(client.Send(CallContext{}, Get(server.url())).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(CurlHttpClientTest, SinkReceivesMoreThanMayWait) {
  const std::string body(3 << 20, 'x');
  LoopbackServer server([&](Connection& connection) {
    connection.ReadRequest();
    connection.Write(LoopbackServer::Ok(body));
  });
  CurlHttpClient client({.max_body_bytes = 1000});
  std::string received;
  const std::thread::id caller = std::this_thread::get_id();
  const auto response = client.Send(
      CallContext{}, Get(server.url()), [&](absl::string_view chunk) {
        EXPECT_EQ(std::this_thread::get_id(), caller);
        absl::StrAppend(&received, chunk);
        return absl::OkStatus();
      });
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_TRUE(response->body.empty());
  EXPECT_EQ(received.size(), body.size());
}

TEST(CurlHttpClientTest, AStreamOfWhichNothingMoreComesEnds) {
  LoopbackServer server([](LoopbackServer::Connection& connection) {
    connection.ReadRequest();
    connection.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    connection.Write("1\r\nx\r\n");
    connection.AwaitClose();
  });
  HttpRequest request = Get(server.url());
  request.max_silence = absl::Seconds(2);
  CurlHttpClient client;
  std::string seen;
  const auto response =
      client.Send(CallContext{}, request, [&](absl::string_view piece) {
        seen.append(piece.data(), piece.size());
        return absl::OkStatus();
      });
  EXPECT_TRUE(absl::IsDeadlineExceeded(response.status())) << response.status();
  EXPECT_EQ(seen, "x");
}

TEST(CurlHttpClientTest, ErrorOfTheSinkEndsTheCall) {
  LoopbackServer server([](Connection& connection) {
    connection.ReadRequest();
    connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    connection.AwaitClose();
  });
  CurlHttpClient client;
  const auto response = client.Send(
      CallContext{}, Get(server.url()),
      [](absl::string_view) { return absl::DataLossError("enough"); });
  EXPECT_EQ(response.status(), absl::DataLossError("enough"));
}

TEST(CurlHttpClientTest, SinkDoesNotSeeErrorBodies) {
  LoopbackServer server([](Connection& connection) {
    connection.ReadRequest();
    connection.Write("HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\ngone");
  });
  CurlHttpClient client;
  bool called = false;
  const auto response =
      client.Send(CallContext{}, Get(server.url()), [&](absl::string_view) {
        called = true;
        return absl::OkStatus();
      });
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->body, "gone");
  EXPECT_FALSE(called);
}

TEST(CurlHttpClientTest, DestructionEndsRunningCalls) {
  absl::Notification asked;
  LoopbackServer server([&](Connection& connection) {
    connection.ReadRequest();
    asked.Notify();
    connection.AwaitClose();
  });
  CurlHttpClient client;
  std::stop_source source;
  absl::StatusOr<HttpResponse> response;
  std::thread sender([&] {
    response = client.Send({.cancel = source.get_token()}, Get(server.url()));
  });
  asked.WaitForNotification();
  source.request_stop();
  sender.join();
  EXPECT_FALSE(response.ok());
}

// An environment variable that is set for the object's lifetime.
class Variable {
 public:
  Variable(std::string name, const std::string& value)
      : name_(std::move(name)) {
    setenv(name_.c_str(), value.c_str(), 1);
  }
  ~Variable() { unsetenv(name_.c_str()); }

 private:
  const std::string name_;
};

// A proxy receives absolute URLs.
TEST(CurlHttpClientTest, GoesThroughTheProxyOfItsOptions) {
  LoopbackServer proxy(Echo);
  const Variable none("no_proxy", "*");
  CurlHttpClient client({.proxy_url = proxy.url()});
  for (const char* url : {"http://cloud.invalid/a", "http://127.0.0.1:1/a"}) {
    const auto response = client.Send(CallContext{}, Get(url));
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_THAT(response->body, HasSubstr(absl::StrCat("GET ", url, " HTTP")));
  }
}

TEST(CurlHttpClientTest, AsksTheProxyOfTheEnvironmentForATunnel) {
  std::string asked;
  LoopbackServer proxy([&](Connection& connection) {
    asked = *connection.ReadRequest();
    connection.Write("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
  });
  const Variable variable("HTTPS_PROXY", proxy.url());
  {
    CurlHttpClient client;
    const auto response =
        client.Send(CallContext{}, Get("https://cloud.invalid/a"));
    EXPECT_EQ(response.status().code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(response.status().message(),
              "GET /route/{id}: the proxy refused the connection with 403");
  }
  EXPECT_THAT(asked, HasSubstr("CONNECT cloud.invalid:443 HTTP/1.1\r\n"));
}

// 0.0.0.0 reaches this machine but is no loopback address.
TEST(CurlHttpClientTest, GoesPastTheProxyOfTheEnvironmentWhereItShall) {
  LoopbackServer proxy(Echo);
  LoopbackServer server(Echo);
  const std::string url = absl::StrCat("http://0.0.0.0:", server.port(), "/a");
  const Variable variable("http_proxy", proxy.url());
  CurlHttpClient client;
  ASSERT_TRUE(client.Send(CallContext{}, Get(url)).ok());
  EXPECT_EQ(server.connections(), 0);
  ASSERT_TRUE(client.Send(CallContext{}, Get(server.url())).ok());
  EXPECT_EQ(server.connections(), 1);
  const Variable exception("NO_PROXY", "cloud.invalid,0.0.0.0/8");
  ASSERT_TRUE(client.Send(CallContext{}, Get(url)).ok());
  EXPECT_EQ(server.connections(), 2);
  EXPECT_EQ(proxy.connections(), 1);
}

TEST(CurlHttpClientTest, ErrorsDoNotShowTheUrl) {
  CurlHttpClient client;
  const auto response = client.Send(
      CallContext{}, Get("ftp://user:geheim@127.0.0.1/?token=geheim"));
  EXPECT_EQ(response.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(absl::StrContains(response.status().ToString(), "geheim"));
}

TEST(CurlHttpClientTest, ClosesIdleConnections) {
  absl::Notification closed;
  LoopbackServer server([&](Connection& connection) {
    Echo(connection);
    closed.Notify();
  });
  CurlHttpClient client({.idle_time = absl::Milliseconds(20)});
  ASSERT_TRUE(client.Send(CallContext{}, Get(server.url())).ok());
  closed.WaitForNotification();
}

TEST(CurlHttpClientTest, ClientsWithOneLoopShareNoConnection) {
  LoopbackServer server(Echo);
  const auto loop = std::make_shared<CurlLoop>();
  CurlHttpClient first({.loop = loop});
  CurlHttpClient second({.loop = loop});
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(first.Send(CallContext{}, Get(server.url())).ok());
    EXPECT_TRUE(second.Send(CallContext{}, Get(server.url())).ok());
  }
  EXPECT_EQ(server.connections(), 2);
}

TEST(CurlHttpClientTest, SendsNoSecondRequestInAHeader) {
  LoopbackServer server(Echo);
  CurlHttpClient client;
  HttpRequest request = Get(server.url());
  request.headers.emplace_back("Authorization",
                               "Bearer a\r\n\r\nGET /other HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.Send(CallContext{}, request).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(server.connections(), 0);
}

TEST(CurlHttpClientTest, EndlessHeadersAreRefused) {
  LoopbackServer server([](Connection& connection) {
    connection.ReadRequest();
    connection.Write("HTTP/1.1 200 OK\r\n");
    const std::string header =
        absl::StrCat("X: ", std::string(10'000, 'x'), "\r\n");
    while (connection.Write(header)) {
    }
  });
  CurlHttpClient client;
  EXPECT_EQ(client.Send(CallContext{}, Get(server.url())).status().code(),
            absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace evroc
