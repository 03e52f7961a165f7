#include "shim/kube/leader_election.h"

#include <memory>
#include <stop_token>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "shim/kube/testing/fake_kube_client.h"

namespace evroc::shim {
namespace {

const ObjectKey& Key() {
  static const auto* const key = new ObjectKey{"evroc-system", "shim"};
  return *key;
}

// A candidate for the lease, and the callbacks that it got.
class Candidate {
 public:
  Candidate(KubeClient& client, const std::string& name, Clock& clock)
      : election_(client, {.lease = Key(), .identity = name},
                  {[this] { Set(true); }, [this] { Set(false); }}, clock) {
    election_.Start(cancel_.get_token());
  }

  void Cancel() { cancel_.request_stop(); }
  LeaderElection& election() { return election_; }
  void AwaitLeading(bool leading) {
    absl::MutexLock lock(&mutex_);
    const auto reached = [&] {
      mutex_.AssertReaderHeld();
      return leading_ == leading;
    };
    mutex_.Await(absl::Condition(&reached));
  }
  bool leading() {
    absl::MutexLock lock(&mutex_);
    return leading_;
  }

 private:
  void Set(bool leading) {
    absl::MutexLock lock(&mutex_);
    leading_ = leading;
  }

  absl::Mutex mutex_;
  bool leading_ ABSL_GUARDED_BY(mutex_) = false;
  std::stop_source cancel_;
  LeaderElection election_;
};

class LeaderElectionTest : public testing::Test {
 protected:
  std::unique_ptr<Candidate> Run(const std::string& name) {
    return std::make_unique<Candidate>(client_, name, clock_);
  }
  std::string Holder() const {
    const auto lease = client_.Find(kLeaseType, Key());
    return lease.has_value()
               ? std::string(lease->At("spec.holderIdentity").String())
               : "no lease";
  }
  // Advances the clock second by second, when all `waiters` wait.
  void Advance(absl::Duration duration, int waiters) {
    for (; duration > absl::ZeroDuration(); duration -= absl::Seconds(1)) {
      clock_.AwaitWaiters(waiters);
      clock_.Advance(absl::Seconds(1));
    }
    clock_.AwaitWaiters(waiters);
  }
  // The next `calls` updates and reads of the lease fail.
  void CutOff(int calls) {
    for (int i = 0; i < calls; ++i) {
      client_.FailNext("update", "leases", absl::UnavailableError("down"));
      client_.FailNext("get", "leases", absl::UnavailableError("down"));
    }
  }

