#include "shim/app/service_address.h"

#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

TEST(ServiceAddressTest, AllowsLocalAddresses) {
  for (const char* address :
       {"127.0.0.1:7001", "127.4.5.6:1", "localhost:65535", "[::1]:7001",
        "unix:/run/evroc/network.sock", "unix:relative"}) {
    EXPECT_TRUE(CheckServiceAddress("network-service", address).ok())
        << address;
  }
}

TEST(ServiceAddressTest, RefusesOtherAddressesNamingTheFlag) {
  for (const char* address :
       {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:70000",
        "10.0.0.1:7001", "0.0.0.0:7001", "127.evil.example:7001",
        "network-service:7001", "[::]:7001", "unix:", "dns:///localhost:1"}) {
    const absl::Status status = CheckServiceAddress("network-service", address);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << address;
    EXPECT_EQ(status.message().rfind("--network-service ", 0), 0U) << address;
  }
}

}  // namespace
}  // namespace evroc::shim
