#include "common/text/utf8.h"

#include "gtest/gtest.h"

namespace evroc {
namespace {

TEST(Utf8Test, TakesEveryLengthOfCharacter) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8("plain\r\n"));
  EXPECT_TRUE(IsUtf8("\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x91"));
}

TEST(Utf8Test, RefusesEverythingElse) {
  for (const absl::string_view bytes :
       {absl::string_view("a\0b", 3), absl::string_view("\xe9"),
        absl::string_view("\xc3"), absl::string_view("\xe2\x82"),
        absl::string_view("\xc0\xaf"), absl::string_view("\xe0\x80\xaf"),
        absl::string_view("\xed\xa0\x80"),
        absl::string_view("\xf4\x90\x80\x80"),
        absl::string_view("\xff\xfe{\0", 4), absl::string_view("\x80")}) {
    EXPECT_FALSE(IsUtf8(bytes)) << bytes;
  }
}

}  // namespace
}  // namespace evroc
