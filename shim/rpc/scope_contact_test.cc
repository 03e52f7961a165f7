#include "shim/rpc/scope_contact.h"

#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

constexpr absl::Duration kStaleAfter = absl::Minutes(5);
const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

common::v1::CloudContact Failing(absl::Time since, absl::StatusCode code) {
  common::v1::CloudContact contact;
  contact.mutable_failing_since()->set_seconds(absl::ToUnixSeconds(since));
  contact.set_code(static_cast<int>(code));
  contact.set_message("HTTP 503");
  return contact;
}

TEST(ScopeContactTest, AFailureIsToldOnceItIsOldEnough) {
  ScopeContact contact(kStaleAfter);
  EXPECT_FALSE(contact.TakeChange(kNow));
  EXPECT_EQ(contact.due(), absl::InfiniteFuture());
  contact.Report(1, Failing(kNow, absl::StatusCode::kUnavailable), kNow, kNow);
  EXPECT_EQ(contact.current().failing_since, kNow);
  EXPECT_EQ(contact.current().message, "HTTP 503");
  EXPECT_FALSE(contact.TakeChange(kNow));
  EXPECT_EQ(contact.due(), kNow + kStaleAfter);
  EXPECT_TRUE(contact.TakeChange(kNow + kStaleAfter));
  EXPECT_FALSE(contact.TakeChange(kNow + kStaleAfter));
  EXPECT_EQ(contact.due(), absl::InfiniteFuture());
  contact.Report(1, {}, kNow, kNow);
  EXPECT_TRUE(contact.TakeChange(kNow + kStaleAfter));
  EXPECT_EQ(contact.current().failing_since, absl::InfiniteFuture());
}

TEST(ScopeContactTest, AClockThatIsAheadHidesNoFailure) {
  ScopeContact contact(kStaleAfter);
  const absl::Time since = kNow + absl::Hours(1);
  for (const absl::Duration after : {absl::ZeroDuration(), absl::Minutes(1)}) {
    contact.Report(0, Failing(since, absl::StatusCode::kUnavailable), since,
                   kNow + after);
    EXPECT_EQ(contact.current().failing_since, kNow);
    EXPECT_EQ(contact.due(), kNow + kStaleAfter);
  }
}

// The services ask each few minutes.
TEST(ScopeContactTest, AFirstFailureOfACloudThatWasSilentIsTriedAgain) {
  ScopeContact contact(kStaleAfter);
  const absl::Time since = kNow - absl::Minutes(6);
  contact.Report(0, Failing(since, absl::StatusCode::kUnavailable), since,
                 kNow);
  EXPECT_FALSE(contact.TakeChange(kNow));
  EXPECT_EQ(contact.due(), kNow + absl::Seconds(30));
  EXPECT_TRUE(contact.TakeChange(kNow + absl::Seconds(30)));
  EXPECT_EQ(contact.current().failing_since, kNow - absl::Minutes(6));
}

TEST(ScopeContactTest, AnotherReportOfAFailureDefersNothing) {
  ScopeContact contact(kStaleAfter);
  const absl::Time since = kNow - absl::Minutes(6);
  for (const absl::Duration after : {absl::ZeroDuration(), absl::Seconds(20)}) {
    contact.Report(0, Failing(since, absl::StatusCode::kUnavailable), since,
                   kNow + after);
    EXPECT_EQ(contact.due(), kNow + absl::Seconds(30));
  }
}

TEST(ScopeContactTest, AServiceThatIsAwayIsAFailureUntilItHasCaughtUp) {
  ScopeContact contact(kStaleAfter);
  contact.Lost(0, absl::UnavailableError("refused"), false, kNow);
  contact.Lost(0, absl::UnavailableError("again"), false,
               kNow + absl::Seconds(9));
  EXPECT_EQ(contact.current().failing_since, kNow);
  EXPECT_EQ(contact.current().message, "refused");
  contact.Synced(0);
  EXPECT_EQ(contact.current().failing_since, absl::InfiniteFuture());
}

// A service that restarts does not know since when the cloud is away.
TEST(ScopeContactTest, ARestartOfTheServiceDoesNotMakeItYounger) {
  ScopeContact contact(kStaleAfter);
  contact.Report(0, Failing(kNow, absl::StatusCode::kUnavailable), kNow, kNow);
  const absl::Time later = kNow + absl::Minutes(1);
  contact.Lost(0, absl::UnavailableError("it restarts"), false, later);
  contact.Report(0, Failing(later, absl::StatusCode::kUnavailable), later,
                 kNow);
  EXPECT_EQ(contact.current().failing_since, kNow);
}

TEST(ScopeContactTest, ARefusalIsToldAtOnceAndIsNoFailure) {
  ScopeContact contact(kStaleAfter);
  contact.Report(0, Failing(kNow, absl::StatusCode::kPermissionDenied), kNow,
                 kNow);
  EXPECT_TRUE(absl::IsPermissionDenied(contact.current().refusal));
  EXPECT_EQ(contact.current().failing_since, absl::InfiniteFuture());
  EXPECT_TRUE(contact.TakeChange(kNow));
  contact.Report(0, {}, kNow, kNow);
  EXPECT_TRUE(contact.current().refusal.ok());
  EXPECT_TRUE(contact.TakeChange(kNow));
  contact.Lost(1, absl::UnauthenticatedError("no"), true, kNow);
  EXPECT_TRUE(contact.TakeChange(kNow));
  contact.Synced(1);
  EXPECT_TRUE(contact.TakeChange(kNow));
}

}  // namespace
}  // namespace evroc::shim
