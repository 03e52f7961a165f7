#include "shim/kube/http_kube_client.h"

#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "common/http/testing/loopback_server.h"
#include "common/status/error_details.h"
#include "common/time/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr char kNotFound[] =
    R"({"kind":"Status","status":"Failure","message":"secrets \"s\" not found",)"
    R"("reason":"NotFound","code":404})";

constexpr char kNode[] = R"({"kind":"Node","metadata":{"name":"n"}})";

std::string Answer(int status, absl::string_view body,
                   absl::string_view headers = "") {
  return absl::StrCat("HTTP/1.1 ", status, " X\r\n", headers,
                      "Content-Length: ", body.size(), "\r\n\r\n", body);
}

// Answers requests with the added answers, in order, and records the requests.
class ScriptedServer {
 public:
  ScriptedServer()
      : server_([this](LoopbackServer::Connection& connection) {
          while (auto request = connection.ReadRequest()) {
            if (!connection.Write(Next(*std::move(request)))) return;
          }
        }) {}

  void Add(std::string answer) {
    absl::MutexLock lock(&mutex_);
    answers_.push_back(std::move(answer));
  }
  std::vector<std::string> requests() const {
    absl::MutexLock lock(&mutex_);
    return requests_;
  }
  // "GET /path" of each request.
  std::vector<std::string> Lines() const {
    std::vector<std::string> lines;
    for (const std::string& request : requests()) {
      lines.push_back(request.substr(0, request.find(" HTTP/")));
    }
    return lines;
  }
  const std::string& url() const { return server_.url(); }

 private:
  std::string Next(std::string request) {
    absl::MutexLock lock(&mutex_);
    requests_.push_back(std::move(request));
    if (answers_.empty()) return Answer(418, "unexpected");
    std::string answer = answers_.front();
    answers_.erase(answers_.begin());
    return answer;
  }

  mutable absl::Mutex mutex_;
  std::vector<std::string> answers_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> requests_ ABSL_GUARDED_BY(mutex_);
  LoopbackServer server_;
};

class HttpKubeClientTest : public testing::Test {
 protected:
  std::unique_ptr<HttpKubeClient> Make(
      decltype(Kubeconfig::user) user = StaticToken{"t0ken"},
      Clock& clock = Clock::Real()) {
    options_.transport.retry.backoff.initial = absl::Milliseconds(1);
    Kubeconfig config;
    config.server = server_.url();
    config.user = std::move(user);
    auto client = HttpKubeClient::Make(config, options_, clock);
    EXPECT_TRUE(client.ok()) << client.status();
    return *std::move(client);
  }
  absl::StatusOr<Json> GetSecret() {
    return Make()->Get({}, kSecretType, {"ns", "s"});
  }
  // The events that are decoded from the pieces of a watch.
  absl::Status Watch(std::vector<std::string>* events) {
    return Make()->Watch(
        {}, kEvrocMachineType, {}, "7", [&](const WatchEvent& event) {
          events->push_back(absl::StrCat(static_cast<int>(event.type), " ",
                                         event.object.Dump()));
          return absl::OkStatus();
        });
  }

  ScriptedServer server_;
  HttpKubeClientOptions options_;
};

TEST_F(HttpKubeClientTest, Gets) {
  server_.Add(Answer(200, R"({"kind":"Secret","metadata":{"name":"s"},)"
                          R"("data":{"a":"Yg=="}})"));
  const auto secret = GetSecret();
  ASSERT_TRUE(secret.ok()) << secret.status();
  EXPECT_EQ(secret->At("data.a").String(), "Yg==");
  EXPECT_THAT(server_.Lines(),
              ElementsAre("GET /api/v1/namespaces/ns/secrets/s?timeout=30s"));
  EXPECT_THAT(server_.requests()[0], HasSubstr("User-Agent: evroc-shim\r\n"));
  EXPECT_THAT(server_.requests()[0],
              HasSubstr("Authorization: Bearer t0ken\r\n"));
}

TEST_F(HttpKubeClientTest, KnowsBasicAuthentication) {
  server_.Add(Answer(200, kNode));
  auto client = Make(BasicAuth{"ada", "pw"});
  ASSERT_TRUE(client->Get({}, kNodeType, {"", "n"}).ok());
  EXPECT_THAT(server_.requests()[0],
              HasSubstr("Authorization: Basic YWRhOnB3\r\n"));
}

