#include "common/net/loopback.h"

#include "gtest/gtest.h"

namespace evroc {
namespace {

TEST(LoopbackTest, IsThisMachineByNumber) {
  for (const char* host :
       {"127.0.0.1", "127.4.5.6", "localhost", "::1", "[::1]"}) {
    EXPECT_TRUE(IsLoopback(host)) << host;
  }
  for (const char* host :
       {"", "10.0.0.1", "0.0.0.0", "::", "[::]", "127.evil.example",
        "127.0.0.1.evil.example", "localhost.evil.example", "127.0.0.1:80"}) {
    EXPECT_FALSE(IsLoopback(host)) << host;
  }
}

}  // namespace
}  // namespace evroc
