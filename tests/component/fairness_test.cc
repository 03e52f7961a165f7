// 100 tenants of one service, 20 of which have a cloud that is there to hold it
// up, and call as often as they can. By counts: the others finish, and what a
// hostile one holds is bounded: calls, connections, threads, bytes.

#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "common/http/testing/loopback_server.h"
#include "common/time/clock.h"
#include "common/time/sleep.h"
#include "grpc/health/v1/health_service.grpc.pb.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "tests/component/services_fixture.h"

namespace evroc {
namespace {

using Connection = LoopbackServer::Connection;
using network::v1::ApplyClusterNetworkRequest;
using network::v1::ApplyClusterNetworkResponse;
using network::v1::NetworkService;
using network::v1::WatchResponse;

constexpr int kTenants = 100;
constexpr int kHostile = 20;
// Of CloudDialer.
constexpr int kConnectionsOfOne = 32;
// The calls that each hostile tenant has under way if nobody stops it, and its
// share when it is alone (UnaryCalls::kMaxRunning / 9).
constexpr int kCalls = 100;
constexpr int kShare = 45;
// PollPool's, gRPC's, the program's own, and those of all calls.
constexpr int kThreads = 120 + 400;
#if __has_feature(address_sanitizer)
constexpr int kMebibytes = 600;  // with what the sanitizer keeps beside
#elif __has_feature(thread_sanitizer)
constexpr int kMebibytes = 1200;
#else
constexpr int kMebibytes = 400;
#endif

void Silent(Connection& connection) {
  connection.ReadRequest();
  connection.AwaitClose();
}

void Slow(Connection& connection) {
  while (connection.ReadRequest()) {
    connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n");
    for (const char c : std::string(R"({"items":[]})")) {
      SleepFor(absl::Seconds(1), {}, Clock::Real());
      if (!connection.Write(std::string(1, c))) return;
    }
  }
}

void Throttling(Connection& connection) {
  while (connection.ReadRequest()) {
    connection.Write(
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\n"
        "Content-Length: 0\r\n\r\n");
  }
}

void Endless(Connection& connection) {
  connection.ReadRequest();
  connection.Write("HTTP/1.1 200 OK\r\n\r\n{\"items\":[{}");
  const std::string element =
      absl::StrCat(R"(,{"x":")", std::string(1 << 20, 'x'), R"("})");
  while (connection.Write(element)) {
  }
}

// One object of 60 MB.
void Huge(Connection& connection) {
  const std::string piece(1 << 20, 'x');
  while (connection.ReadRequest()) {
    connection.Write(absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: ",
                                  8 + (60 << 20), "\r\n\r\n{\"x\":\""));
    for (int i = 0; i < 60 && connection.Write(piece); ++i) continue;
    if (!connection.Write("\"}")) return;
  }
}

// It has nothing, and a million objections to whatever is made.
void Objecting(Connection& connection) {
  constexpr absl::string_view kObjection = R"({"field":"f","message":"m"},)";
  constexpr int kInAPiece = 1000;
  std::string piece;
  for (int i = 0; i < kInAPiece; ++i) absl::StrAppend(&piece, kObjection);
  const std::string head =
      absl::StrCat("HTTP/1.1 422 Unprocessable Entity\r\nContent-Length: ",
                   35 + 1000 * piece.size() + 4, "\r\n\r\n",
                   R"({"reason":"Invalid", "violations":[)");
  while (const auto request = connection.ReadRequest()) {
    if (absl::StartsWith(*request, "GET")) {
      connection.Write(LoopbackServer::Ok(R"({"items":[]})"));
      continue;
    }
    connection.Write(head);
    for (int i = 0; i < 1000 && connection.Write(piece); ++i) continue;
    if (!connection.Write("{}]}")) return;
  }
}

// The number after a name in /proc/PID/status.
int StatusOf(pid_t pid, absl::string_view name) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/status"));
  std::string line;
  while (std::getline(file, line)) {
    int number = 0;
    absl::string_view rest = line;
    if (!absl::ConsumePrefix(&rest, name)) continue;
    rest = rest.substr(0, rest.find(" kB"));
    if (absl::SimpleAtoi(rest, &number)) return number;
  }
  return -1;
}

