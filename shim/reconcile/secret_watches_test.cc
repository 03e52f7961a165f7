#include "shim/reconcile/secret_watches.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "shim/kube/testing/fake_kube_client.h"

namespace evroc::shim {
namespace {

constexpr int kMost = 8;

class SecretWatchesTest : public ::testing::Test {
 protected:
  static WaiterName Machine(const std::string& space, int number) {
    return {kEvrocMachineType, {space, absl::StrCat("m-", number)}};
  }
  // The machine of that number waits for the Secret of that number.
  void Await(const std::string& space, int number) {
    watches_.Await({space, absl::StrCat("s-", number)}, "",
                   Machine(space, number), [this] { changes_.Add(); });
  }
  void AwaitMany(const std::string& space, int count) {
    for (int i = 0; i < count; ++i) Await(space, i);
  }
  void AddSecret(const std::string& space, int number) {
    Json secret = Json::Object({{"apiVersion", "v1"}, {"kind", "Secret"}});
    secret.SetAt("metadata.namespace", space);
    secret.SetAt("metadata.name", absl::StrCat("s-", number));
    client_.Add(kSecretType, secret);
  }

  class Counter {
   public:
    void Add() {
      const absl::MutexLock lock(&mutex_);
      ++count_;
    }
    void Await(int count) {
      const absl::MutexLock lock(&mutex_);
      const auto reached = [&] {
        mutex_.AssertReaderHeld();
        return count_ >= count;
      };
      mutex_.Await(absl::Condition(&reached));
    }

   private:
    absl::Mutex mutex_;
    int count_ ABSL_GUARDED_BY(mutex_) = 0;
  };

  FakeClock clock_;
  FakeKubeClient client_{clock_};
  Counter changes_;
  SecretWatches watches_{client_, clock_, kMost};
};

TEST_F(SecretWatchesTest, NotifiesOnceTheSecretIsThere) {
  Await("a", 1);
  client_.AwaitWatches(1);
  EXPECT_EQ(watches_.CountOf("a"), 1);
  AddSecret("a", 1);
  changes_.Await(1);
  EXPECT_EQ(watches_.CountOf("a"), 0);
}

// More of them than there may be watches, one after the other.
TEST_F(SecretWatchesTest, WhatIsNotAwaitedAgainIsWatchedNoMore) {
  for (int i = 0; i < 3 * kMost; ++i) {
    const SecretWatches::Renewal renewal(watches_, Machine("a", i));
    Await("a", i);
  }
  EXPECT_EQ(watches_.CountOf("a"), kMost);
  for (int i = 0; i < 3 * kMost; ++i) {
    const SecretWatches::Renewal renewal(watches_, Machine("a", i));
  }
  EXPECT_EQ(watches_.CountOf("a"), 0);
}

TEST_F(SecretWatchesTest, WhatIsAwaitedAgainIsWatchedOn) {
  Await("a", 1);
  Await("a", 2);
  client_.AwaitWatches(2);
  {
    const SecretWatches::Renewal renewal(watches_, Machine("a", 1));
    Await("a", 1);
  }
  EXPECT_EQ(watches_.CountOf("a"), 2);
  EXPECT_EQ(client_.CallCount("watch", "secrets"), 2);
}

TEST_F(SecretWatchesTest, OneWaiterOfSeveralLeaves) {
  const ObjectKey secret{"a", "shared"};
  for (int i : {1, 2}) {
    watches_.Await(secret, "", Machine("a", i), [this] { changes_.Add(); });
  }
  watches_.Forget(Machine("a", 1));
  EXPECT_EQ(watches_.CountOf("a"), 1);
  watches_.Forget(Machine("a", 2));
  EXPECT_EQ(watches_.CountOf("a"), 0);
}

TEST_F(SecretWatchesTest, OneNamespaceDoesNotUseUpTheWatchesOfAll) {
  AwaitMany("hostile", 10 * kMost);
  EXPECT_EQ(watches_.CountOf("hostile"), kMost);
  Await("b", 1);
  EXPECT_EQ(watches_.CountOf("b"), 1);
  AddSecret("b", 1);
  changes_.Await(1);
  AwaitMany("c", kMost);
  AwaitMany("hostile", 10 * kMost);
  EXPECT_EQ(watches_.CountOf("c"), kMost / 2);
  EXPECT_EQ(watches_.CountOf("hostile"), kMost / 2);
}

}  // namespace
}  // namespace evroc::shim
