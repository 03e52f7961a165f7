#include "services/rpc/service_flags.h"

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

}  // namespace
}  // namespace evroc::cloud
