#include "services/rpc/service_flags.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

absl::Status CheckListen(const std::string& address) {
  ServiceFlags flags;
  flags.insecure = true;
  flags.listen = address;
  return flags.Check();
}

TEST(ServiceFlagsTest, PlainTextStaysOnTheMachine) {
  for (const char* address :
       {"127.0.0.1:0", "127.4.5.6:1", "localhost:1", "[::1]:1", "unix:/a"}) {
    EXPECT_TRUE(CheckListen(address).ok()) << address;
  }
  for (const char* address :
       {"", ":1", "0.0.0.0:1", "[::]:1", "10.0.0.1:1", "127.evil.example:1"}) {
    const absl::Status status = CheckListen(address);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << address;
    EXPECT_EQ(status.message().rfind("--listen ", 0), 0U) << address;
  }
}

TEST(ServiceFlagsTest, TimesHaveBounds) {
  const struct {
    const char* flag;
    absl::Duration ServiceFlags::*time;
    std::vector<absl::Duration> bad;
    std::vector<absl::Duration> good;
  } cases[] = {
      {"poll-interval",
       &ServiceFlags::poll_interval,
       {absl::ZeroDuration(), absl::Minutes(2), absl::InfiniteDuration()},
       {absl::Milliseconds(1), absl::Seconds(10)}},
      {"drift-interval",
       &ServiceFlags::drift_interval,
       {absl::Milliseconds(999), absl::Hours(25)},
       {absl::Seconds(1), absl::Hours(24)}},
      {"reference-interval",
       &ServiceFlags::reference_interval,
       {absl::ZeroDuration(), absl::Hours(2)},
       {absl::Seconds(1), absl::Hours(1)}},
      {"watch-linger",
       &ServiceFlags::watch_linger,
       {-absl::Seconds(1), absl::Hours(2)},
       {absl::ZeroDuration(), absl::Hours(1)}},
      {"scope-idle-time",
       &ServiceFlags::scope_idle_time,
       {absl::Seconds(59), absl::Hours(25)},
       {absl::Minutes(1), absl::Hours(24)}},
      {"shutdown-timeout",
       &ServiceFlags::shutdown_timeout,
       {-absl::Seconds(1), absl::Minutes(6)},
       {absl::ZeroDuration(), absl::Minutes(5)}}};
  for (const auto& each : cases) {
    const auto check = [&](absl::Duration value) {
      ServiceFlags flags;
      flags.insecure = true;
      flags.*each.time = value;
      return flags.Check();
    };
    for (const absl::Duration value : each.good) {
      EXPECT_TRUE(check(value).ok()) << check(value);
    }
    for (const absl::Duration value : each.bad) {
      EXPECT_EQ(check(value).message().rfind(absl::StrCat("--", each.flag), 0),
                0U)
          << each.flag << " " << value << " " << check(value);
    }
  }
}

}  // namespace
}  // namespace evroc::cloud