TEST_F(HttpKubeClientTest, GoesThroughTheProxyOfTheKubeconfig) {
  server_.Add(Answer(200, kNode));
  Kubeconfig config;
  config.server = "http://kube.invalid";
  config.proxy_url = server_.url();
  auto client = *HttpKubeClient::Make(config, {}, Clock::Real());
  ASSERT_TRUE(client->Get({}, kNodeType, {"", "n"}).ok());
  EXPECT_THAT(server_.Lines(),
              ElementsAre(HasSubstr("GET http://kube.invalid/api/v1/nodes/n")));
}

TEST_F(HttpKubeClientTest, ListsPageByPageWithoutManagedFields) {
  server_.Add(Answer(200,
                     R"({"kind":"NodeList","metadata":{"continue":"c/1",)"
                     R"("resourceVersion":"9"},"items":[)"
                     R"({"metadata":{"name":"a","managedFields":[{"x":{}}]}},)"
                     R"({"metadata":{"name":"b"}}]})"));
  server_.Add(Answer(200, R"({"items":[{"metadata":{"name":"c"},"kind":"K"}],)"
                          R"("kind":"NodeList",)"
                          R"("metadata":{"resourceVersion":"9"}})"));
  std::vector<std::string> names;
  const auto version =
      Make()->List({}, kNodeType, {"", "a in (b)", "metadata.name=x"},
                   [&](const Json& object) {
                     names.push_back(object.Dump());
                     return absl::OkStatus();
                   });
  ASSERT_TRUE(version.ok()) << version.status();
  EXPECT_EQ(*version, "9");
  EXPECT_THAT(
      names, ElementsAre(
                 R"({"metadata":{"name":"a","managedFields":[]},)"
                 R"("apiVersion":"v1","kind":"Node"})",
                 R"({"metadata":{"name":"b"},"apiVersion":"v1","kind":"Node"})",
                 R"({"metadata":{"name":"c"},"kind":"K"})"));
  const std::string base =
      "GET /api/v1/nodes?labelSelector=a%20in%20%28b%29&"
      "fieldSelector=metadata.name%3Dx&limit=500&";
  EXPECT_THAT(
      server_.Lines(),
      ElementsAre(base + "timeout=60s", base + "continue=c%2F1&timeout=60s"));
}

TEST_F(HttpKubeClientTest, AListWhosePagesExpireIsVoid) {
  server_.Add(Answer(200, R"({"kind":"NodeList","metadata":{"continue":"c"},)"
                          R"("items":[]})"));
  server_.Add(Answer(410, R"({"kind":"Status","reason":"Expired"})"));
  EXPECT_EQ(Make()
                ->List({}, kNodeType, {},
                       [](const Json&) { return absl::OkStatus(); })
                .status()
                .code(),
            absl::StatusCode::kOutOfRange);
}

// A proxy's page with the code 200, say.
constexpr const char* kNoLists[] = {
    "{}",
    "null",
    "[]",
    "7",
    R"({"message":"upstream"})",
    R"({"items":[]})",
    R"({"kind":"Status","code":200,"metadata":{}})",
    R"({"kind":"Node","metadata":{"name":"n"}})",
    R"({"kind":"NodeList","items":{"a":1}})",
    R"({"kind":"NodeList","items":[{"metadata":{}}]})"};

TEST_F(HttpKubeClientTest, WhatIsNoListIsNoEmptyList) {
  for (const char* body : kNoLists) {
    server_.Add(Answer(200, body));
    const auto listed = Make()->List(
        {}, kNodeType, {}, [](const Json&) { return absl::OkStatus(); });
    EXPECT_EQ(listed.status().code(), absl::StatusCode::kUnavailable)
        << body << listed.status();
  }
  server_.Add(Answer(200, R"({"kind":"NodeList","items":null})"));
  EXPECT_TRUE(Make()
                  ->List({}, kNodeType, {},
                         [](const Json&) { return absl::OkStatus(); })
                  .ok());
}