  FakeClock clock_;
  FakeKubeClient client_{clock_};
};

TEST_F(LeaderElectionTest, TheFirstOneLeads) {
  const auto a = Run("a");
  a->AwaitLeading(true);
  EXPECT_TRUE(a->election().is_leader());
  const auto lease = *client_.Find(kLeaseType, Key());
  EXPECT_EQ(lease.At("spec.holderIdentity").String(), "a");
  EXPECT_EQ(lease.At("spec.leaseDurationSeconds").Integer(), 15);
  EXPECT_EQ(lease.At("spec.leaseTransitions").Integer(), 0);
  EXPECT_EQ(lease.At("spec.acquireTime").String(),
            "2027-01-15T08:00:00.000000Z");
}

TEST_F(LeaderElectionTest, TheOtherWaitsWhileItIsRenewed) {
  const auto a = Run("a");
  a->AwaitLeading(true);
  const auto b = Run("b");
  Advance(absl::Minutes(2), 2);
  EXPECT_EQ(Holder(), "a");
  EXPECT_FALSE(b->leading());
  EXPECT_TRUE(a->election().is_leader());
}

TEST_F(LeaderElectionTest, AReleasedLeaseIsTakenOverBeforeItExpires) {
  auto a = Run("a");
  a->AwaitLeading(true);
  const auto b = Run("b");
  Advance(absl::Seconds(3), 2);
  a->Cancel();
  a->AwaitLeading(false);
  a.reset();
  EXPECT_EQ(Holder(), "");
  Advance(absl::Seconds(3), 1);
  b->AwaitLeading(true);
  EXPECT_EQ(Holder(), "b");
  EXPECT_EQ(
      client_.Find(kLeaseType, Key())->At("spec.leaseTransitions").Integer(),
      1);
}

TEST_F(LeaderElectionTest, StepsDownAtTheDeadlineAndNotBefore) {
  const auto a = Run("a");
  a->AwaitLeading(true);
  CutOff(20);
  Advance(absl::Seconds(9), 1);
  EXPECT_TRUE(a->leading());
  EXPECT_TRUE(a->election().is_leader());
  clock_.Advance(absl::Seconds(1));
  EXPECT_FALSE(a->election().is_leader());
  a->AwaitLeading(false);
  // A lost lease is not released.
  EXPECT_EQ(Holder(), "a");
}

TEST_F(LeaderElectionTest, OneFailureIsNoLoss) {
  const auto a = Run("a");
  a->AwaitLeading(true);
  client_.FailNext("update", "leases", absl::UnavailableError("down"));
  Advance(absl::Seconds(30), 1);
  EXPECT_TRUE(a->election().is_leader());
}

TEST_F(LeaderElectionTest, ARenewalWhoseAnswerWasLostIsNoLoss) {
  const auto a = Run("a");
  a->AwaitLeading(true);
  client_.FailNext("update", "leases", absl::UnavailableError("cut"),
                   FakeKubeClient::Point::kAfter);
  Advance(absl::Seconds(30), 1);
  EXPECT_TRUE(a->election().is_leader());
}

TEST_F(LeaderElectionTest, TakesOverALeaseThatHasNotChangedForItsDuration) {
  client_.Add(
      kLeaseType,
      Json::Object(
          {{"apiVersion", kLeaseType.ApiVersion()},
           {"kind", kLeaseType.kind},
           {"metadata", Json::Object({{"name", Key().name},
                                      {"namespace", Key().name_space}})},
           // The holder's clock is an hour ahead.
           {"spec",
            Json::Object({{"holderIdentity", "gone"},
                          {"leaseDurationSeconds", 15},
                          {"leaseTransitions", 4},
                          {"renewTime", "2027-01-15T09:00:00.000000Z"}})}}));
  const auto a = Run("a");
  Advance(absl::Seconds(14), 1);
  EXPECT_FALSE(a->leading());
  Advance(absl::Seconds(4), 1);
  a->AwaitLeading(true);
  EXPECT_EQ(
      client_.Find(kLeaseType, Key())->At("spec.leaseTransitions").Integer(),
      5);
}

TEST_F(LeaderElectionTest, SettingTheCalendarLosesNoLease) {
  const auto a = Run("a");
  a->AwaitLeading(true);
  const auto b = Run("b");
  for (const absl::Duration step : {absl::Hours(2), -absl::Hours(4)}) {
    clock_.SetWallBy(step);
    Advance(absl::Seconds(30), 2);
    EXPECT_TRUE(a->election().is_leader());
    EXPECT_FALSE(b->leading());
  }
}

TEST_F(LeaderElectionTest, StopsAtOnceWhenAnotherHasTakenIt) {
  const auto a = Run("a");
  a->AwaitLeading(true);
  clock_.AwaitWaiters(1);
  Json theft = Json::Object();
  theft.SetAt("spec.holderIdentity", "thief");
  client_.Change(kLeaseType, Key(), theft);
  clock_.Advance(absl::Seconds(2));
  a->AwaitLeading(false);
  EXPECT_FALSE(a->election().is_leader());
  EXPECT_EQ(Holder(), "thief");
}

TEST_F(LeaderElectionTest, OnlyOneOfTwoCreatesTheLease) {
  client_.RunBefore("create", "leases", [&] {
    client_.Add(
        kLeaseType,
        Json::Object(
            {{"apiVersion", kLeaseType.ApiVersion()},
             {"kind", kLeaseType.kind},
             {"metadata", Json::Object({{"name", Key().name},
                                        {"namespace", Key().name_space}})},
             {"spec", Json::Object({{"holderIdentity", "b"}})}}));
  });
  const auto a = Run("a");
  Advance(absl::Seconds(5), 1);
  EXPECT_FALSE(a->leading());
  EXPECT_EQ(Holder(), "b");
}

}  // namespace
}  // namespace evroc::shim
