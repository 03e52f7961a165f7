#include "common/net/ipv4.h"

#include "gtest/gtest.h"

namespace evroc {
namespace {

TEST(Ipv4Test, ReadsAndWritesAddresses) {
  const struct {
    const char* text;
    uint32_t address;
  } cases[] = {{"0.0.0.0", 0},
               {"1.2.3.4", 0x01020304},
               {"127.0.0.1", 0x7f000001},
               {"255.255.255.255", 0xffffffff}};
  for (const auto& [text, address] : cases) {
    EXPECT_EQ(ParseIpv4(text), address) << text;
    EXPECT_EQ(FormatIpv4(address), text);
  }
}

TEST(Ipv4Test, RefusesAnythingElse) {
  for (const char* text : {"", "host", "10.0.0", "10.0.0.0.0", "256.0.0.0",
                           "010.0.0.1", "10.0.0.0/8", " 10.0.0.1", "::1"}) {
    EXPECT_FALSE(ParseIpv4(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace evroc