class FairnessTest : public testing::Test {
 protected:
  FairnessTest() {
    for (int i = 0; i < kHostile; ++i) {
      const std::function<void(Connection&)> kinds[] = {
          Silent, Slow, Throttling, Objecting, Huge};
      servers_.push_back(
          std::make_unique<LoopbackServer>(i == 0 ? Endless : kinds[i % 5]));
      calling_.push_back(Connect());
    }
    // Each takes 128 streams.
    for (int i = 0; i < 2; ++i) stubs_.push_back(Connect());
  }
  ~FairnessTest() override {
    for (auto& context : contexts_) context->TryCancel();
    for (auto& call : calls_) call->context.TryCancel();
    for (std::thread& thread : threads_) thread.join();
    services_.network_program().Kill();
    const auto have_ended = [this] {
      mutex_.AssertReaderHeld();
      return std::all_of(under_way_.begin(), under_way_.end(),
                         [](int calls) { return calls == 0; });
    };
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&have_ended));
  }

  // A client with a connection of its own.
  std::unique_ptr<NetworkService::Stub> Connect() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return NetworkService::NewStub(grpc::CreateCustomChannel(
        services_.network_program().address(),
        grpc::InsecureChannelCredentials(), arguments));
  }

  common::v1::CloudScope ScopeOf(int tenant) {
    common::v1::CloudScope scope = services_.Scope();
    scope.set_tenant(absl::StrCat("tenant-", tenant));
    if (tenant < kHostile) {
      scope.mutable_credentials()->set_content(
          absl::StrCat("auth: {token: t", tenant, "}\napi: {base_url: '",
                       servers_[tenant]->url(), "'}\n"));
      scope.clear_endpoints();
    } else {
      scope.mutable_credentials()->set_content(
          absl::StrCat(services_.simulator().Credential("token.yaml"),
                       "\n# tenant ", tenant, "\n"));
    }
    return scope;
  }

  // The others have one project, where only the first one has to make it.
  ApplyClusterNetworkRequest ApplyOf(int tenant) {
    ApplyClusterNetworkRequest request;
    *request.mutable_scope() = ScopeOf(tenant);
    *request.mutable_cluster_network() = services_.DesiredNetwork("c");
    return request;
  }

  // Begins so many calls of a hostile tenant at once.
  void StartCalling(int tenant) {
    for (int i = 0; i < kCalls; ++i) {
      Call* const call = calls_.emplace_back(new Call()).get();
      call->request = ApplyOf(tenant);
      {
        absl::MutexLock lock(&mutex_);
        ++under_way_[tenant];
      }
      calling_[tenant]->async()->ApplyClusterNetwork(
          &call->context, &call->request, &call->response,
          [this, tenant](const grpc::Status& status) {
            absl::MutexLock lock(&mutex_);
            --under_way_[tenant];
            if (absl::StrContains(status.error_message(), "is its share")) {
              ++refused_;
            }
          });
    }
  }

  // Waits until no hostile tenant has more calls than its share.
  bool AwaitShares() {
    const auto are_shares = [this] {
      mutex_.AssertReaderHeld();
      return std::all_of(under_way_.begin(), under_way_.end(),
                         [](int calls) { return calls <= kShare; });
    };
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(&are_shares),
                                   absl::Seconds(30));
  }

  absl::Status Apply(int tenant) {
    grpc::ClientContext context;
    ApplyClusterNetworkResponse response;
    return ToStatus(services_.network().ApplyClusterNetwork(
        &context, ApplyOf(tenant), &response));
  }

  absl::Status CheckHealth() {
    grpc::ClientContext context;
    grpc::health::v1::HealthCheckResponse response;
    return ToStatus(
        grpc::health::v1::Health::NewStub(
            grpc::CreateChannel(services_.network_program().address(),
                                grpc::InsecureChannelCredentials()))
            ->Check(&context, {}, &response));
  }

  // Watches for as long as the test; counts the tenants whose state is known.
  void StartWatching(int tenant) {
    network::v1::WatchRequest request;
    *request.mutable_scope() = ScopeOf(tenant);
    contexts_.push_back(std::make_unique<grpc::ClientContext>());
    threads_.emplace_back(
        [this, tenant, request, context = contexts_.back().get()] {
          const auto events = stubs_[tenant % 2]->Watch(context, request);
          WatchResponse event;
          while (events->Read(&event)) {
            if (event.type() != WatchResponse::TYPE_SYNCED) continue;
            absl::MutexLock lock(&mutex_);
            ++(tenant < kHostile ? hostile_synced_ : synced_);
          }
          events->Finish();
        });
  }

  // Returns how many of the others' states are known, once all are.
  int AwaitOthers() {
    const auto are_synced = [this] {
      mutex_.AssertReaderHeld();
      return synced_ >= kTenants - kHostile;
    };
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&are_synced), absl::Minutes(2));
    return synced_;
  }

  struct Call {
    ApplyClusterNetworkRequest request;
    ApplyClusterNetworkResponse response;
    grpc::ClientContext context;
  };

  ServicesFixture services_;
  std::vector<std::unique_ptr<LoopbackServer>> servers_;
  std::vector<std::unique_ptr<NetworkService::Stub>> stubs_;
  std::vector<std::unique_ptr<NetworkService::Stub>> calling_;  // the hostile
  std::vector<std::unique_ptr<Call>> calls_;
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts_;
  std::vector<std::thread> threads_;
  absl::Mutex mutex_;
  int synced_ ABSL_GUARDED_BY(mutex_) = 0;
  int hostile_synced_ ABSL_GUARDED_BY(mutex_) = 0;
  // The calls of each hostile tenant, and how many were beyond its share.
  std::array<int, kHostile> under_way_ ABSL_GUARDED_BY(mutex_) = {};
  int refused_ ABSL_GUARDED_BY(mutex_) = 0;
};

TEST_F(FairnessTest, TwentyHostileTenantsHoldUpNoOther) {
  for (int i = 0; i < kHostile; ++i) StartCalling(i);
  for (int i = 0; i < kTenants; ++i) StartWatching(i);
  EXPECT_TRUE(AwaitShares());
  EXPECT_TRUE(CheckHealth().ok());
  for (int i = kHostile; i < kTenants; ++i) {
    const absl::Status applied = Apply(i);
    EXPECT_TRUE(applied.ok()) << i << ": " << applied;
  }
  EXPECT_EQ(AwaitOthers(), kTenants - kHostile);
  const pid_t pid = services_.network_program().pid();
  EXPECT_LE(StatusOf(pid, "Threads:"), kThreads);
  EXPECT_LE(StatusOf(pid, "VmHWM:") / 1024, kMebibytes);
  for (const auto& server : servers_) {
    EXPECT_LE(server->open_connections(), kConnectionsOfOne);
  }
  absl::MutexLock lock(&mutex_);
  EXPECT_GT(refused_, 0);
}

}  // namespace
}  // namespace evroc
