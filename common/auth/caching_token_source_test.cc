#include "common/auth/caching_token_source.h"

#include <atomic>
#include <memory>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

// Returns "token-1", "token-2", …, each good for five minutes.
class CountingSource : public TokenSource {
 public:
  explicit CountingSource(Clock& clock) : clock_(clock) {}

  absl::StatusOr<AccessToken> Fetch(const CallContext&) override {
    const int number = ++fetched;
    if (before != nullptr) before();
    if (!failure.ok()) return failure;
    return AccessToken{absl::StrCat("token-", number),
                       clock_.Now() + absl::Minutes(5)};
  }

  std::atomic<int> fetched = 0;
  absl::Status failure;
  std::function<void()> before;

 private:
  Clock& clock_;
};

class CachingTokenSourceTest : public testing::Test {
 protected:
  CachingTokenSourceTest() {
    auto source = std::make_unique<CountingSource>(clock_);
    source_ = source.get();
    tokens_ = std::make_unique<CachingTokenSource>(std::move(source), nullptr,
                                                   clock_);
  }

  FakeClock clock_;
  CountingSource* source_ = nullptr;
  std::unique_ptr<CachingTokenSource> tokens_;
};

TEST_F(CachingTokenSourceTest, KeepsATokenWhileItIsGood) {
  EXPECT_EQ(*tokens_->Get({}), "token-1");
  clock_.Advance(absl::Minutes(3));
  EXPECT_EQ(*tokens_->Get({}), "token-1");
  // A token is renewed a minute before its expiry.
  clock_.Advance(absl::Seconds(61));
  EXPECT_EQ(*tokens_->Get({}), "token-2");
}

TEST_F(CachingTokenSourceTest, FetchesOnceForAllWaitingCallers) {
  absl::Notification go;
  source_->before = [&] { go.WaitForNotification(); };
  std::vector<std::thread> callers;
  callers.reserve(8);
  std::atomic<int> right = 0;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] { right += *tokens_->Get({}) == "token-1"; });
  }
  go.Notify();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(right, 8);
  EXPECT_EQ(source_->fetched, 1);
}

TEST_F(CachingTokenSourceTest, OthersGoOnWithTheOldTokenDuringAnEarlyRenewal) {
  ASSERT_TRUE(tokens_->Get({}).ok());
  clock_.Advance(absl::Seconds(250));
  absl::Notification renewing;
  absl::Notification go;
  source_->before = [&] {
    renewing.Notify();
    go.WaitForNotification();
  };
  std::thread renewer([&] { EXPECT_EQ(*tokens_->Get({}), "token-2"); });
  renewing.WaitForNotification();
  EXPECT_EQ(*tokens_->Get({}), "token-1");
  go.Notify();
  renewer.join();
}

TEST_F(CachingTokenSourceTest, AFailedRenewalLeavesTheOldToken) {
  ASSERT_TRUE(tokens_->Get({}).ok());
  clock_.Advance(absl::Seconds(250));
  source_->failure = absl::UnavailableError("down");
  EXPECT_EQ(*tokens_->Get({}), "token-1");
  EXPECT_EQ(*tokens_->Get({}), "token-1");
  EXPECT_EQ(source_->fetched, 2);
  clock_.Advance(absl::Seconds(60));
  EXPECT_EQ(tokens_->Get({}).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(CachingTokenSourceTest, ARefusedTokenIsReplacedOnce) {
  ASSERT_EQ(*tokens_->Get({}), "token-1");
  tokens_->Invalidate("token-1");
  EXPECT_EQ(*tokens_->Get({}), "token-2");
  // A late Invalidate of the same token changes nothing.
  tokens_->Invalidate("token-1");
  EXPECT_EQ(*tokens_->Get({}), "token-2");
}

TEST_F(CachingTokenSourceTest, ARefusalIsRememberedForAMoment) {
  source_->failure = absl::UnauthenticatedError("no");
  EXPECT_FALSE(tokens_->Get({}).ok());
  EXPECT_EQ(tokens_->Get({}).status().code(),
            absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(source_->fetched, 1);
  clock_.Advance(absl::Seconds(3));
  source_->failure = absl::OkStatus();
  EXPECT_TRUE(tokens_->Get({}).ok());
}

TEST_F(CachingTokenSourceTest, AWaiterGoesWhenItsOwnCallEnds) {
  absl::Notification fetching;
  absl::Notification go;
  source_->before = [&] {
    fetching.Notify();
    go.WaitForNotification();
  };
  std::thread fetcher([&] { EXPECT_TRUE(tokens_->Get({}).ok()); });
  fetching.WaitForNotification();
  std::stop_source cancel;
  cancel.request_stop();
  EXPECT_EQ(tokens_->Get({.cancel = cancel.get_token()}).status().code(),
            absl::StatusCode::kCancelled);
  go.Notify();
  fetcher.join();
}

}  // namespace
}  // namespace evroc
