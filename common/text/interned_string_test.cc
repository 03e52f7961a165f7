#include "common/text/interned_string.h"

#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

TEST(InternedStringTest, EqualTextsAreOneText) {
  const size_t before = InternedString::CountForTesting();
  const InternedString a = "sto-a";
  const InternedString b = absl::string_view("sto-a");
  const InternedString c = std::string("sto-a");
  EXPECT_EQ(&a.str(), &b.str());
  EXPECT_EQ(&a.str(), &c.str());
  EXPECT_EQ(InternedString::CountForTesting(), before + 1);
}

TEST(InternedStringTest, TheLastHolderTakesTheTextWithIt) {
  const size_t before = InternedString::CountForTesting();
  {
    InternedString a = "a text";
    InternedString copy = a;
    a = "another text";
    EXPECT_EQ(copy, "a text");
    EXPECT_EQ(InternedString::CountForTesting(), before + 2);
  }
  EXPECT_EQ(InternedString::CountForTesting(), before);
}

TEST(InternedStringTest, TheEmptyTextIsHeldByNothing) {
  const size_t before = InternedString::CountForTesting();
  const InternedString empty;
  EXPECT_TRUE(empty.empty());
  EXPECT_EQ(empty, InternedString(""));
  EXPECT_EQ(empty.size(), 0u);
  EXPECT_EQ(empty.str(), "");
  EXPECT_EQ(InternedString::CountForTesting(), before);
}

TEST(InternedStringTest, AMovedFromTextIsEmpty) {
  InternedString from = "text";
  const InternedString to = std::move(from);
  EXPECT_EQ(to, "text");
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move)
}

TEST(InternedStringTest, AssigningATextToItselfKeepsIt) {
  InternedString text = "text";
  const InternedString& same = text;
  text = same;
  EXPECT_EQ(text, "text");
}

TEST(InternedStringTest, ComparesAsItsText) {
  const InternedString b = "b";
  EXPECT_LT(InternedString("a"), b);
  EXPECT_GT(InternedString("c"), b);
  EXPECT_LT(InternedString(), b);
  EXPECT_TRUE(b == "b");
  EXPECT_TRUE(absl::string_view("b") == b);
  EXPECT_TRUE(std::string("b") == b);
  EXPECT_TRUE(b != "bb");
  EXPECT_TRUE(b < std::string("c"));
  EXPECT_TRUE("a" < b);
}

TEST(InternedStringTest, HoldsBytesOfAnyKind) {
  const std::string bytes("a\0\xff", 3);
  EXPECT_EQ(InternedString(bytes).str(), bytes);
  EXPECT_NE(InternedString(bytes), InternedString("a"));
}

TEST(InternedStringTest, IsAKeyOfMaps) {
  absl::flat_hash_map<InternedString, int> hashed = {{"a", 1}, {"b", 2}};
  EXPECT_EQ(hashed.at("a"), 1);
  std::map<InternedString, int, std::less<>> sorted = {{"b", 2}, {"a", 1}};
  EXPECT_EQ(sorted.begin()->first, "a");
  EXPECT_EQ(sorted.find(absl::string_view("b"))->second, 2);
}

TEST(InternedStringTest, ThreadsMakeAndForgetTheSameTexts) {
  const size_t before = InternedString::CountForTesting();
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([] {
      for (int i = 0; i < 10000; ++i) {
        const std::string wanted = absl::StrCat("text ", i % 7);
        const InternedString text = wanted;
        InternedString copy;
        copy = text;
        ASSERT_EQ(copy.str(), wanted);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(InternedString::CountForTesting(), before);
}

}  // namespace
}  // namespace evroc
