#include "services/evroc/rest/catalogue_codec.h"

#include "common/json/testing/must_parse.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The schema of B.5.7 in evroc-api.md.
TEST(ReadComputeProfilesTest, ReadsEveryMember) {
  const Json list = MustParse(R"({"items": [
    {"apiVersion": "compute/v1beta2", "kind": "ComputeProfile",
     "metadata": {"id": "a1a.s", "uid": "u"},
     "spec": {"vCPUs": 2, "processorArchitecture": "amd64",
              "memory": {"amount": 4, "unit": "GB"}},
     "status": {}},
    {"metadata": {"id": "gn-l40s.s"},
     "spec": {"vCPUs": 16, "processorArchitecture": "arm64",
              "memory": {"amount": 65536, "unit": "MB"},
              "gpus": {"model": "nvidia.com/AD102GL_L40S", "quantity": 2,
                       "localDisk": 400}}}]})");
  EXPECT_THAT(ReadComputeProfiles(list),
              ElementsAre(ComputeProfile{.name = "a1a.s",
                                         .vcpus = 2,
                                         .memory_mib = 4096,
                                         .architecture = "amd64"},
                          ComputeProfile{.name = "gn-l40s.s",
                                         .vcpus = 16,
                                         .memory_mib = 65536,
                                         .architecture = "arm64",
                                         .gpu_model = "nvidia.com/AD102GL_L40S",
                                         .gpu_count = 2}));
}

TEST(ReadComputeProfilesTest, LeavesOutEntriesWithoutAName) {
  const Json list = MustParse(R"({"items": [
    {"metadata": {}, "spec": {"vCPUs": 2}}, null, "a1a.s",
    {"metadata": {"id": ""}}, {"metadata": {"id": "last"}}]})");
  EXPECT_THAT(ReadComputeProfiles(list),
              ElementsAre(ComputeProfile{.name = "last"}));
}

TEST(ReadComputeProfilesTest, FieldsOfAnotherTypeCountAsAbsent) {
  const Json list = MustParse(R"({"items": [
    {"metadata": {"id": "x"},
     "spec": {"vCPUs": "2", "memory": "4 GB", "processorArchitecture": 64,
              "gpus": [{"model": "m"}]}}]})");
  EXPECT_THAT(ReadComputeProfiles(list),
              ElementsAre(ComputeProfile{.name = "x"}));
}

TEST(ReadDiskImagesTest, ReadsEveryMember) {
  const Json list = MustParse(R"({"items": [
    {"metadata": {"id": "ubuntu.24-04.1"}, "spec": {"osImage": "ubuntu",
      "osArch": "amd64", "defaultSize": {"amount": 10, "unit": "GB"}}},
    {"metadata": {"name": "old-form"}}, 7,
    {"metadata": {"id": "rocky.10-1.1"}}]})");
  EXPECT_THAT(ReadDiskImages(list),
              ElementsAre(DiskImage{.name = "ubuntu.24-04.1",
                                    .architecture = "amd64",
                                    .default_size = DiskSize{10, "GB"}},
                          DiskImage{.name = "rocky.10-1.1"}));
}

// B.5.8.
TEST(ReadCustomImagesTest, ReadsEveryMember) {
  const Json list = MustParse(R"({"items": [
    {"metadata": {"id": "golden", "project": "p", "region": "se-sto"},
     "spec": {"architecture": "amd64",
              "defaultDiskSize": {"amount": 30, "unit": "GB"},
              "source": {"path": "golden.qcow2"}},
     "status": {"conditions": [{"type": "Ready", "status": "False",
                                "reason": "Checking", "message": "wait"}]}},
    {"metadata": {}}, {"metadata": {"id": "bare"}}]})");
  EXPECT_THAT(
      ReadCustomImages(list),
      ElementsAre(DiskImage{.name = "custom:golden",
                            .architecture = "amd64",
                            .default_size = DiskSize{30, "GB"},
                            .conditions = {{.type = "Ready",
                                            .status = ConditionStatus::kFalse,
                                            .reason = "Checking",
                                            .message = "wait"}}},
                  DiskImage{.name = "custom:bare"}));
}

// B.3: `items` may be missing or null when a list is empty.
TEST(CatalogueTest, AListWithoutItemsIsEmpty) {
  for (const char* text :
       {"{}", R"({"items": null})", R"({"items": []})", "null", "[]"}) {
    EXPECT_THAT(ReadComputeProfiles(MustParse(text)), IsEmpty()) << text;
    EXPECT_THAT(ReadDiskImages(MustParse(text)), IsEmpty()) << text;
    EXPECT_THAT(ReadCustomImages(MustParse(text)), IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace evroc::cloud
