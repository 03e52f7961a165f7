// WatchStreams in a gRPC server in this process, with clients of its own.

#include "services/rpc/watch_streams.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/testing/fake_clock.h"
#include "evroc/network/v1/network_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"
#include "prometheus/gauge.h"
#include "services/rpc/delayed_executor.h"
#include "services/watch/testing/fake_feed_source.h"

namespace evroc::cloud {
namespace {

using network::v1::NetworkService;
using network::v1::WatchRequest;
using network::v1::WatchResponse;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr absl::Duration kLinger = absl::Minutes(1);

// By machine.
using Resources = std::map<std::string, std::string>;

OwnerKey Machine(const std::string& name) { return {"c", name}; }

// Public IPs of machines, described by a feed. Thread-safe.
class Scope {
 public:
  explicit Scope(const Clock& clock)
      : source_([this] { return Owners(); }),
        feed_([this](const OwnerKey& owner) { return Describe(owner); }) {
    FeedSource source = source_.source();
    source.stop = [this, &clock, stop = source.stop] {
      {
        absl::MutexLock lock(&mutex_);
        stopped_at_ = clock.Now();
      }
      stop();
    };
    feed_.SetSources({std::move(source)});
  }

  FakeFeedSource& source() { return source_; }
  ResourceFeed& feed() { return feed_; }
  // When the feed stopped, if it has.
  absl::Time stopped_at() const {
    absl::MutexLock lock(&mutex_);
    return stopped_at_;
  }

  void Set(const std::string& machine, const std::string& etag) {
    {
      absl::MutexLock lock(&mutex_);
      resources_[machine] = etag;
    }
    feed_.OnOwnersChanged({Machine(machine)});
  }
  void Remove(const std::string& machine) {
    {
      absl::MutexLock lock(&mutex_);
      resources_.erase(machine);
    }
    feed_.OnOwnersChanged({Machine(machine)});
  }
  Resources resources() const {
    absl::MutexLock lock(&mutex_);
    return resources_;
  }

 private:
  std::set<OwnerKey> Owners() const {
    absl::MutexLock lock(&mutex_);
    std::set<OwnerKey> owners;
    for (const auto& [machine, etag] : resources_) {
      owners.insert(Machine(machine));
    }
    return owners;
  }
  std::optional<std::string> Describe(const OwnerKey& owner) const {
    absl::MutexLock lock(&mutex_);
    const auto it = resources_.find(owner.machine_id.str());
    if (it == resources_.end()) return std::nullopt;
    WatchResponse response;
    response.mutable_public_ip()->mutable_owner()->set_cluster_id("c");
    response.mutable_public_ip()->mutable_owner()->set_machine_id(it->first);
    response.mutable_public_ip()->set_etag(it->second);
    return response.SerializeAsString();
  }

  mutable absl::Mutex mutex_;
  Resources resources_ ABSL_GUARDED_BY(mutex_);
  absl::Time stopped_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  FakeFeedSource source_;
  ResourceFeed feed_;
};

class WatchOnlyService final
    : public NetworkService::WithCallbackMethod_Watch<NetworkService::Service> {
 public:
  WatchOnlyService(WatchStreams<WatchResponse>& streams,
                   std::shared_ptr<Scope> scope)
      : streams_(streams), scope_(std::move(scope)) {}

  grpc::ServerWriteReactor<WatchResponse>* Watch(
      grpc::CallbackServerContext* /*context*/,
      const WatchRequest* request) override {
    if (request->cluster_id() == "refused") {
      return streams_.Refuse(absl::NotFoundError("no such scope"));
    }
    return streams_.Start(request->scope().tenant(), scope_, scope_->feed(),
                          request->cursor(), request->cluster_id());
  }

 private:
  WatchStreams<WatchResponse>& streams_;
  const std::shared_ptr<Scope> scope_;
};

// A client, which keeps what it was told from one stream to the next. Belongs
// to one thread, but for Cancel.
class Client {
 public:
  explicit Client(grpc::Server& server, std::string tenant = "")
      : tenant_(std::move(tenant)),
        stub_(NetworkService::NewStub(server.InProcessChannel({}))) {}

