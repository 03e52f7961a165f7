#include "tests/evroc_sim/control/inventory.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace evroc::sim {
namespace {

constexpr char kCompute[] = "/compute/projects/p/regions/r/";
constexpr char kStockImage[] =
    "/compute/global/diskImages/evroc/ubuntu-minimal.24-04.1";

Object Make(Kind kind, const char* id, const std::string& spec) {
  Object object{.key = {kind, "p", "r", id}};
  object.spec = *Json::Parse(spec);
  return object;
}

class MachineLineTest : public testing::Test {
 protected:
  // The machine boots from the second of its disks.
  JsonView ImageOfMachine(const std::string& source) {
    store_.Put(Make(Kind::kDisk, "data", "{}"));
    store_.Put(Make(Kind::kDisk, "boot", source));
    const Object machine =
        Make(Kind::kVirtualMachine, "vm",
             absl::StrCat(R"({"disks": [{"diskRef": ")", kCompute,
                          R"(disks/data"}, {"bootFrom": true, "diskRef": ")",
                          kCompute, R"(disks/boot"}]})"));
    line_ = MachineLine(store_, machine, /*gone=*/false);
    return line_["image"];
  }

  static std::string SourceOf(const std::string& ref) {
    return absl::StrCat(R"({"source": {"diskImageRef": ")", ref, "\"}}");
  }

  Store store_;
  Json line_;
};

TEST_F(MachineLineTest, HasTheImageOfTheBootDisk) {
  const JsonView image = ImageOfMachine(SourceOf(kStockImage));
  EXPECT_EQ(image["ref"].String(), kStockImage);
  EXPECT_FALSE(image["version"].exists());
}

TEST_F(MachineLineTest, HasTheVersionOfACustomImage) {
  store_.Put(
      Make(Kind::kCustomDiskImage, "golden", R"({"imageVersion": "v1.34.1"})"));
  const std::string ref = absl::StrCat(kCompute, "customDiskImages/golden");
  const JsonView image = ImageOfMachine(SourceOf(ref));
  EXPECT_EQ(image["ref"].String(), ref);
  EXPECT_EQ(image["version"].String(), "v1.34.1");
}

TEST_F(MachineLineTest, HasNoImageWithABlankBootDisk) {
  EXPECT_TRUE(ImageOfMachine("{}").is_null());
}

}  // namespace
}  // namespace evroc::sim
