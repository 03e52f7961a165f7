#include "common/crypto/sha256.h"

#include "gtest/gtest.h"

namespace evroc {
namespace {

// Examples of FIPS 180-4.
TEST(Sha256Test, GivesTheKnownDigests) {
  EXPECT_EQ(Sha256Hex(""),
            "e3b0c44298fc1c149afbf4c8996fb924"
            "27ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"),
            "ba7816bf8f01cfea414140de5dae2223"
            "b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace evroc
