// Custom images, and the disks that are made from them (evroc-api.md B.5.8).

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/evroc_sim/cloud/cloud_fixture.h"

namespace evroc::sim {
namespace {

constexpr char kStorage[] = "/storage/projects/p/regions/se-sto/";

// With a bucket and an account that may use it.
class CustomImageTest : public CloudTest {
 protected:
  CustomImageTest() {
    MustCreate(Kind::kBucket, "b", "{}");
    MustCreate(Kind::kBucketServiceAccount, "a", R"({"buckets": ["b"]})");
  }

  void MakeImage() {
    MustCreate(Kind::kCustomDiskImage, "i",
               absl::StrCat(R"({"architecture": "amd64",
            "defaultDiskSize": {"amount": 20, "unit": "GB"},
            "source": {"path": "i.raw", "bucketRef": ")",
                            kStorage, R"(buckets/b", "serviceAccountRef": ")",
                            kStorage, R"(bucketServiceAccounts/a"}})"));
  }

  void MakeImageDisk(const char* id) {
    MustCreate(Kind::kDisk, id,
               absl::StrCat(R"({"placement": {"zone": "c"}, "source":
                                {"type": "image", "diskImageRef": ")",
                            kCompute, "customDiskImages/i\"}}"));
  }

  std::string ReasonOfDisk(const char* id) {
    return std::string(
        Get(Kind::kDisk, id)->status["conditions"][0]["reason"].String());
  }
};

TEST_F(CustomImageTest, AnAccountGetsItsSecret) {
  EXPECT_FALSE(Get(Kind::kBucketServiceAccount, "a")
                   ->status["s3CredentialsSecretName"]
                   .exists());
  Settle();
  EXPECT_TRUE(IsReady(Kind::kBucketServiceAccount, "a"));
  EXPECT_TRUE(IsReady(Kind::kBucket, "b"));
  EXPECT_NE(Get(Kind::kBucketServiceAccount, "a")
                ->status["s3CredentialsSecretName"]
                .String(),
            "");
}

TEST_F(CustomImageTest, ADiskWaitsForItsImage) {
  MakeImage();
  EXPECT_FALSE(IsReady(Kind::kCustomDiskImage, "i"));
  MakeImageDisk("d");
  EXPECT_EQ(ReasonOfDisk("d"), "Pending");
  Settle();
  EXPECT_TRUE(IsReady(Kind::kCustomDiskImage, "i"));
  EXPECT_TRUE(IsReady(Kind::kDisk, "d"));
  EXPECT_EQ(Get(Kind::kDisk, "d")->status.At("diskSize.amount").Integer(), 20);
  MakeImageDisk("e");
  EXPECT_EQ(ReasonOfDisk("e"), "ImportScheduled");
}

TEST_F(CustomImageTest, ItsDescriptionChangesAlone) {
  MakeImage();
  Settle();
  const auto changed = Patch(Kind::kCustomDiskImage, "i",
                             R"({"description": "new", "osName": "x"})");
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(changed->object->spec["description"].String(), "new");
  EXPECT_EQ(changed->object->spec.At("source.path").String(), "i.raw");
  EXPECT_TRUE(IsReady(Kind::kCustomDiskImage, "i"));
}

TEST_F(CustomImageTest, DisksOutliveTheRegistration) {
  MakeImage();
  MakeImageDisk("d");
  Settle();
  ASSERT_TRUE(cloud_.Delete(KeyOf(Kind::kCustomDiskImage, "i")).ok());
  Settle();
  EXPECT_EQ(StatusOfGet(Kind::kCustomDiskImage, "i"), 404);
  EXPECT_TRUE(IsReady(Kind::kDisk, "d"));
  ASSERT_TRUE(
      Patch(Kind::kDisk, "d", R"({"diskSize": {"amount": 30, "unit": "GB"}})")
          .ok());
  Settle();
  EXPECT_TRUE(IsReady(Kind::kDisk, "d"));
}

TEST_F(CustomImageTest, ADiskFailsIfItsImageGoesBeforeItIsReady) {
  Set(R"({"latency_ms": {"custom_image_create": 60000}})");
  MakeImage();
  MakeImageDisk("d");
  ASSERT_TRUE(cloud_.Delete(KeyOf(Kind::kCustomDiskImage, "i")).ok());
  Settle();
  EXPECT_EQ(ReasonOfDisk("d"), "DiskImageDownloadFailed");
}

TEST_F(CustomImageTest, AnAccountWithoutTheBucketDownloadsNothing) {
  ASSERT_TRUE(
      Patch(Kind::kBucketServiceAccount, "a", R"({"buckets": ["other"]})")
          .ok());
  MakeImage();
  Settle();
  EXPECT_TRUE(IsReady(Kind::kCustomDiskImage, "i"));
  MakeImageDisk("d");
  Settle();
  EXPECT_EQ(ReasonOfDisk("d"), "DiskImageDownloadFailed");
  Set(R"({"choices": {"missing_image_object": "hang"}})");
  MakeImageDisk("e");
  Settle();
  EXPECT_EQ(ReasonOfDisk("e"), "DiskImageDownloading");
}

TEST_F(CustomImageTest, DisksLookForTheObjectIfTheyShall) {
  Set(R"({"choices": {"custom_image_objects": "checked"}})");
  MakeImage();
  Settle();
  MakeImageDisk("d");
  Settle();
  EXPECT_EQ(ReasonOfDisk("d"), "DiskImageDownloadFailed");
  const std::string bucket = Get(Kind::kBucket, "b")->uid;
  ASSERT_TRUE(
      cloud_.contents().Put({bucket, "i.raw"}, {"1", "x"}, false, 9).ok());
  MakeImageDisk("e");
  Settle();
  EXPECT_TRUE(IsReady(Kind::kDisk, "e"));
  ASSERT_TRUE(cloud_.Delete(KeyOf(Kind::kBucket, "b")).ok());
  Settle();
  EXPECT_EQ(cloud_.contents().Find({bucket, "i.raw"}, ""), nullptr);
}

}  // namespace
}  // namespace evroc::sim
