#include "shim/userdata/gzip.h"

#include <string>

#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

TEST(GzipTest, WhatIsCompressedIsUnpacked) {
  const std::string text(10'000, 'x');
  const std::string packed = Gzip(text);
  EXPECT_TRUE(IsGzip(packed));
  EXPECT_LT(packed.size(), 100);
  EXPECT_EQ(Gzip(text), packed);
  EXPECT_EQ(*Gunzip(packed, text.size()), text);
  EXPECT_EQ(*Gunzip(Gzip(""), 0), "");
}

TEST(GzipTest, RefusesWhatIsDamagedOrTooLarge) {
  const std::string packed = Gzip(std::string(10'000, 'x'));
  EXPECT_FALSE(Gunzip(packed, 9'999).ok());
  EXPECT_FALSE(
      Gunzip(absl::string_view(packed).substr(0, packed.size() - 9), 10'000)
          .ok());
  EXPECT_FALSE(Gunzip(packed + Gzip("more"), 20'000).ok());
  EXPECT_FALSE(Gunzip("\x1f\x8bjunk", 10'000).ok());
  EXPECT_FALSE(IsGzip("#cloud-config"));
}

}  // namespace
}  // namespace evroc::shim