TEST_F(HttpKubeClientTest, WhatIsAboutAnotherObjectIsNoAnswer) {
  for (const char* body :
       {"{}", "null", R"({"message":"upstream"})", R"({"metadata":{}})",
        R"({"kind":"Status","metadata":{},"code":200})",
        R"({"kind":"Node","metadata":{"name":"other"}})",
        R"({"kind":"Pod","metadata":{"name":"n"}})"}) {
    server_.Add(Answer(200, body));
    EXPECT_EQ(Make()->Get({}, kNodeType, {"", "n"}).status().code(),
              absl::StatusCode::kUnavailable)
        << body;
    server_.Add(Answer(200, body));
    EXPECT_EQ(Make()
                  ->Patch({}, kNodeType, {"", "n"}, "", Json::Object())
                  .status()
                  .code(),
              absl::StatusCode::kUnavailable)
        << body;
  }
}

TEST_F(HttpKubeClientTest, WatchesInPiecesOfAnySize) {
  const std::string events =
      "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\","
      "\"managedFields\":[1]}}}\n"
      "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":"
      "{\"resourceVersion\":\"8\"}}}\r\n"
      "{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"name\":\"b\"}}}\n";
  std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (size_t i = 0; i < events.size(); i += 7) {
    const std::string piece = events.substr(i, 7);
    absl::StrAppend(&chunked, absl::Hex(piece.size()), "\r\n", piece, "\r\n");
  }
  server_.Add(chunked + "0\r\n\r\n");
  std::vector<std::string> seen;
  const absl::Status status = Watch(&seen);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(seen, ElementsAre(R"(0 {"metadata":{"name":"a"}})",
                                R"(3 {"metadata":{"resourceVersion":"8"}})",
                                R"(2 {"metadata":{"name":"b"}})"));
  EXPECT_THAT(server_.Lines()[0],
              testing::MatchesRegex(
                  "GET /apis/infrastructure.cluster.x-k8s.io/v1beta1/"
                  "evrocmachines.watch=true&allowWatchBookmarks=true&"
                  "resourceVersion=7&timeoutSeconds=[3-6][0-9][0-9]"));
}

TEST_F(HttpKubeClientTest, AWatchWithoutAVersionStartsFromTheServersCache) {
  server_.Add(Answer(200, ""));
  EXPECT_TRUE(
      Make()
          ->Watch({}, kSecretType,
                  {.name_space = "ns", .field_selector = "metadata.name=s"}, "",
                  [](const WatchEvent&) { return absl::OkStatus(); })
          .ok());
  EXPECT_THAT(server_.Lines()[0],
              testing::StartsWith("GET /api/v1/namespaces/ns/secrets?"
                                  "fieldSelector=metadata.name%3Ds&watch=true&"
                                  "resourceVersion=0&timeoutSeconds="));
}

TEST_F(HttpKubeClientTest, ErrorEventsEndAWatch) {
  server_.Add(
      Answer(200,
             "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,"
             "\"reason\":\"Expired\",\"message\":\"too old\"}}\n"));
  std::vector<std::string> seen;
  EXPECT_EQ(Watch(&seen).code(), absl::StatusCode::kOutOfRange);
}

TEST_F(HttpKubeClientTest, AnInvalidEventEndsAWatch) {
  for (const char* line :
       {"garbage\n", "{\"type\":\"X\",\"object\":{}}\n",
        "{\"type\":\"ADDED\"}\n", "{\"type\":\"ADDED\",\"object\":{}}\n"}) {
    server_.Add(Answer(200, line));
    std::vector<std::string> seen;
    EXPECT_EQ(Watch(&seen).code(), absl::StatusCode::kUnavailable) << line;
    EXPECT_THAT(seen, ElementsAre());
  }
}

TEST_F(HttpKubeClientTest, AWatchEndsWhenItIsCancelled) {
  server_.Add(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "34\r\n{\"type\":\"ADDED\",\"object\":{\"metadata\":"
      "{\"name\":\"a\"}}}\n"
      "\r\n");
  std::stop_source cancel;
  const absl::Status status =
      Make()->Watch({.cancel = cancel.get_token()}, kNodeType, {}, "1",
                    [&](const WatchEvent&) {
                      cancel.request_stop();
                      return absl::OkStatus();
                    });
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
}

