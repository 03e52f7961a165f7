#include "common/text/cut_text.h"

#include "gtest/gtest.h"

namespace evroc {
namespace {

TEST(CutTextTest, CutsAtAWholeCharacter) {
  EXPECT_EQ(CutText("abc", 3), "abc");
  EXPECT_EQ(CutText("abc", 2), "ab");
  EXPECT_EQ(CutText("a\xe2\x82\xac"
                    "b",
                    4),
            "a\xe2\x82\xac");
  EXPECT_EQ(CutText("a\xe2\x82\xac"
                    "b",
                    3),
            "a");
  EXPECT_EQ(CutText("\x80\x80\x80", 2), "");
}

}  // namespace
}  // namespace evroc