  void Open(const std::string& cluster_id = "") {
    if (cursor_.empty()) resources_.clear();
    synced_ = false;
    WatchRequest request;
    request.mutable_scope()->set_tenant(tenant_);
    request.set_cursor(cursor_);
    request.set_cluster_id(cluster_id);
    context_ = std::make_unique<grpc::ClientContext>();
    reader_ = stub_->Watch(context_.get(), request);
  }
  void Cancel() { context_->TryCancel(); }
  grpc::Status Finish() { return reader_->Finish(); }
  grpc::Status CancelAndFinish() {
    Cancel();
    while (Read()) continue;
    return Finish();
  }

  // The next response; false at the end of the stream.
  bool Read() {
    WatchResponse response;
    if (!reader_->Read(&response)) return false;
    ++responses_;
    Take(response);
    return true;
  }
  bool ReadUntilSynced() {
    while (!synced_) {
      if (!Read()) return false;
    }
    return true;
  }
  bool ReadUntil(const std::string& machine, const std::string& etag) {
    while (resources_[machine] != etag) {
      if (!Read()) return false;
    }
    return true;
  }

  const Resources& resources() const { return resources_; }
  int responses() const { return responses_; }
  int resets() const { return resets_; }

 private:
  void Take(const WatchResponse& response) {
    if (!response.cursor().empty()) cursor_ = response.cursor();
    const std::string& machine = response.public_ip().owner().machine_id();
    switch (response.type()) {
      case WatchResponse::TYPE_RESET:
        ++resets_;
        cursor_.clear();
        resources_.clear();
        synced_ = false;
        break;
      case WatchResponse::TYPE_CHANGED:
        resources_[machine] = response.public_ip().etag();
        break;
      case WatchResponse::TYPE_DELETED:
        resources_.erase(machine);
        break;
      case WatchResponse::TYPE_SYNCED:
        synced_ = true;
        break;
      default:
        ADD_FAILURE() << response.ShortDebugString();
    }
  }

  const std::string tenant_;
  const std::unique_ptr<NetworkService::Stub> stub_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReader<WatchResponse>> reader_;
  std::string cursor_;
  Resources resources_;
  bool synced_ = false;
  int responses_ = 0;
  int resets_ = 0;
};

class WatchStreamsTest : public ::testing::Test {
 protected:
  WatchStreamsTest() {
    grpc::ServerBuilder builder;
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
  }
  ~WatchStreamsTest() override {
    scope_->source().GiveUp();
    syncer_.join();
    streams_.EndAll(absl::UnavailableError("the service is stopping"));
    server_->Shutdown();
    server_->Wait();
    executor_.Drain();
    EXPECT_EQ(open_.Value(), 0);
    EXPECT_EQ(scope_->source().starts(), scope_->source().stops());
  }

  FakeFeedSource& source() { return scope_->source(); }

