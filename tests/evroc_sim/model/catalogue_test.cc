#include "tests/evroc_sim/model/catalogue.h"

#include "gtest/gtest.h"

namespace evroc::sim {
namespace {

TEST(CatalogueTest, ProfilesAreThoseOfTheReference) {
  EXPECT_EQ(Profiles().size(), 6u + 5u + 4u + 7u);
  EXPECT_EQ(FindProfile("c1a.s")->memory_gb, 4);
  EXPECT_EQ(FindProfile("m1a.l")->memory_gb, 64);
  EXPECT_EQ(FindProfile("m1a.xl")->memory_gb, 128);
  EXPECT_EQ(FindProfile("a1a.2xl")->vcpus, 32);
  EXPECT_EQ(FindProfile("c1a.xs"), nullptr);
}

TEST(CatalogueTest, ImagesAreThoseOfBothLists) {
  EXPECT_TRUE(IsImage("ubuntu-minimal.24-04.1"));
  EXPECT_TRUE(IsImage("rocky.10-0.1"));
  EXPECT_TRUE(IsImage("rocky.10-1.1"));
  EXPECT_TRUE(IsImage("sles.16-0.1"));
  EXPECT_FALSE(IsImage("ubuntu-minimal.22-04.1"));
}

TEST(CatalogueTest, ProfileJsonNamesItsMembersAsTheApiDoes) {
  const Json json = ProfileJson(*FindProfile("gn-l40s.s"));
  EXPECT_EQ(json.At("metadata.id").String(), "gn-l40s.s");
  EXPECT_EQ(json.At("spec.vCPUs").Integer(), 15);
  EXPECT_EQ(json.At("spec.gpus.quantity").Integer(), 1);
  EXPECT_EQ(json.At("spec.gpus.localDisk").Integer(), 3800);
}

TEST(CatalogueTest, ImageJsonNamesItsMembersAsTheApiDoes) {
  const Json json = ImageJson("ubuntu-minimal.24-04.1");
  EXPECT_EQ(json.At("metadata.id").String(), "ubuntu-minimal.24-04.1");
  EXPECT_EQ(json.At("spec.osImage").String(), "ubuntu-minimal");
  EXPECT_EQ(json.At("spec.osVersion").String(), "24.04");
  EXPECT_EQ(json.At("spec.version").Integer(), 1);
  EXPECT_EQ(json.At("spec.defaultSize.amount").Integer(), 10);
}

}  // namespace
}  // namespace evroc::sim
