#include "tests/evroc_sim/model/bucket_contents.h"

#include "gtest/gtest.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

constexpr int64_t kMax = 10;
const BucketContents::Address kImage{"uid", "images/a.raw"};

std::string BytesOf(const BucketObjectPtr& object) {
  return object == nullptr ? "(none)" : object->bytes;
}

TEST(BucketContentsTest, ANewVersionReplacesTheOldOne) {
  BucketContents contents;
  ASSERT_TRUE(contents.Put(kImage, {"1", "old"}, false, kMax).ok());
  ASSERT_TRUE(contents.Put(kImage, {"2", "new"}, false, kMax).ok());
  EXPECT_EQ(BytesOf(contents.Find(kImage, "")), "new");
  EXPECT_EQ(contents.Find(kImage, "1"), nullptr);
  EXPECT_EQ(contents.Find({"other", kImage.path}, ""), nullptr);
}

TEST(BucketContentsTest, VersionsAreKeptAndDeletedOneByOne) {
  BucketContents contents;
  ASSERT_TRUE(contents.Put(kImage, {"1", "old"}, true, kMax).ok());
  ASSERT_TRUE(contents.Put(kImage, {"2", "new"}, true, kMax).ok());
  EXPECT_EQ(BytesOf(contents.Find(kImage, "1")), "old");
  contents.Delete(kImage, "2");
  EXPECT_EQ(BytesOf(contents.Find(kImage, "")), "old");
  ASSERT_TRUE(
      contents.Put(kImage, {.version = "3", .deleted = true}, true, kMax).ok());
  EXPECT_EQ(contents.Find(kImage, ""), nullptr);
  EXPECT_EQ(BytesOf(contents.Find(kImage, "1")), "old");
  contents.DeleteAll(kImage);
  EXPECT_EQ(contents.Find(kImage, "1"), nullptr);
}

TEST(BucketContentsTest, TheBytesOfAllObjectsAreLimited) {
  BucketContents contents;
  ASSERT_TRUE(contents.Put(kImage, {"1", "123456"}, true, kMax).ok());
  const auto refused = contents.Put(kImage, {"2", "12345"}, true, kMax);
  EXPECT_EQ(ReasonOf(refused.status()), "EntityTooLarge");
  EXPECT_TRUE(contents.Put(kImage, {"2", "1234567890"}, false, kMax).ok());
  contents.Delete(kImage, "2");
  ASSERT_TRUE(contents.Put({"b", "x"}, {"3", "1234567890"}, true, kMax).ok());
  contents.DropBucket("b");
  EXPECT_TRUE(contents.Put(kImage, {"4", "1234567890"}, true, kMax).ok());
}

TEST(BucketContentsTest, StateBringsAllVersionsBack) {
  BucketContents contents;
  ASSERT_TRUE(
      contents.Put(kImage, {"1", std::string("\0\xff", 2)}, true, kMax).ok());
  ASSERT_TRUE(contents.Put(kImage, {"2", "new"}, true, kMax).ok());
  EXPECT_EQ(contents.revision(), 2);
  BucketContents again;
  ASSERT_TRUE(again.LoadState(contents.SaveState()).ok());
  EXPECT_EQ(BytesOf(again.Find(kImage, "1")), std::string("\0\xff", 2));
  EXPECT_EQ(BytesOf(again.Find(kImage, "")), "new");
  EXPECT_FALSE(again.Put(kImage, {"3", "123456"}, true, kMax).ok());
  EXPECT_FALSE(again.LoadState(*Json::Parse(R"([{"bytes": "!"}])")).ok());
}

}  // namespace
}  // namespace evroc::sim