  FakeClock clock_;
  DelayedExecutor executor_{clock_};
  prometheus::Gauge open_;
  WatchStreams<WatchResponse> streams_{executor_, open_, kLinger};
  const std::shared_ptr<Scope> scope_ = std::make_shared<Scope>(clock_);
  WatchOnlyService service_{streams_, scope_};
  std::unique_ptr<grpc::Server> server_;
  // Does what an inventory's first poll does.
  std::thread syncer_{[this] {
    while (source().SyncOnceStarted()) scope_->feed().OnOwnersChanged({});
  }};
};

TEST_F(WatchStreamsTest, PassesASnapshotAndThenChangesOn) {
  scope_->Set("m1", "1");
  scope_->Set("m2", "1");
  Client client(*server_);
  client.Open();
  ASSERT_TRUE(client.ReadUntilSynced());
  EXPECT_THAT(client.resources(),
              ElementsAre(Pair("m1", "1"), Pair("m2", "1")));
  scope_->Set("m1", "2");
  scope_->Remove("m2");
  ASSERT_TRUE(client.Read());
  ASSERT_TRUE(client.Read());
  EXPECT_THAT(client.resources(), ElementsAre(Pair("m1", "2")));
  EXPECT_EQ(open_.Value(), 1);
}

TEST_F(WatchStreamsTest, PassesOneClusterOnWhereThatIsAskedFor) {
  scope_->Set("m1", "1");
  Client client(*server_);
  client.Open("another");
  ASSERT_TRUE(client.ReadUntilSynced());
  EXPECT_THAT(client.resources(), IsEmpty());
}

TEST_F(WatchStreamsTest, ARefusedStreamEndsWithTheError) {
  Client client(*server_);
  client.Open("refused");
  EXPECT_FALSE(client.Read());
  const grpc::Status status = client.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "no such scope");
  EXPECT_EQ(source().starts(), 0);
}

TEST_F(WatchStreamsTest, AClientThatComesBackFindsTheFeedUpToDate) {
  scope_->Set("m1", "1");
  Client client(*server_);
  client.Open();
  ASSERT_TRUE(client.ReadUntilSynced());
  EXPECT_EQ(client.CancelAndFinish().error_code(), grpc::StatusCode::CANCELLED);
  scope_->Set("m1", "2");
  client.Open();
  ASSERT_TRUE(client.ReadUntilSynced());
  EXPECT_THAT(client.resources(), ElementsAre(Pair("m1", "2")));
  EXPECT_EQ(client.resets(), 0);
  EXPECT_EQ(source().starts(), 1);
}

TEST_F(WatchStreamsTest, TheFeedStopsAMinuteAfterTheLastClientHasLeft) {
  Client client(*server_);
  client.Open();
  ASSERT_TRUE(client.ReadUntilSynced());
  const absl::Time left_at = clock_.Now();
  client.CancelAndFinish();
  // It is not told when the server notices.
  while (source().stops() == 0) clock_.Advance(absl::Seconds(1));
  EXPECT_GE(scope_->stopped_at() - left_at, absl::Minutes(1));
}

TEST_F(WatchStreamsTest, TheEndOfTheServiceEndsEveryStreamAndEachLaterOne) {
  Client a(*server_);
  Client b(*server_);
  a.Open();
  b.Open();
  ASSERT_TRUE(a.ReadUntilSynced());
  ASSERT_TRUE(b.ReadUntilSynced());
  streams_.EndAll(absl::UnavailableError("stopping"));
  Client later(*server_);
  later.Open();
  for (Client* client : {&a, &b, &later}) {
    EXPECT_FALSE(client->Read());
    const grpc::Status status = client->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_EQ(status.error_message(), "stopping");
  }
  // Without a linger: nobody is expected back.
  source().AwaitStops(1);
}

TEST_F(WatchStreamsTest, AStreamEndsWhereTheCloudRefusesTheCredentials) {
  Client client(*server_);
  client.Open();
  ASSERT_TRUE(client.ReadUntilSynced());
  source().SetError(absl::UnauthenticatedError("refused"));
  scope_->feed().OnOwnersChanged({});
  EXPECT_FALSE(client.Read());
  EXPECT_EQ(client.Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
  source().AwaitStops(1);
}

// The in-process transport takes a message only when the client reads.
TEST_F(WatchStreamsTest, ASlowClientGetsTheLatestAndNotEverything) {
  constexpr int kChanges = 1000;
  Client client(*server_);
  client.Open();
  ASSERT_TRUE(client.ReadUntilSynced());
  for (int i = 1; i <= kChanges; ++i) scope_->Set("m1", absl::StrCat(i));
  ASSERT_TRUE(client.ReadUntil("m1", absl::StrCat(kChanges)));
  EXPECT_LT(client.responses(), kChanges / 2);
}

TEST_F(WatchStreamsTest, AClientThatFallsFarBehindStartsAgain) {
  constexpr int kMachines = 10'100;  // more deletions than a ChangeLog keeps
  Client client(*server_);
  client.Open();
  ASSERT_TRUE(client.ReadUntilSynced());
  for (int i = 0; i < kMachines; ++i) scope_->Set(absl::StrCat("m", i), "1");
  for (int i = 0; i < kMachines; ++i) scope_->Remove(absl::StrCat("m", i));
  scope_->Set("last", "1");
  ASSERT_TRUE(client.ReadUntil("last", "1"));
  EXPECT_EQ(client.resources(), scope_->resources());
  EXPECT_EQ(client.resets(), 1);
  EXPECT_LT(client.responses(), kMachines);
}

TEST_F(WatchStreamsTest, ATenantHasItsShareOfStreams) {
  constexpr int kShare = WatchStreams<WatchResponse>::kMaxStreams / 9 + 1;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < kShare; ++i) {
    clients.push_back(std::make_unique<Client>(*server_));
    // Of whichever of its clusters.
    clients.back()->Open(absl::StrCat("c", i));
    ASSERT_TRUE(clients.back()->ReadUntilSynced());
  }
  Client of_another(*server_, "another");
  of_another.Open();
  EXPECT_TRUE(of_another.ReadUntilSynced());
  of_another.CancelAndFinish();
  Client one_more(*server_);
  one_more.Open("one more");
  EXPECT_FALSE(one_more.Read());
  EXPECT_EQ(one_more.Finish().error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(clients.front()->CancelAndFinish().error_code(),
            grpc::StatusCode::CANCELLED);
  // It is not told when the server notices.
  for (one_more.Open(); !one_more.ReadUntilSynced(); one_more.Open()) {
    EXPECT_EQ(one_more.Finish().error_code(),
              grpc::StatusCode::RESOURCE_EXHAUSTED);
  }
  for (const auto& client : clients) client->Cancel();
}

// Writers, clients that come and go, time that passes, and at last the end of
// the service in the midst of it all.
class WatchStreamsRaceTest : public WatchStreamsTest {
 protected:
  static constexpr int kWriters = 2;
  static constexpr int kChanges = 500;
  static constexpr int kClients = 4;
  static constexpr int kRounds = 30;

  std::vector<std::unique_ptr<Client>> MakeClients() {
    std::vector<std::unique_ptr<Client>> clients(kClients);
    for (auto& client : clients) client = std::make_unique<Client>(*server_);
    return clients;
  }

  void Write(uint32_t seed, int changes) {
    std::mt19937 random(seed);
    for (int i = 0; i < changes; ++i) {
      const std::string machine = absl::StrCat("m", random() % 4);
      if (random() % 3 == 0) {
        scope_->Remove(machine);
      } else {
        scope_->Set(machine, absl::StrCat(random() % 4));
      }
    }
  }

  // Ends early if the service does.
  void ComeAndGo(Client& client, uint32_t seed, int rounds) {
    std::mt19937 random(seed);
    for (int round = 0; round < rounds; ++round) {
      client.Open();
      // A client may leave at any time, as soon as it has come too.
      std::thread leaver;
      if (random() % 2 == 0) leaver = std::thread([&] { client.Cancel(); });
      const bool synced = client.ReadUntilSynced();
      if (leaver.joinable()) leaver.join();
      const grpc::Status status =
          synced ? client.CancelAndFinish() : client.Finish();
      if (status.error_code() == grpc::StatusCode::UNAVAILABLE) return;
      EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED)
          << status.error_message();
    }
  }

  // Lets lingering feeds end at any time.
  void PassTime() {
    for (int i = 0; i < kChanges; ++i) {
      clock_.Advance(kLinger);
    }
  }

  void Converge(Client& client) {
    client.Open();
    EXPECT_TRUE(client.ReadUntilSynced());
    EXPECT_EQ(client.resources(), scope_->resources());
    client.CancelAndFinish();
  }
};

TEST_F(WatchStreamsRaceTest, ClientsThatComeAndGoConverge) {
  const std::vector<std::unique_ptr<Client>> clients = MakeClients();
  std::vector<std::thread> threads;
  for (uint32_t i = 0; i < kClients; ++i) {
    threads.emplace_back(
        [this, i, &clients] { ComeAndGo(*clients[i], 100 + i, kRounds); });
  }
  for (uint32_t i = 0; i < kWriters; ++i) {
    threads.emplace_back([this, i] { Write(i, kChanges); });
  }
  threads.emplace_back([this] { PassTime(); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& client : clients) Converge(*client);
}

TEST_F(WatchStreamsRaceTest, TheServiceMayEndAtAnyTime) {
  const std::vector<std::unique_ptr<Client>> clients = MakeClients();
  std::vector<std::thread> threads;
  for (uint32_t i = 0; i < kClients; ++i) {
    threads.emplace_back(
        [this, i, &clients] { ComeAndGo(*clients[i], i, 1000 * kRounds); });
  }
  std::atomic<bool> ended = false;
  threads.emplace_back([&] {
    for (uint32_t seed = 0; !ended; ++seed) Write(seed, kChanges);
  });
  Client witness(*server_);
  witness.Open();
  for (int i = 0; i < kRounds; ++i) EXPECT_TRUE(witness.Read());
  streams_.EndAll(absl::UnavailableError("stopping"));
  ended = true;
  for (std::thread& thread : threads) thread.join();
  while (witness.Read()) continue;
  EXPECT_EQ(witness.Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace evroc::cloud
