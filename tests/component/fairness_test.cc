// 100 tenants of one service, 20 of which have a cloud that is there to hold it
// up. By counts: the others finish, and what a hostile one holds is bounded.

#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "common/http/testing/loopback_server.h"
#include "common/time/clock.h"
#include "common/time/sleep.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "tests/component/services_fixture.h"

namespace evroc {
namespace {

using Connection = LoopbackServer::Connection;
using network::v1::WatchResponse;

constexpr int kTenants = 100;
constexpr int kHostile = 20;
// Of CloudDialer.
constexpr int kConnectionsOfOne = 32;
// PollPool's, gRPC's, and the program's own.
constexpr int kThreads = 120;
constexpr int kMebibytes = 700;

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
      absl::StrCat(",{\"x\":\"", std::string(1 << 20, 'x'), "\"}");
  while (connection.Write(element)) {
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
      const std::function<void(Connection&)> kinds[] = {Silent, Slow,
                                                        Throttling};
      servers_.push_back(
          std::make_unique<LoopbackServer>(i == 0 ? Endless : kinds[i % 3]));
    }
    // Each takes 128 streams.
    for (int i = 0; i < 2; ++i) {
      grpc::ChannelArguments arguments;
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      stubs_.push_back(
          network::v1::NetworkService::NewStub(grpc::CreateCustomChannel(
              services_.network_program().address(),
              grpc::InsecureChannelCredentials(), arguments)));
    }
  }
  ~FairnessTest() override {
    for (auto& context : contexts_) context->TryCancel();
    for (std::thread& thread : threads_) thread.join();
    services_.network_program().Kill();
  }

  common::v1::CloudScope ScopeOf(int tenant) {
    common::v1::CloudScope scope = services_.Scope();
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

  ServicesFixture services_;
  std::vector<std::unique_ptr<LoopbackServer>> servers_;
  std::vector<std::unique_ptr<network::v1::NetworkService::Stub>> stubs_;
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts_;
  std::vector<std::thread> threads_;
  absl::Mutex mutex_;
  int synced_ ABSL_GUARDED_BY(mutex_) = 0;
  int hostile_synced_ ABSL_GUARDED_BY(mutex_) = 0;
};

TEST_F(FairnessTest, TwentyHostileTenantsHoldUpNoOther) {
  for (int i = 0; i < kTenants; ++i) StartWatching(i);
  EXPECT_EQ(AwaitOthers(), kTenants - kHostile);
  const pid_t pid = services_.network_program().pid();
  EXPECT_LE(StatusOf(pid, "Threads:"), kThreads);
  EXPECT_LE(StatusOf(pid, "VmHWM:") / 1024, kMebibytes);
  for (const auto& server : servers_) {
    EXPECT_LE(server->open_connections(), kConnectionsOfOne);
  }
}

}  // namespace
}  // namespace evroc
