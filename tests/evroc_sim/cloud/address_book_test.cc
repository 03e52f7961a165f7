#include "tests/evroc_sim/cloud/address_book.h"

#include "gtest/gtest.h"

namespace evroc::sim {
namespace {

TEST(AddressBookTest, GivesTheLowestFree) {
  AddressBook book;
  EXPECT_EQ(book.Take("a", 5, 7), 5u);
  EXPECT_EQ(book.Take("a", 5, 7), 6u);
  book.Release("a", 5);
  EXPECT_EQ(book.Take("a", 5, 7), 5u);
  EXPECT_EQ(book.Take("a", 5, 7), 7u);
  EXPECT_EQ(book.Take("a", 5, 7), std::nullopt);
}

TEST(AddressBookTest, PoolsAreApart) {
  AddressBook book;
  book.Mark("a", 1);
  EXPECT_EQ(book.Take("a", 1, 9), 2u);
  EXPECT_EQ(book.Take("b", 1, 9), 1u);
}

}  // namespace
}  // namespace evroc::sim
