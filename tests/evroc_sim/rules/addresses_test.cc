#include "tests/evroc_sim/rules/addresses.h"

#include "gtest/gtest.h"

namespace evroc::sim {
namespace {

TEST(AddressesTest, KnowsPrivateBlocks) {
  for (const char* text : {"10.0.0.0/8", "172.16.0.0/12", "192.168.4.0/24"}) {
    EXPECT_TRUE(IsPrivate(*Cidr::Parse(text))) << text;
  }
  for (const char* text :
       {"172.32.0.0/16", "8.8.8.0/24", "0.0.0.0/0", "fd00::/8"}) {
    EXPECT_FALSE(IsPrivate(*Cidr::Parse(text))) << text;
  }
}

// More lenient than Cidr: the address may lie inside the block, and the length
// may have any number of zeros before it.
TEST(AddressesTest, KnowsAddressesAndBlocksOfBothFamilies) {
  const struct {
    const char* text;
    bool is_one;
  } cases[] = {
      {"10.1.2.3", true},
      {"0.0.0.0/0", true},
      {"10.0.0.0/8", true},
      {"10.1.2.3/8", true},
      {"10.1.2.3/32", true},
      {"10.0.0.0/0008", true},
      {"::", true},
      {"::/0", true},
      {"2001:db8::1", true},
      {"2001:db8::1/64", true},
      {"fd00::/8", true},
      {"::ffff:10.0.0.1/128", true},
      {"", false},
      {"/", false},
      {"/8", false},
      {"host", false},
      {"10.1.2", false},
      {"10.1.2.3.4", false},
      {"300.0.0.0", false},
      {"010.0.0.1", false},
      {"10.0.0.0/", false},
      {"10.0.0.0/33", false},
      {"10.0.0.0/-1", false},
      {"10.0.0.0/+8", false},
      {"10.0.0.0/8 ", false},
      {" 10.0.0.0/8", false},
      {"10.0.0.0/8/8", false},
      {"10.0.0.0/99999999999", false},
      {"::/129", false},
      {"[::1]", false},
      {"::1%lo", false},
      {"10.0.0.0:1", false},
  };
  for (const auto& [text, is_one] : cases) {
    EXPECT_EQ(IsAddressOrBlock(text), is_one) << text;
  }
}

}  // namespace
}  // namespace evroc::sim
