#include "shim/kube/reflector.h"

#include <set>
#include <stop_token>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "shim/kube/testing/fake_kube_client.h"

namespace evroc::shim {
namespace {

Json Machine(const std::string& name) {
  return Json::Object(
      {{"apiVersion", kEvrocMachineType.ApiVersion()},
       {"kind", kEvrocMachineType.kind},
       {"metadata", Json::Object({{"name", name}, {"namespace", "ns"}})}});
}

// Stores the names of the objects, and waits for the names that a test expects.
class NameSink : public ReflectorSink {
 public:
  void BeginList() override {
    absl::MutexLock lock(&mutex_);
    listed_.clear();
  }
  void Upsert(const Json& object) override {
    absl::MutexLock lock(&mutex_);
    const std::string name(object.At("metadata.name").String());
    names_.insert(name);
    listed_.insert(name);
  }
  void Remove(const Json& object) override {
    absl::MutexLock lock(&mutex_);
    names_.erase(std::string(object.At("metadata.name").String()));
  }
  void EndList(absl::string_view /*version*/) override {
    absl::MutexLock lock(&mutex_);
    names_ = listed_;
  }

  void Await(const std::set<std::string>& names) {
    absl::MutexLock lock(&mutex_);
    const auto equal = [&] {
      mutex_.AssertReaderHeld();
      return names_ == names;
    };
    mutex_.Await(absl::Condition(&equal));
  }

 private:
  absl::Mutex mutex_;
  std::set<std::string> names_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> listed_ ABSL_GUARDED_BY(mutex_);
};

class ReflectorTest : public testing::Test {
 protected:
  ~ReflectorTest() override { cancel_.request_stop(); }

  void Start() { reflector_.Start(cancel_.get_token()); }
  void AwaitWatch() { client_.AwaitWatches(1); }
  // Advances the clock past pauses until `is_over`.
  template <typename F>
  void Until(F is_over) {
    while (!is_over()) {
      clock_.AwaitWaiters(1);
      clock_.Advance(absl::Minutes(1));
    }
  }

