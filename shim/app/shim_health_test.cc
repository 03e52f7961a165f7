#include "shim/app/shim_health.h"

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/time/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/kube/testing/fake_kube_client.h"

namespace evroc::shim {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Duration kTolerance = absl::Seconds(30);
constexpr char kNetwork[] = "network-service";
constexpr char kCompute[] = "compute-service";

class ShimHealthTest : public ::testing::Test {
 protected:
  ~ShimHealthTest() override { cancel_.request_stop(); }

  // As if nothing but the probes were there: their tries, and their pauses.
  void Advance(absl::Duration time) {
    for (absl::Duration step = kTolerance / 6; time > absl::ZeroDuration();
         time -= step) {
      clock_.AwaitWaiters(3);
      clock_.Advance(step);
    }
    clock_.AwaitWaiters(3);
  }
  HttpEndpoint::Page Ask(const std::string& path) {
    return health_.Pages().at(path)("");
  }
  void SetService(const std::string& name, const absl::Status& status) {
    const absl::MutexLock lock(&mutex_);
    services_[name] = status;
  }
  Probe::Try Service(const std::string& name) {
    return [this, name](const CallContext&) {
      const absl::MutexLock lock(&mutex_);
      return services_[name];
    };
  }

  FakeClock clock_;
  FakeKubeClient kube_{clock_};
  ObjectCache cache_;
  std::stop_source cancel_;
  WatchedResources watched_{kube_, {}, cache_, clock_};
  Controller controller_{
      {.kind = "EvrocMachine"},
      clock_,
      [](const CallContext&, const ReconcileRequest&) { return Done{}; },
      nullptr};
  absl::Mutex mutex_;
  std::map<std::string, absl::Status> services_ ABSL_GUARDED_BY(mutex_);
  ShimHealth health_{kube_,
                     watched_,
                     {&controller_},
                     {.lease = {"evroc-system", "evroc-shim"},
                      .network_service = Service(kNetwork),
                      .compute_service = Service(kCompute),
                      .tolerance = kTolerance},
                     clock_};
};

TEST_F(ShimHealthTest, IsReadyOnceAllIsListed) {
  EXPECT_EQ(Ask("/readyz").status, 503);
  EXPECT_THAT(Ask("/readyz").body, HasSubstr("are not listed yet"));
  EXPECT_EQ(Ask("/healthz").status, 200);
  watched_.Start(cancel_.get_token());
  ASSERT_TRUE(watched_.AwaitSynced(cancel_.get_token()));
  EXPECT_EQ(Ask("/readyz").status, 200) << Ask("/readyz").body;
}

TEST_F(ShimHealthTest, IsNotReadyWhileTheApiServerRefusesIt) {
  watched_.Start(cancel_.get_token());
  ASSERT_TRUE(watched_.AwaitSynced(cancel_.get_token()));
  clock_.AwaitWaiters(3);  // The first tries are over.
  for (int i = 0; i < 9; ++i) {
    kube_.FailNext("get", "leases", absl::UnauthenticatedError("HTTP 401"));
  }
  Advance(kTolerance / 2);
  EXPECT_EQ(Ask("/readyz").status, 200) << Ask("/readyz").body;
  Advance(kTolerance);
  EXPECT_EQ(Ask("/readyz").status, 503);
  EXPECT_THAT(Ask("/readyz").body, HasSubstr("[-]kubernetes: has failed for"));
  EXPECT_THAT(Ask("/readyz").body, HasSubstr("HTTP 401"));
  // A restart would not help.
  EXPECT_EQ(Ask("/healthz").status, 200);
  EXPECT_EQ(Ask("/livez").status, 200);
  // The refusals are used up: it answers again.
  Advance(kTolerance);
  EXPECT_EQ(Ask("/readyz").status, 200) << Ask("/readyz").body;
}

TEST_F(ShimHealthTest, ThatTheLeaseIsForbiddenOrMissingIsAnAnswer) {
  watched_.Start(cancel_.get_token());
  ASSERT_TRUE(watched_.AwaitSynced(cancel_.get_token()));
  for (int i = 0; i < 20; ++i) {
    kube_.FailNext("get", "leases", absl::PermissionDeniedError("HTTP 403"));
  }
  Advance(2 * kTolerance);
  EXPECT_EQ(Ask("/readyz").status, 200) << Ask("/readyz").body;
}

TEST_F(ShimHealthTest, IsNotReadyWhileAServiceDoesNotServe) {
  watched_.Start(cancel_.get_token());
  ASSERT_TRUE(watched_.AwaitSynced(cancel_.get_token()));
  for (const auto& [failing, other] :
       {std::pair(kNetwork, kCompute), std::pair(kCompute, kNetwork)}) {
    SetService(failing, absl::UnavailableError("it can't be reached"));
    Advance(2 * kTolerance);
    EXPECT_EQ(Ask("/readyz").status, 503) << failing;
    EXPECT_THAT(Ask("/readyz").body,
                AllOf(HasSubstr(absl::StrCat("[-]", failing, ": ")),
                      Not(HasSubstr(absl::StrCat("[-]", other, ": ")))));
    EXPECT_EQ(Ask("/livez").status, 200);
    SetService(failing, absl::OkStatus());
    Advance(kTolerance);
    EXPECT_EQ(Ask("/readyz").status, 200) << Ask("/readyz").body;
  }
}

// By the resource.
class WatchHealthTest : public ShimHealthTest,
                        public ::testing::WithParamInterface<const char*> {};

TEST_P(WatchHealthTest, IsNotReadyWhileAWatchFails) {
  watched_.Start(cancel_.get_token());
  ASSERT_TRUE(watched_.AwaitSynced(cancel_.get_token()));
  kube_.AwaitWatches(5);
  for (const char* verb : {"list", "watch"}) {
    for (int i = 0; i < 50; ++i) {
      kube_.FailNext(verb, GetParam(), absl::UnavailableError("no answer"));
    }
  }
  kube_.EndWatches();
  while (Ask("/readyz").status == 200) {
    clock_.AwaitWaiters(4);
    clock_.Advance(kTolerance / 6);
  }
  EXPECT_THAT(
      Ask("/readyz").body,
      HasSubstr(absl::StrCat("[-]informers: the watch of ", GetParam(), ":")));
  EXPECT_EQ(Ask("/healthz").status, 200);
}

INSTANTIATE_TEST_SUITE_P(Watches, WatchHealthTest,
                         ::testing::Values("clusters", "machines",
                                           "evrocclusters", "evrocmachines",
                                           "evrocmachinetemplates"));

TEST_F(ShimHealthTest, DiesWhenAReconcileHangs) {
  controller_.queue().Add({"ns", "m"});
  ASSERT_TRUE(controller_.queue().Get().has_value());
  Advance(absl::Minutes(9));
  EXPECT_EQ(Ask("/healthz").status, 200);
  Advance(absl::Minutes(2));
  EXPECT_EQ(Ask("/healthz").status, 503);
  EXPECT_THAT(Ask("/livez").body,
              HasSubstr("[-]reconciles: a reconcile of EvrocMachine hangs"));
}

TEST_F(ShimHealthTest, DiesWhenItCantEnd) {
  health_.StoppedLeading();
  EXPECT_EQ(Ask("/healthz").status, 200);
  Advance(absl::Minutes(2));
  EXPECT_THAT(Ask("/healthz").body, HasSubstr("[-]leader-election: "));
}

}  // namespace
}  // namespace evroc::shim
