#include "common/auth/bearer_token.h"

#include <string>

#include "gtest/gtest.h"

namespace evroc {
namespace {

TEST(BearerTokenTest, AB64TokenHasTheCharactersOfTheRfc) {
  for (const char* token : {"a", "aZ09-._~+/", "abc==", "e30.e30.c2ln"}) {
    EXPECT_TRUE(IsB64Token(token)) << token;
  }
  for (const char* token : {"", "=", "a=b", "a b", "a\nb", "a\r\nb: c", "a:b",
                            "a\tb", "\xc3\xa9", "a,b", "\"a\""}) {
    EXPECT_FALSE(IsB64Token(token)) << token;
  }
  EXPECT_FALSE(IsB64Token(std::string("a\0b", 3)));
}

TEST(BearerTokenTest, AWordOfAHeaderIsVisible) {
  EXPECT_TRUE(IsVisibleWord("kubeconfig-user:abc"));
  for (const char* token :
       {"", "a b", "a\n", "a\r\nb: c", "\x7f", "\xc3\xa9"}) {
    EXPECT_FALSE(IsVisibleWord(token)) << token;
  }
}

}  // namespace
}  // namespace evroc
