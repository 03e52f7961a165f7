#include "tests/evroc_sim/rules/storage_rules.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/evroc_sim/rules/rules_fixture.h"

namespace evroc::sim {
namespace {

constexpr char kStorage[] = "/storage/projects/p/regions/se-sto/";

std::string CustomImage(const char* path = "i.qcow2",
                        const char* description = "") {
  return absl::StrCat(
      R"({"architecture": "amd64",
          "defaultDiskSize": {"amount": 20, "unit": "GB"},
          "source": {"bucketRef": ")",
      kStorage, R"(buckets/b", "serviceAccountRef": ")", kStorage,
      R"(bucketServiceAccounts/a", "path": ")", path, R"("}, "description": ")",
      description, "\"}");
}

// With a bucket and its account.
class CustomImageRulesTest : public RulesTest {
 protected:
  CustomImageRulesTest() {
    Put(Kind::kBucket, "b", "{}");
    Put(Kind::kBucketServiceAccount, "a", R"({"buckets": ["b"]})");
  }

  int CodeOfDisk(const std::string& image, const char* size = "") {
    return CodeOf(Check(Kind::kDisk,
                        absl::StrCat(R"({"placement": {"zone": "c"}, "source":
                         {"type": "image", "diskImageRef": ")",
                                     image, "\"}", size, "}")));
  }
};

TEST_F(CustomImageRulesTest, PathsHaveTheSuffixOfAFormat) {
  for (const auto& [path, code] :
       {std::pair("a/b.qcow2", 200), std::pair("b.vhdx", 200),
        std::pair("b.raw", 200), std::pair("b.iso", 400), std::pair("", 400),
        std::pair("raw", 400)}) {
    EXPECT_EQ(CodeOf(Check(Kind::kCustomDiskImage, CustomImage(path))), code)
        << path;
  }
}

TEST_F(CustomImageRulesTest, ReferToABucketAndAnAccountOfTheirProject) {
  for (const char* member : {"bucketRef", "serviceAccountRef"}) {
    for (const char* ref :
         {"b", "/storage/projects/p/regions/se-sto/fileStores/b",
          "/storage/projects/q/regions/se-sto/buckets/b",
          "/storage/projects/p/regions/se-sto/buckets/none",
          "/storage/projects/p/regions/se-sto/bucketServiceAccounts/none"}) {
      Json image = *Json::Parse(CustomImage());
      image.SetAt(absl::StrCat("source.", member), ref);
      EXPECT_EQ(CodeOf(Check(Kind::kCustomDiskImage, image.Dump())), 400)
          << member << " " << ref;
    }
  }
  Json image = *Json::Parse(CustomImage());
  image.SetAt("source.bucketRef", absl::StrCat(kStorage, "buckets/none"));
  Set(R"({"choices": {"custom_image_dangling_refs": "accept"}})");
  EXPECT_EQ(CodeOf(Check(Kind::kCustomDiskImage, image.Dump())), 200);
}

TEST_F(CustomImageRulesTest, OnlyTheirTextsChange) {
  const ObjectPtr now = Put(Kind::kCustomDiskImage, "i", CustomImage());
  store_.Remove({Kind::kBucket, "p", "se-sto", "b"});
  EXPECT_EQ(CodeOf(Check(Kind::kCustomDiskImage, CustomImage("i.qcow2", "new"),
                         now.get())),
            200);
  EXPECT_EQ(
      CodeOf(Check(Kind::kCustomDiskImage, CustomImage("j.qcow2"), now.get())),
      422);
  Json larger = *Json::Parse(CustomImage());
  larger.SetAt("defaultDiskSize.amount", 30);
  EXPECT_EQ(CodeOf(Check(Kind::kCustomDiskImage, larger.Dump(), now.get())),
            422);
}

TEST_F(CustomImageRulesTest, DisksHaveTheSizeOfTheirImageAtLeast) {
  Put(Kind::kCustomDiskImage, "i", CustomImage());
  const std::string ref = absl::StrCat(kCompute, "customDiskImages/i");
  EXPECT_EQ(CodeOfDisk(ref), 200);
  EXPECT_EQ(CodeOfDisk(ref, R"(, "diskSize": {"amount": 20480, "unit": "MB"})"),
            200);
  EXPECT_EQ(CodeOfDisk(ref, R"(, "diskSize": {"amount": 19, "unit": "GB"})"),
            400);
  EXPECT_EQ(CodeOfDisk(absl::StrCat(kCompute, "customDiskImages/none")), 400);
  Object disk = Make(Kind::kDisk, "d",
                     absl::StrCat(R"({"source": {"type": "image",
                                      "diskImageRef": ")",
                                  ref, "\"}}"));
  ApplyDefaults(store_, settings_, disk);
  EXPECT_EQ(disk.spec.At("diskSize.amount").Integer(), 20);
}

TEST_F(CustomImageRulesTest, DisksDoNotTakeImagesOfOtherProjects) {
  Object image = Make(Kind::kCustomDiskImage, "i", CustomImage());
  image.key.project = "q";
  const std::string ref = FqidOf(store_.Put(image)->key);
  EXPECT_EQ(CodeOfDisk(ref), 400);
  Set(R"({"choices": {"foreign_custom_image": "forbidden"}})");
  EXPECT_EQ(CodeOfDisk(ref), 403);
}

TEST_F(RulesTest, ABucketKeepsItsVersionsAndLocks) {
  const auto code = [this](const char* before, const char* after) {
    const auto mode = [](const char* name) {
      return *name == '\0'
                 ? std::string("{}")
                 : absl::StrCat(R"({"objectRetentionMode": ")", name, "\"}");
    };
    const ObjectPtr now = Put(Kind::kBucket, "b", mode(before));
    const absl::Status status = Check(Kind::kBucket, mode(after), now.get());
    return status.ok() ? 200 : HttpStatusOf(status);
  };
  EXPECT_EQ(code("", "Locking"), 200);
  EXPECT_EQ(code("Disabled", "Versioned"), 200);
  EXPECT_EQ(code("Versioned", "Suspended"), 200);
  EXPECT_EQ(code("Suspended", "Locking"), 200);
  EXPECT_EQ(code("Versioned", "Disabled"), 400);
  EXPECT_EQ(code("Suspended", ""), 400);
  EXPECT_EQ(code("Locking", "Versioned"), 400);
  EXPECT_EQ(code("Locking", "Locking"), 200);
}

}  // namespace
}  // namespace evroc::sim
