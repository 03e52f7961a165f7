#include "common/text/uuid.h"

#include "gtest/gtest.h"

namespace evroc {
namespace {

TEST(UuidTest, RandomOnesAreUuidsAndDiffer) {
  const std::string one = RandomUuid();
  EXPECT_TRUE(IsUuid(one)) << one;
  EXPECT_NE(one, RandomUuid());
}

TEST(UuidTest, NothingElseIsOne) {
  EXPECT_TRUE(IsUuid("65E2BB15-5DEA-4DB4-919C-EBE15A25751A"));
  for (const char* text : {"", "project", "65e2bb15-5dea-4db4-919c-ebe15a25751",
                           "65e2bb15-5dea-4db4-919c-ebe15a25751a0",
                           "65e2bb155dea-4db4-919c-ebe15a25751a-",
                           "65e2bb15-5dea-4db4-919c-ebe15a25751g",
                           "65e2bb15-5dea-4db4-919c-ebe15a25751,"}) {
    EXPECT_FALSE(IsUuid(text)) << text;
  }
}

}  // namespace
}  // namespace evroc