// A bookmark is a sign of life; then nothing comes any more.
TEST_F(HttpKubeClientTest, AWatchThatIsSilentIsGivenUp) {
  server_.Add(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "2d\r\n{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{}}}\n\r\n");
  options_.max_silence = absl::Milliseconds(50);
  std::vector<std::string> seen;
  EXPECT_EQ(Watch(&seen).code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(seen.size(), 1U);
}

TEST_F(HttpKubeClientTest, WritesAsItself) {
  for (const char* name : {"n", "n", "m"}) {
    server_.Add(
        Answer(200, absl::StrCat(R"({"metadata":{"name":")", name, R"("}})")));
  }
  auto client = Make();
  const Json object = Json::Object(
      {{"metadata", Json::Object({{"name", "n"}, {"namespace", "ns"}})}});
  ASSERT_TRUE(client->Create({}, kEventType, object).ok());
  ASSERT_TRUE(client->Update({}, kLeaseType, object).ok());
  ASSERT_TRUE(
      client->Patch({}, kEvrocMachineType, {"ns", "m"}, "status", object).ok());
  EXPECT_THAT(
      server_.Lines(),
      ElementsAre("POST /apis/events.k8s.io/v1/namespaces/ns/events?"
                  "fieldManager=evroc-shim&timeout=30s",
                  "PUT /apis/coordination.k8s.io/v1/namespaces/ns/leases/n?"
                  "fieldManager=evroc-shim&timeout=30s",
                  "PATCH /apis/infrastructure.cluster.x-k8s.io/v1beta1/"
                  "namespaces/ns/evrocmachines/m/status?"
                  "fieldManager=evroc-shim&timeout=30s"));
  EXPECT_THAT(server_.requests()[2],
              HasSubstr("Content-Type: application/merge-patch+json\r\n"));
  EXPECT_THAT(server_.requests()[2],
              HasSubstr(R"({"metadata":{"name":"n","namespace":"ns"}})"));
}

struct ErrorCase {
  int http;
  const char* body;
  absl::StatusCode code;
};

class HttpKubeClientErrorTest : public HttpKubeClientTest,
                                public testing::WithParamInterface<ErrorCase> {
};

TEST_P(HttpKubeClientErrorTest, IsOfTheRightKind) {
  for (int i = 0; i < 4; ++i) {
    server_.Add(Answer(GetParam().http, GetParam().body));
  }
  const auto node = Make()->Get({}, kNodeType, {"", "n"});
  EXPECT_EQ(node.status().code(), GetParam().code) << node.status();
  EXPECT_THAT(node.status().message(), HasSubstr("get nodes n"));
}

INSTANTIATE_TEST_SUITE_P(
    Answers, HttpKubeClientErrorTest,
    testing::Values(
        ErrorCase{400, "{}", absl::StatusCode::kInvalidArgument},
        ErrorCase{401, "{}", absl::StatusCode::kUnauthenticated},
        ErrorCase{403, "{}", absl::StatusCode::kPermissionDenied},
        ErrorCase{404, kNotFound, absl::StatusCode::kNotFound},
        ErrorCase{404, R"({"ErrStatus":{"status":"Failure"}})",
                  absl::StatusCode::kNotFound},
        // Not about the object: the resource does not exist yet, or a proxy
        // answers.
        ErrorCase{404, "404 page not found", absl::StatusCode::kUnavailable},
        ErrorCase{409, R"({"reason":"AlreadyExists"})",
                  absl::StatusCode::kAlreadyExists},
        ErrorCase{409, R"({"reason":"Conflict"})", absl::StatusCode::kAborted},
        ErrorCase{410, "{}", absl::StatusCode::kOutOfRange},
        ErrorCase{413, "", absl::StatusCode::kInvalidArgument},
        ErrorCase{415, "", absl::StatusCode::kInvalidArgument},
        ErrorCase{422, "{}", absl::StatusCode::kInvalidArgument},
        ErrorCase{500, "{}", absl::StatusCode::kUnavailable},
        ErrorCase{503, "<html>", absl::StatusCode::kUnavailable},
        ErrorCase{302, "", absl::StatusCode::kInternal},
        ErrorCase{200, "garbage", absl::StatusCode::kUnavailable},
        ErrorCase{200, "[]", absl::StatusCode::kUnavailable}));

// Whatever its code is: policies choose among four, webhooks are free.
TEST_F(HttpKubeClientTest, WhatAdmissionDeniesIsNeitherAboutTheTokenNorAway) {
  auto client = Make();
  const auto patched = [&](int http, const char* message) {
    const Json body = Json::Object(
        {{"kind", "Status"}, {"status", "Failure"}, {"message", message}});
    server_.Add(Answer(http, body.Dump()));
    // With a fresh token it is the same.
    if (http == 401) server_.Add(Answer(http, body.Dump()));
    return client->Patch({}, kNodeType, {"", "n"}, "", Json::Object({{"a", 1}}))
        .status();
  };
  const char* const by_policy =
      "nodes \"n\" is forbidden: ValidatingAdmissionPolicy 'p' with binding "
      "'b' denied request: no";
  const char* const by_webhook =
      "admission webhook \"w.example\" denied the request: no";
  EXPECT_TRUE(absl::IsPermissionDenied(patched(401, by_policy)));
  EXPECT_TRUE(absl::IsInvalidArgument(patched(422, by_policy)));
  for (const int http : {401, 404, 409, 410, 418}) {
    EXPECT_TRUE(absl::IsPermissionDenied(patched(http, by_webhook))) << http;
  }
  EXPECT_TRUE(absl::IsUnauthenticated(patched(401, "Unauthorized")));
}

TEST_F(HttpKubeClientTest, AWebhookThatCanNotBeCalledIsNamed) {
  const auto failed = [&](const char* message) {
    server_.Add(Answer(500, Json::Object({{"kind", "Status"},
                                          {"status", "Failure"},
                                          {"reason", "InternalError"},
                                          {"message", message}})
                                .Dump()));
    return Make()
        ->Patch({}, kNodeType, {"", "n"}, "", Json::Object({{"a", 1}}))
        .status();
  };
  const absl::Status webhook = failed(
      "Internal error occurred: failed calling webhook \"w.example\": failed "
      "to call webhook: Post \"https://w\": connection refused");
  EXPECT_TRUE(absl::IsUnavailable(webhook)) << webhook;
  EXPECT_TRUE(DetailsOf(webhook).metadata.contains("kube_undecided"));
  const absl::Status other = failed("Internal error occurred: etcd");
  EXPECT_TRUE(absl::IsUnavailable(other)) << other;
  EXPECT_FALSE(DetailsOf(other).metadata.contains("kube_undecided"));
}

TEST_F(HttpKubeClientTest, SaysWhichFieldsAreAtFault) {
  server_.Add(Answer(
      422, R"({"ErrStatus":{"message":"bad","reason":"Invalid","details":)"
           R"({"causes":[{"field":"spec.a","message":"too long"}]}}})"));
  const auto node = Make()->Get({}, kNodeType, {"", "n"});
  EXPECT_THAT(DetailsOf(node.status()).field_violations,
              ElementsAre(FieldViolation{.field = "spec.a",
                                         .description = "too long"}));
  EXPECT_THAT(std::string(node.status().message()), HasSubstr("bad"));
}

TEST_F(HttpKubeClientTest, ErrorsAboutSecretsQuoteNothing) {
  server_.Add(Answer(
      422, R"({"message":"Invalid value: \"hunter2\"","reason":"Invalid",)"
           R"("details":{"causes":[{"field":"data","message":"hunter2"}]}})"));
  const auto secret = GetSecret();
  EXPECT_THAT(secret.status().ToString(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(std::string(secret.status().message()), HasSubstr("Invalid"));
}

TEST_F(HttpKubeClientTest, WaitsWhenThrottledAlsoWithWrites) {
  server_.Add(Answer(429, "{}"));
  server_.Add(Answer(429, "{}"));
  server_.Add(Answer(200, R"({"metadata":{"name":"e"}})"));
  const auto made = Make()->Create(
      {}, kEventType,
      Json::Object({{"metadata", Json::Object({{"namespace", "ns"}})}}));
  EXPECT_TRUE(made.ok()) << made.status();
}

TEST_F(HttpKubeClientTest, DoesNotWaitForLong) {
  server_.Add(Answer(429, "{}", "Retry-After: 600\r\n"));
  const auto secret = GetSecret();
  EXPECT_EQ(secret.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(DetailsOf(secret.status()).retry_after, absl::Minutes(10));
}

TEST_F(HttpKubeClientTest, ARetryAfterOfADayHoldsOthersBackForAMinute) {
  FakeClock clock(absl::Now());  // libcurl only knows the system's clock
  const auto client = Make(StaticToken{"t0ken"}, clock);
  server_.Add(Answer(429, "{}", "Retry-After: 86400\r\n"));
  server_.Add(Answer(200, kNode));
  const auto get = [&] {
    return client->Get({.deadline = clock.Now() + absl::Seconds(5)}, kNodeType,
                       {"", "n"});
  };
  EXPECT_TRUE(absl::IsResourceExhausted(get().status()));
  clock.Advance(absl::Seconds(50));
  EXPECT_TRUE(absl::IsDeadlineExceeded(get().status()));
  clock.Advance(absl::Seconds(10));
  EXPECT_TRUE(get().ok());
}

TEST_F(HttpKubeClientTest, RetriesReadsAndIdempotentWrites) {
  auto client = Make();
  server_.Add(Answer(500, "{}"));
  server_.Add(Answer(200, kNode));
  EXPECT_TRUE(client->Get({}, kNodeType, {"", "n"}).ok());
  server_.Add(Answer(503, "{}"));
  server_.Add(Answer(200, kNode));
  Json patch = Json::Object({{"a", 1}});
  patch.SetAt("metadata.resourceVersion", "5");
  EXPECT_TRUE(client->Patch({}, kNodeType, {"", "n"}, "", patch).ok());
  server_.Add(Answer(503, "{}"));
  EXPECT_EQ(
      client->Patch({}, kNodeType, {"", "n"}, "", Json::Object({{"a", 1}}))
          .status()
          .code(),
      absl::StatusCode::kUnavailable);
  EXPECT_EQ(server_.requests().size(), 5);
}

TEST_F(HttpKubeClientTest, ARefusedTokenIsFetchedAgainOnce) {
  auto client = Make(
      ExecPlugin{.command = "sh",
                 .args = {"-c", R"(echo "{\"status\":{\"token\":\"t$$\"}}")"}});
  server_.Add(Answer(401, "{}"));
  server_.Add(Answer(200, kNode));
  EXPECT_TRUE(client->Get({}, kNodeType, {"", "n"}).ok());
  server_.Add(Answer(401, "{}"));
  server_.Add(Answer(401, "{}"));
  const auto refused = client->Get({}, kNodeType, {"", "n"});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(server_.requests().size(), 4);
}

TEST_F(HttpKubeClientTest, NoErrorShowsTheToken) {
  server_.Add("garbage\r\n\r\n");
  const auto secret =
      Make(StaticToken{"t0ken"})->Get({}, kSecretType, {"n", "s"});
  EXPECT_FALSE(secret.ok());
  EXPECT_THAT(secret.status().ToString(), Not(HasSubstr("t0ken")));
}

TEST_F(HttpKubeClientTest, ACallHasADeadline) {
  absl::Notification done;
  LoopbackServer silent(
      [&](LoopbackServer::Connection& connection) { connection.AwaitClose(); });
  HttpKubeClientOptions options;
  options.call_timeout = absl::Milliseconds(20);
  Kubeconfig config;
  config.server = silent.url();
  auto client = HttpKubeClient::Make(config, options, Clock::Real());
  ASSERT_TRUE(client.ok());
  EXPECT_EQ((*client)->Get({}, kNodeType, {"", "n"}).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST_F(HttpKubeClientTest, SendsTheDeadlineToTheServer) {
  server_.Add(Answer(200, kNode));
  ASSERT_TRUE(Make()
                  ->Get({.deadline = absl::Now() + absl::Seconds(10)},
                        kNodeType, {"", "n"})
                  .ok());
  EXPECT_THAT(server_.Lines()[0],
              testing::MatchesRegex(".*timeout=([1-9]|10)s"));
}

TEST_F(HttpKubeClientTest, RefusesUnsupportedUsers) {
  Kubeconfig config;
  config.server = "https://api";
  config.user = OidcProvider{};
  EXPECT_EQ(HttpKubeClient::Make(config, {}, Clock::Real()).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace evroc::shim