  FakeClock clock_;
  FakeKubeClient client_{clock_};
  NameSink sink_;
  std::stop_source cancel_;
  Reflector reflector_{client_, kEvrocMachineType, {}, {}, sink_, clock_};
};

TEST_F(ReflectorTest, ASilentServerIsListedAgainAtOnceAndIsNoFailure) {
  client_.FailNext("watch", "evrocmachines",
                   absl::DeadlineExceededError("nothing has come for 2m"));
  Start();
  client_.AwaitCalls("list", "evrocmachines", 2);
  AwaitWatch();
  EXPECT_TRUE(reflector_.health().last_error.ok());
}

TEST_F(ReflectorTest, AWatchThatLastsWorksAlsoIfNothingComes) {
  client_.FailNext("watch", "evrocmachines", absl::UnavailableError("down"));
  Start();
  clock_.AwaitWaiters(1);
  EXPECT_FALSE(reflector_.health().last_error.ok());
  clock_.AdvanceToNextDeadline();
  AwaitWatch();
  EXPECT_FALSE(reflector_.health().last_error.ok());
  clock_.Advance(absl::Seconds(15));
  EXPECT_TRUE(reflector_.health().last_error.ok());
}

TEST_F(ReflectorTest, AListThatGetsNoAnswerIsAFailure) {
  client_.FailNext("list", "evrocmachines",
                   absl::DeadlineExceededError("no answer"));
  Start();
  clock_.AwaitWaiters(1);
  EXPECT_FALSE(reflector_.health().last_error.ok());
  clock_.Advance(absl::Minutes(1));
  AwaitWatch();
  EXPECT_TRUE(reflector_.health().last_error.ok());
}

TEST_F(ReflectorTest, ListsAndThenFollows) {
  client_.Add(kEvrocMachineType, Machine("a"));
  Start();
  EXPECT_TRUE(reflector_.AwaitSynced(absl::InfiniteFuture(), {}));
  sink_.Await({"a"});
  client_.Add(kEvrocMachineType, Machine("b"));
  sink_.Await({"a", "b"});
  client_.Delete(kEvrocMachineType, {"ns", "a"});
  sink_.Await({"b"});
  EXPECT_EQ(client_.CallCount("list", "evrocmachines"), 1);
  EXPECT_TRUE(reflector_.health().last_error.ok());
}

TEST_F(ReflectorTest, AnEndedWatchResumesWhereItWas) {
  Start();
  AwaitWatch();
  client_.Add(kEvrocMachineType, Machine("a"));
  sink_.Await({"a"});
  clock_.Advance(absl::Minutes(7));
  client_.EndWatches();
  client_.AwaitCalls("watch", "evrocmachines", 2);
  client_.Add(kEvrocMachineType, Machine("b"));
  sink_.Await({"a", "b"});
  EXPECT_EQ(client_.CallCount("list", "evrocmachines"), 1);
}

TEST_F(ReflectorTest, ABookmarkMovesTheVersionToResumeFrom) {
  Start();
  AwaitWatch();
  client_.Add(
      kSecretType,
      Json::Object(
          {{"apiVersion", "v1"},
           {"kind", "Secret"},
           {"metadata", Json::Object({{"name", "s"}, {"namespace", "ns"}})}}));
  client_.ForgetHistory();
  client_.SendBookmark(kEvrocMachineType);
  client_.Add(kEvrocMachineType, Machine("a"));
  sink_.Await({"a"});
  clock_.Advance(absl::Minutes(7));
  client_.EndWatches();
  client_.AwaitCalls("watch", "evrocmachines", 2);
  client_.Add(kEvrocMachineType, Machine("b"));
  sink_.Await({"a", "b"});
  EXPECT_EQ(client_.CallCount("list", "evrocmachines"), 1);
}

TEST_F(ReflectorTest, ListsAgainWhenTheHistoryIsGone) {
  client_.Add(kEvrocMachineType, Machine("a"));
  client_.Add(kEvrocMachineType, Machine("b"));
  Start();
  AwaitWatch();
  client_.RunBefore("watch", "evrocmachines", [&] {
    client_.Delete(kEvrocMachineType, {"ns", "a"});
    client_.ForgetHistory();
  });
  clock_.Advance(absl::Minutes(7));
  client_.EndWatches();
  sink_.Await({"b"});
  EXPECT_TRUE(reflector_.health().last_error.ok());
}

TEST_F(ReflectorTest, AListThatFailsRemovesNothing) {
  client_.Add(kEvrocMachineType, Machine("a"));
  Start();
  AwaitWatch();
  client_.FailNext("watch", "evrocmachines", absl::OutOfRangeError("gone"));
  client_.FailNext("list", "evrocmachines", absl::UnavailableError("down"));
  clock_.Advance(absl::Minutes(7));
  client_.EndWatches();
  clock_.AwaitWaiters(1);
  EXPECT_EQ(reflector_.health().last_error.code(),
            absl::StatusCode::kUnavailable);
  EXPECT_TRUE(reflector_.synced());
  sink_.Await({"a"});
  clock_.Advance(absl::Minutes(1));
  AwaitWatch();
  sink_.Await({"a"});
}

TEST_F(ReflectorTest, IsNotSyncedUntilAListIsComplete) {
  client_.FailNext("list", "evrocmachines", absl::UnavailableError("down"));
  Start();
  clock_.AwaitWaiters(1);
  EXPECT_FALSE(reflector_.synced());
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(reflector_.AwaitSynced(absl::InfiniteFuture(), {}));
}

TEST_F(ReflectorTest, NeverRetriesHotly) {
  // A server that answers each watch with 410, after each list.
  for (int i = 0; i < 5; ++i) {
    client_.FailNext("watch", "evrocmachines", absl::OutOfRangeError("gone"));
  }
  Start();
  // Only the first 410 is followed by a list at once.
  clock_.AwaitWaiters(1);
  EXPECT_EQ(client_.CallCount("watch", "evrocmachines"), 2);
  EXPECT_TRUE(reflector_.health().last_error.ok());
  clock_.AdvanceToNextDeadline();
  clock_.AwaitWaiters(1);
  EXPECT_EQ(client_.CallCount("list", "evrocmachines"), 3);
  EXPECT_EQ(client_.CallCount("watch", "evrocmachines"), 3);
  Until([&] { return client_.CallCount("watch", "evrocmachines") >= 5; });
}

TEST_F(ReflectorTest, AWatchThatEndsAtOnceIsNotRepeatedAtOnce) {
  Start();
  client_.AwaitWatches(1);
  client_.EndWatches();  // after 0 s
  clock_.AwaitWaiters(1);
  EXPECT_TRUE(reflector_.health().last_error.ok());
}

TEST_F(ReflectorTest, WaitsAsLongAsTheServerAsks) {
  client_.FailNext("list", "evrocmachines",
                   MakeError(absl::StatusCode::kResourceExhausted, "busy",
                             {.retry_after = absl::Seconds(20)}));
  Start();
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Seconds(19));
  clock_.AwaitWaiters(1);
  EXPECT_FALSE(reflector_.synced());
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(reflector_.AwaitSynced(absl::InfiniteFuture(), {}));
}

TEST_F(ReflectorTest, StopsAtOnce) {
  Start();
  AwaitWatch();
  cancel_.request_stop();
  client_.AwaitWatches(0);
}

}  // namespace
}  // namespace evroc::shim
