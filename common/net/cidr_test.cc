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

}  // namespace
}  // namespace evroc
