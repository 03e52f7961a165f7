#include "services/evroc/codec/reference.h"

#include <string>
#include <vector>

#include "common/json/testing/must_parse.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const RestScope& Scope() {
  static const RestScope* const scope =
      new RestScope{.project = "p", .region = "se-sto"};
  return *scope;
}

template <typename T>
void ExpectPath(absl::string_view collection) {
  const std::string path = absl::StrCat("/", collection, "/x1");
  EXPECT_EQ(ToPath(Scope(), kKindInfo<T>, "x1"), path);
  EXPECT_EQ(FromPath(Scope(), kKindInfo<T>, path), "x1");
}

// B.4 of evroc-api.md.
TEST(ReferenceTest, EachKindHasItsPath) {
  ExpectPath<VirtualMachine>(
      "compute/projects/p/regions/se-sto/virtualMachines");
  ExpectPath<Disk>("compute/projects/p/regions/se-sto/disks");
  ExpectPath<PlacementGroup>(
      "compute/projects/p/regions/se-sto/placementGroups");
  ExpectPath<HotswapAttachment>(
      "compute/projects/p/regions/se-sto/hotswapDiskAttachments");
  ExpectPath<PublicIp>("networking/projects/p/regions/se-sto/publicIPs");
  ExpectPath<SecurityGroup>(
      "networking/projects/p/regions/se-sto/securityGroups");
  ExpectPath<Subnet>("networking/projects/p/regions/se-sto/subnets");
  ExpectPath<Vpc>("networking/projects/p/regions/se-sto/virtualPrivateClouds");
  ExpectPath<LoadBalancer>(
      "loadbalancer/projects/p/regions/se-sto/loadBalancers");
  ExpectPath<BackendPool>(
      "loadbalancer/projects/p/regions/se-sto/backendPools");
  ExpectPath<BackendService>(
      "loadbalancer/projects/p/regions/se-sto/backendServices");
  ExpectPath<L4Route>("loadbalancer/projects/p/regions/se-sto/l4Routes");
}

TEST(ReferenceTest, APathOfElsewhereStaysWhole) {
  for (const char* path : {
           "/compute/projects/other/regions/se-sto/disks/d1",
           "/compute/projects/p/regions/de-fra/disks/d1",
           "/compute/projects/p/regions/se-sto/snapshots/d1",
           "/networking/projects/p/regions/se-sto/disks/d1",
           "/compute/v1beta2/projects/p/regions/se-sto/disks/d1",
           "/compute/projects/p/regions/se-sto/disks/",
           "/compute/projects/p/regions/se-sto/disks/d1/more",
       }) {
    EXPECT_EQ(FromPath(Scope(), kKindInfo<Disk>, path), path);
    EXPECT_EQ(ToPath(Scope(), kKindInfo<Disk>, path), path);
  }
}

TEST(ReferenceTest, AShortNameStaysOne) {
  EXPECT_EQ(FromPath(Scope(), kKindInfo<Disk>, "d1"), "d1");
  EXPECT_EQ(FromPath(Scope(), kKindInfo<Disk>, ""), "");
}

TEST(CatalogueReferenceTest, NamesArePathsOfTheCatalogue) {
  EXPECT_EQ(ProfileToPath("a1a.s"), "/compute/global/computeProfiles/a1a.s");
  EXPECT_EQ(ProfileFromPath("/compute/global/computeProfiles/a1a.s"), "a1a.s");
  EXPECT_EQ(ImageToPath(Scope(), "ubuntu.24-04.1"),
            "/compute/global/diskImages/evroc/ubuntu.24-04.1");
  EXPECT_EQ(
      ImageFromPath(Scope(), "/compute/global/diskImages/evroc/ubuntu.24-04.1"),
      "ubuntu.24-04.1");
}

TEST(CatalogueReferenceTest, ACustomImageOfTheScopeHasAPrefix) {
  const std::string path =
      "/compute/projects/p/regions/se-sto/customDiskImages/mine";
  EXPECT_EQ(ImageToPath(Scope(), "custom:mine"), path);
  EXPECT_EQ(ImageFromPath(Scope(), path), "custom:mine");
}

TEST(CatalogueReferenceTest, AnythingElseStaysAPath) {
  for (const std::string custom :
       {"/compute/projects/other/regions/se-sto/customDiskImages/mine",
        "/compute/projects/p/regions/no-osl/customDiskImages/mine"}) {
    EXPECT_EQ(ImageToPath(Scope(), custom), custom);
    EXPECT_EQ(ImageFromPath(Scope(), custom), custom);
  }
  const std::string other = "/compute/global/diskImages/other/ubuntu";
  EXPECT_EQ(ImageToPath(Scope(), other), other);
  EXPECT_EQ(ImageFromPath(Scope(), other), other);
  const std::string profile = "/compute/projects/p/computeProfiles/x";
  EXPECT_EQ(ProfileToPath(profile), profile);
  EXPECT_EQ(ProfileFromPath(profile), profile);
}

TEST(ReferenceTest, WritesOneAndMany) {
  const Json one = Reference(Scope(), Id<Disk>("d1"));
  EXPECT_EQ(one, Json("/compute/projects/p/regions/se-sto/disks/d1"));
  EXPECT_EQ(References(Scope(), std::vector<Id<Disk>>{}), Json::Array());
  EXPECT_EQ(
      References(Scope(), std::vector{Id<Disk>("d1"), Id<Disk>("/other/d2")}),
      MustParse(R"(["/compute/projects/p/regions/se-sto/disks/d1",
                    "/other/d2"])"));
}

TEST(ReferenceTest, AnEmptyIdSetsNothing) {
  Json object = Json::Object();
  SetReference(Scope(), object, "a.ref", Id<Disk>());
  EXPECT_EQ(object, Json::Object());
  SetReference(Scope(), object, "a.ref", Id<Disk>("d1"));
  EXPECT_EQ(object.At("a.ref").String(),
            "/compute/projects/p/regions/se-sto/disks/d1");
}

TEST(ReferenceTest, ReadsWhatItWrote) {
  for (const char* name : {"d1", "/compute/projects/q/regions/r/disks/d1"}) {
    Id<Disk> out("before");
    Read(Scope(), Reference(Scope(), Id<Disk>(name)), out);
    EXPECT_EQ(out, Id<Disk>(name));
  }
}

TEST(ReferenceTest, WhatIsNoTextIsEmpty) {
  for (const char* text : {"null", "7", "true", "[]", "{}", R"("")"}) {
    Id<Disk> out("before");
    Read(Scope(), MustParse(text), out);
    EXPECT_TRUE(out.empty()) << text;
  }
}

TEST(ReferenceTest, ElementsThatAreNoTextsAreLeftOut) {
  std::vector<Id<Disk>> out = {Id<Disk>("before")};
  Read(Scope(),
       MustParse(R"(["/compute/projects/p/regions/se-sto/disks/d1", null, 7,
                     {"diskRef": "x"}, "d2"])"),
       out);
  EXPECT_THAT(out, ElementsAre(Id<Disk>("d1"), Id<Disk>("d2")));
  Read(Scope(), MustParse("null"), out);
  EXPECT_THAT(out, IsEmpty());
}

}  // namespace
}  // namespace evroc::cloud
