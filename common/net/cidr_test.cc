#include "common/net/cidr.h"

#include "gtest/gtest.h"

namespace evroc {
namespace {

Cidr Block(absl::string_view text) {
  const absl::StatusOr<Cidr> block = Cidr::ParseAddressOrBlock(text);
  EXPECT_TRUE(block.ok()) << text << ": " << block.status();
  return block.value_or(Cidr());
}

TEST(CidrTest, ReadsBlocks) {
  EXPECT_EQ(Block("10.0.0.0/16").ToString(), "10.0.0.0/16");
  EXPECT_EQ(Block("2001:db8:0::/48").ToString(), "2001:db8::/48");
  EXPECT_EQ(Block("0.0.0.0/0").prefix(), 0);
  EXPECT_EQ(Block("::/0").prefix(), 0);
  EXPECT_EQ(Block("192.0.2.7").ToString(), "192.0.2.7/32");
  EXPECT_EQ(Block("::1").ToString(), "::1/128");
}

TEST(CidrTest, RefusesWhatIsNone) {
  for (const char* text :
       {"", "/", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
        "10.0.0.0/+8", "10.0.0.0/8x", "10.0.0.1/8", "10.0.0/8", "300.0.0.0/8",
        "::/129", "::1/64", "10.0.0.0/0016", " 10.0.0.0/16"}) {
    EXPECT_FALSE(Cidr::Parse(text).ok()) << text;
  }
  EXPECT_FALSE(Cidr::ParseAddressOrBlock("host").ok());
}

TEST(CidrTest, ClearsBitsAfterThePrefix) {
  EXPECT_EQ(Cidr::ParseMasked("203.0.113.7/24")->ToString(), "203.0.113.0/24");
  EXPECT_EQ(Cidr::ParseMasked("10.255.3.4/9")->ToString(), "10.128.0.0/9");
  EXPECT_EQ(Cidr::ParseMasked("2001:db8::1/33")->ToString(), "2001:db8::/33");
  EXPECT_EQ(Cidr::ParseMasked("192.0.2.7/0")->ToString(), "0.0.0.0/0");
  EXPECT_EQ(Cidr::ParseMasked("192.0.2.7/32")->ToString(), "192.0.2.7/32");
  EXPECT_FALSE(Cidr::ParseMasked("192.0.2.7").ok());
  EXPECT_FALSE(Cidr::ParseMasked("192.0.2.7/33").ok());
}

TEST(CidrTest, KnowsWhatLiesInside) {
  EXPECT_TRUE(Block("10.0.0.0/8").Contains(Block("10.1.0.0/16")));
  EXPECT_TRUE(Block("10.0.0.0/8").Contains(Block("10.0.0.0/8")));
  EXPECT_FALSE(Block("10.1.0.0/16").Contains(Block("10.0.0.0/8")));
  EXPECT_FALSE(Block("10.1.0.0/16").Contains(Block("10.2.0.0/24")));
  EXPECT_FALSE(Block("0.0.0.0/0").Contains(Block("::/0")));
}

TEST(CidrTest, KnowsWhatOverlaps) {
  EXPECT_TRUE(Block("10.1.0.0/16").Overlaps(Block("10.0.0.0/8")));
  EXPECT_TRUE(Block("10.0.0.0/8").Overlaps(Block("10.1.0.0/16")));
  EXPECT_FALSE(Block("10.1.0.0/16").Overlaps(Block("10.2.0.0/16")));
  EXPECT_FALSE(Block("::/0").Overlaps(Block("0.0.0.0/0")));
}

TEST(CidrTest, KnowsItsFirstAndLastAddress) {
  const struct {
    const char* block;
    uint32_t first;
    uint32_t last;
  } cases[] = {{"10.0.1.0/24", 0x0a000100, 0x0a0001ff},
               {"0.0.0.0/0", 0, 0xffffffff},
               {"1.2.3.4/32", 0x01020304, 0x01020304},
               {"198.18.0.0/15", 0xc6120000, 0xc613ffff}};
  for (const auto& [block, first, last] : cases) {
    EXPECT_EQ(Block(block).first_ipv4(), first) << block;
    EXPECT_EQ(Block(block).last_ipv4(), last) << block;
  }
}

TEST(CidrTest, DividesBlocks) {
  const struct {
    const char* block;
    int bits;
    int index;
    const char* part;
  } cases[] = {{"10.0.0.0/16", 2, 0, "10.0.0.0/18"},
               {"10.0.0.0/16", 2, 3, "10.0.192.0/18"},
               {"10.0.0.0/23", 2, 1, "10.0.0.128/25"},
               {"10.0.0.0/23", 2, 2, "10.0.1.0/25"},
               {"0.0.0.0/0", 1, 1, "128.0.0.0/1"},
               {"10.0.0.0/30", 2, 3, "10.0.0.3/32"},
               {"10.0.0.0/8", 0, 0, "10.0.0.0/8"},
               {"2001:db8::/56", 8, 255, "2001:db8:0:ff::/64"}};
  for (const auto& [block, bits, index, part] : cases) {
    EXPECT_EQ(Block(block).Part(bits, index).ToString(), part) << block;
  }
}

TEST(CanonicalAddressTest, IsOneForAllFormsOfAnAddress) {
  const std::pair<const char*, const char*> cases[] = {
      {"2001:db8:0:200::0:3", "2001:db8:0:200::3"},
      {"2001:0DB8:0000:0200:0000:0000:0000:0003", "2001:db8:0:200::3"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"0:0:0:0:0:0:0:1", "::1"},
      {"::FFFF:10.0.0.1", "10.0.0.1"},
      {"::ffff:a00:1", "10.0.0.1"},
      {"10.0.0.1", "10.0.0.1"},
      {"2001:DB8:0::/48", "2001:db8::/48"},
      {"::ffff:10.0.0.0/104", "10.0.0.0/8"},
      {"::ffff:0:0/96", "0.0.0.0/0"},
      {"10.0.0.0/8", "10.0.0.0/8"}};
  for (const auto& [text, canonical] : cases) {
    EXPECT_EQ(CanonicalAddress(text), canonical) << text;
  }
}

TEST(CanonicalAddressTest, LeavesOtherTextsAsTheyAre) {
  for (const char* text : {"", "none", "fe80::1%eth0", "10.0.0.1/8", "1.2.3",
                           "010.0.0.1", "[::1]", "::ffff:10.0.0.0/95"}) {
    EXPECT_EQ(CanonicalAddress(text), text);
  }
}

}  // namespace
}  // namespace evroc
