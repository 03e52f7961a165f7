#include "tests/evroc_sim/model/cidr.h"

#include "gtest/gtest.h"

namespace evroc::sim {
namespace {

TEST(CidrTest, ParsesBlocks) {
  const auto block = ParseIpv4Block("10.0.1.0/24");
  ASSERT_TRUE(block.has_value());
  EXPECT_EQ(FormatIpv4(block->first), "10.0.1.0");
  EXPECT_EQ(FormatIpv4(block->last()), "10.0.1.255");
  EXPECT_EQ(ParseIpv4Block("0.0.0.0/0")->last(), 0xffffffffu);
  EXPECT_EQ(ParseIpv4Block("1.2.3.4/32")->last(), 0x01020304u);
}

TEST(CidrTest, RefusesWhatIsNoBlock) {
  for (const char* text :
       {"", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "10.0.0.1/24",
        "300.0.0.0/8", "10.0.0.0/", "10.0.0.0/8 ", "fd00::/8"}) {
    EXPECT_FALSE(ParseIpv4Block(text).has_value()) << text;
  }
}

TEST(CidrTest, ComparesBlocks) {
  const auto vpc = *ParseIpv4Block("10.0.0.0/16");
  const auto subnet = *ParseIpv4Block("10.0.1.0/24");
  const auto other = *ParseIpv4Block("10.1.0.0/24");
  EXPECT_TRUE(vpc.Contains(subnet));
  EXPECT_FALSE(subnet.Contains(vpc));
  EXPECT_TRUE(vpc.Overlaps(subnet) && subnet.Overlaps(vpc));
  EXPECT_FALSE(vpc.Overlaps(other));
}

TEST(CidrTest, KnowsPrivateBlocks) {
  for (const char* text : {"10.0.0.0/8", "172.16.0.0/12", "192.168.4.0/24"}) {
    EXPECT_TRUE(IsPrivate(*ParseIpv4Block(text))) << text;
  }
  for (const char* text : {"172.32.0.0/16", "8.8.8.0/24", "0.0.0.0/0"}) {
    EXPECT_FALSE(IsPrivate(*ParseIpv4Block(text))) << text;
  }
}

// More lenient than Cidr: the address may lie inside the block, and the length
// may have any number of zeros before it.
TEST(CidrTest, KnowsAddressesAndBlocksOfBothFamilies) {
  const struct {
    const char* text;
    bool is_one;
  } kCases[] = {
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
  for (const auto& [text, is_one] : kCases) {
    EXPECT_EQ(IsAddressOrBlock(text), is_one) << text;
  }
}

}  // namespace
}  // namespace evroc::sim
