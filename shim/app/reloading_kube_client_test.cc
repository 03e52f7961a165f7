#include "shim/app/reloading_kube_client.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/files/read_file.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "shim/kube/kube_config.h"
#include "shim/kube/testing/fake_kube_client.h"

namespace evroc::shim {
namespace {

namespace fs = std::filesystem;

// Connects to an API server that knows one token.
class OneTokenClient : public KubeClient {
 public:
  struct Server {
    FakeKubeClient objects;
    std::string token;
  };
  OneTokenClient(Server& server, std::string token)
      : server_(server), token_(std::move(token)) {}

  absl::StatusOr<Json> Get(const CallContext& context, const ResourceType& type,
                           const ObjectKey& key) override {
    if (absl::Status known = Check(); !known.ok()) return known;
    return server_.objects.Get(context, type, key);
  }
  absl::StatusOr<std::string> List(const CallContext& context,
                                   const ResourceType& type,
                                   const Selection& selection,
                                   const ObjectSink& sink) override {
    if (absl::Status known = Check(); !known.ok()) return known;
    int passed = 0;
    return server_.objects.List(context, type, selection, [&](Json object) {
      if (passed++ > 0) {
        if (absl::Status known = Check(); !known.ok()) return known;
      }
      return sink(std::move(object));
    });
  }
  absl::Status Watch(const CallContext& context, const ResourceType& type,
                     const Selection& selection,
                     const std::string& resource_version,
                     const EventSink& sink) override {
    if (absl::Status known = Check(); !known.ok()) return known;
    return server_.objects.Watch(context, type, selection, resource_version,
                                 sink);
  }
  absl::StatusOr<Json> Create(const CallContext& context,
                              const ResourceType& type,
                              const Json& object) override {
    if (absl::Status known = Check(); !known.ok()) return known;
    return server_.objects.Create(context, type, object);
  }
  absl::StatusOr<Json> Update(const CallContext& context,
                              const ResourceType& type,
                              const Json& object) override {
    if (absl::Status known = Check(); !known.ok()) return known;
    return server_.objects.Update(context, type, object);
  }
  absl::StatusOr<Json> Patch(const CallContext& context,
                             const ResourceType& type, const ObjectKey& key,
                             absl::string_view subresource,
                             const Json& patch) override {
    if (absl::Status known = Check(); !known.ok()) return known;
    return server_.objects.Patch(context, type, key, subresource, patch);
  }

 private:
  absl::Status Check() const {
    return token_ == server_.token ? absl::OkStatus()
                                   : absl::UnauthenticatedError("HTTP 401");
  }

  Server& server_;
  const std::string token_;
};

Json Machine(const std::string& name) {
  return Json::Object(
      {{"apiVersion", kEvrocMachineType.ApiVersion()},
       {"kind", kEvrocMachineType.kind},
       {"metadata", Json::Object({{"name", name}, {"namespace", "ns"}})}});
}

class ReloadingKubeClientTest : public ::testing::Test {
 protected:
  ReloadingKubeClientTest()
      : folder_(
            fs::path(::testing::TempDir()) /
            ::testing::UnitTest::GetInstance()->current_test_info()->name()) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    server_.objects.Add(kEvrocMachineType, Machine("m"));
    server_.objects.Add(kEvrocMachineType, Machine("n"));
  }
  ~ReloadingKubeClientTest() override { fs::remove_all(folder_); }

  static void Write(const fs::path& path, const std::string& content) {
    std::ofstream(path) << content;
  }
  static std::string ConfigWith(const std::string& token) {
    return absl::StrCat(
        "clusters: [{name: c, cluster: {server: 'https://127.0.0.1'}}]\n"
        "users: [{name: u, user: {token: ",
        token,
        "}}]\n"
        "contexts: [{name: x, context: {cluster: c, user: u}}]\n"
        "current-context: x\n");
  }

  // Makes a client that is configured by the file, with the token "old".
  void MakeClient(const fs::path& path) {
    auto made = ReloadingKubeClient::Make(
        [path] { return LoadKubeConfig(path.string()); },
        [this](const Kubeconfig& config)
            -> absl::StatusOr<std::unique_ptr<KubeClient>> {
          ++connects_;
          return std::make_unique<OneTokenClient>(
              server_, std::get<StaticToken>(config.user).token);
        },
        clock_);
    ASSERT_TRUE(made.ok()) << made.status();
    client_ = *std::move(made);
  }
  void MakeClient() {
    Write(folder_ / "config", ConfigWith("old"));
    MakeClient(folder_ / "config");
  }

  absl::Status GetMachine() {
    return client_->Get({}, kEvrocMachineType, {"ns", "m"}).status();
  }

