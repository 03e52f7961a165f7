#include "common/text/shared_string.h"

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

TEST(SharedStringTest, EqualTextsAreOneText) {
  const size_t before = SharedString::CountForTesting();
  const SharedString a = "sto-a";
  const SharedString b = absl::string_view("sto-a");
  const SharedString c = std::string("sto-a");
  EXPECT_EQ(&a.str(), &b.str());
  EXPECT_EQ(&a.str(), &c.str());
  EXPECT_EQ(SharedString::CountForTesting(), before + 1);
}

TEST(SharedStringTest, TheLastHolderTakesTheTextWithIt) {
  const size_t before = SharedString::CountForTesting();
  {
    SharedString a = "a text";
    SharedString copy = a;
    a = "another text";
    EXPECT_EQ(copy, "a text");
    EXPECT_EQ(SharedString::CountForTesting(), before + 2);
  }
  EXPECT_EQ(SharedString::CountForTesting(), before);
}

TEST(SharedStringTest, TheEmptyTextIsHeldByNothing) {
  const size_t before = SharedString::CountForTesting();
  const SharedString empty;
  EXPECT_TRUE(empty.empty());
  EXPECT_EQ(empty, SharedString(""));
  EXPECT_EQ(empty.size(), 0u);
  EXPECT_EQ(empty.str(), "");
  EXPECT_EQ(SharedString::CountForTesting(), before);
}

TEST(SharedStringTest, AMovedFromTextIsEmpty) {
  SharedString from = "text";
  const SharedString to = std::move(from);
  EXPECT_EQ(to, "text");
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move)
}

TEST(SharedStringTest, AssigningATextToItselfKeepsIt) {
  SharedString text = "text";
  const SharedString& same = text;
  text = same;
  EXPECT_EQ(text, "text");
}

TEST(SharedStringTest, ComparesAsItsText) {
  const SharedString b = "b";
  EXPECT_LT(SharedString("a"), b);
  EXPECT_GT(SharedString("c"), b);
  EXPECT_LT(SharedString(), b);
  EXPECT_TRUE(b == "b");
  EXPECT_TRUE(absl::string_view("b") == b);
  EXPECT_TRUE(std::string("b") == b);
  EXPECT_TRUE(b != "bb");
  EXPECT_TRUE(b < std::string("c"));
  EXPECT_TRUE("a" < b);
}

TEST(SharedStringTest, HoldsBytesOfAnyKind) {
  const std::string bytes("a\0\xff", 3);
  EXPECT_EQ(SharedString(bytes).str(), bytes);
  EXPECT_NE(SharedString(bytes), SharedString("a"));
}

TEST(SharedStringTest, IsAKeyOfMaps) {
  absl::flat_hash_map<SharedString, int> hashed = {{"a", 1}, {"b", 2}};
  EXPECT_EQ(hashed.at("a"), 1);
  std::map<SharedString, int, std::less<>> sorted = {{"b", 2}, {"a", 1}};
  EXPECT_EQ(sorted.begin()->first, "a");
  EXPECT_EQ(sorted.find(absl::string_view("b"))->second, 2);
}

TEST(SharedStringTest, ThreadsMakeAndForgetTheSameTexts) {
  const size_t before = SharedString::CountForTesting();
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([] {
      for (int i = 0; i < 10000; ++i) {
        const std::string wanted = absl::StrCat("text ", i % 7);
        const SharedString text = wanted;
        SharedString copy;
        copy = text;
        ASSERT_EQ(copy.str(), wanted);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(SharedString::CountForTesting(), before);
}

}  // namespace
}  // namespace evroc