  FakeClock clock_;
  OneTokenClient::Server server_{FakeKubeClient(clock_), "old"};
  const fs::path folder_;
  int connects_ = 0;
  std::unique_ptr<ReloadingKubeClient> client_;
};

TEST_F(ReloadingKubeClientTest, ARefusedTokenIsReadAgainAtOnce) {
  MakeClient();
  EXPECT_TRUE(GetMachine().ok());
  Write(folder_ / "config", ConfigWith("new"));
  server_.token = "new";
  EXPECT_TRUE(GetMachine().ok());
  EXPECT_TRUE(client_->Create({}, kEvrocMachineType, Machine("o")).ok());
  EXPECT_EQ(connects_, 2);
}

TEST_F(ReloadingKubeClientTest, ARefusedWriteIsSentAgainWithTheNewToken) {
  MakeClient();
  Write(folder_ / "config", ConfigWith("new"));
  server_.token = "new";
  EXPECT_TRUE(client_->Create({}, kEvrocMachineType, Machine("o")).ok());
}

// The former still works: nothing refuses it.
TEST_F(ReloadingKubeClientTest, ARotatedFileCountsWithinSeconds) {
  MakeClient();
  Write(folder_ / "config", ConfigWith("new"));
  EXPECT_TRUE(GetMachine().ok());
  EXPECT_EQ(connects_, 1);
  clock_.Advance(kReadAgain);
  EXPECT_TRUE(absl::IsUnauthenticated(GetMachine()));  // the server's is "old"
  EXPECT_EQ(connects_, 2);
}

// As kubelet replaces the files of a volume: by a link to another folder.
TEST_F(ReloadingKubeClientTest, AFolderThatIsSwappedIsFollowed) {
  for (const char* token : {"old", "new"}) {
    fs::create_directory(folder_ / absl::StrCat("..", token));
    Write(folder_ / absl::StrCat("..", token) / "config", ConfigWith(token));
  }
  fs::create_symlink("..old", folder_ / "..data");
  fs::create_symlink("..data/config", folder_ / "config");
  MakeClient(folder_ / "config");
  fs::create_symlink("..new", folder_ / "..data_tmp");
  fs::rename(folder_ / "..data_tmp", folder_ / "..data");
  fs::remove_all(folder_ / "..old");
  server_.token = "new";
  EXPECT_TRUE(GetMachine().ok());
}

TEST_F(ReloadingKubeClientTest, TheFormerStaysWhileTheFileIsOfNoUse) {
  MakeClient();
  for (const char* broken : {"", "clusters: [", "current-context: y\n"}) {
    Write(folder_ / "config", broken);
    clock_.Advance(kReadAgain);
    EXPECT_TRUE(GetMachine().ok()) << broken;
  }
  fs::remove(folder_ / "config");
  clock_.Advance(kReadAgain);
  EXPECT_TRUE(GetMachine().ok());
  server_.token = "new";
  EXPECT_TRUE(absl::IsUnauthenticated(GetMachine()));
  Write(folder_ / "config", ConfigWith("new"));
  EXPECT_TRUE(GetMachine().ok());
}

TEST_F(ReloadingKubeClientTest, AnUnchangedFileKeepsTheConnections) {
  MakeClient();
  server_.token = "new";
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(absl::IsUnauthenticated(GetMachine()));
    clock_.Advance(absl::Minutes(1));
  }
  EXPECT_EQ(connects_, 1);
}

TEST_F(ReloadingKubeClientTest, AWatchEndsToBeResumedWithTheNewToken) {
  MakeClient();
  absl::Status ended = absl::UnknownError("runs");
  std::thread watcher([&] {
    ended = client_->Watch({}, kEvrocMachineType, {}, "1",
                           [](const WatchEvent&) { return absl::OkStatus(); });
  });
  server_.objects.AwaitWatches(1);
  Write(folder_ / "config", ConfigWith("new"));
  clock_.Advance(kReadAgain);
  GetMachine().IgnoreError();
  watcher.join();
  EXPECT_TRUE(ended.ok()) << ended;
}

TEST_F(ReloadingKubeClientTest, AWatchStillEndsWithItsCaller) {
  MakeClient();
  std::stop_source stop;
  absl::Status ended;
  std::thread watcher([&] {
    ended =
        client_->Watch({.cancel = stop.get_token()}, kEvrocMachineType, {}, "1",
                       [](const WatchEvent&) { return absl::OkStatus(); });
  });
  server_.objects.AwaitWatches(1);
  stop.request_stop();
  watcher.join();
  EXPECT_TRUE(absl::IsCancelled(ended)) << ended;
}

// What the first half of a list has passed may be gone in the second list.
TEST_F(ReloadingKubeClientTest, AListThatHasBegunStartsAgain) {
  MakeClient();
  int passed = 0;
  const auto list = [&] {
    return client_
        ->List({}, kEvrocMachineType, {},
               [&](const Json&) {
                 if (++passed == 1) {
                   Write(folder_ / "config", ConfigWith("new"));
                   server_.token = "new";
                 }
                 return absl::OkStatus();
               })
        .status();
  };
  EXPECT_TRUE(absl::IsOutOfRange(list()));
  EXPECT_EQ(passed, 1);
  EXPECT_TRUE(list().ok());
}

}  // namespace
}  // namespace evroc::shim
