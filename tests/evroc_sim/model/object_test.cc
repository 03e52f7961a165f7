#include "tests/evroc_sim/model/object.h"

#include "gtest/gtest.h"

namespace evroc::sim {
namespace {

const Key kDisk = {Kind::kDisk, "p", "se-sto", "d"};

TEST(ObjectTest, FqidsReadBack) {
  EXPECT_EQ(FqidOf(kDisk), "/compute/projects/p/regions/se-sto/disks/d");
  for (const KindInfo& info : AllKinds()) {
    const Key key{info.kind, "p", "r", "i"};
    EXPECT_EQ(*ParseFqid(FqidOf(key)), key);
  }
}

TEST(ObjectTest, RefusesWhatIsNoFqid) {
  for (const char* text : {"", "d", "/compute/projects/p/regions/r/disks",
                           "/compute/projects/p/regions/r/disks/",
                           "compute/projects/p/regions/r/disks/d",
                           "/networking/projects/p/regions/r/disks/d",
                           "/compute/projects/p/regions/r/disks/d/e"}) {
    EXPECT_FALSE(ParseFqid(text).ok()) << text;
  }
}

TEST(ObjectTest, RestJsonHasTheSharedShape) {
  Object object{.key = kDisk, .uid = "u", .created = absl::UnixEpoch()};
  object.user_labels["a"] = "b";
  object.resource_version = 7;
  EXPECT_EQ(ToRestJson(object), *Json::Parse(R"({
    "apiVersion": "compute/v1beta2", "kind": "Disk",
    "metadata": {
      "id": "d", "project": "p", "region": "se-sto", "uid": "u",
      "creationTimestamp": "1970-01-01T00:00:00Z", "generation": 1,
      "resourceVersion": "7", "userLabels": {"a": "b"}},
    "spec": {}, "status": {}})"));
}

TEST(ObjectTest, AConditionsTimeMovesWithItsStatusOnly) {
  Object object{.key = kDisk};
  const absl::Time t0 = absl::UnixEpoch();
  SetCondition(object, "Ready", false, "Creating", "", t0);
  SetCondition(object, "Ready", false, "Provisioning", "x",
               t0 + absl::Seconds(5));
  const Json first = object.status;
  EXPECT_EQ(first["conditions"][0]["reason"].String(), "Provisioning");
  EXPECT_EQ(first["conditions"][0]["lastTransitionTime"].String(),
            "1970-01-01T00:00:00Z");
  SetCondition(object, "Ready", true, "Ready", "", t0 + absl::Seconds(9));
  EXPECT_EQ(object.status["conditions"].size(), 1u);
  EXPECT_EQ(object.status["conditions"][0]["lastTransitionTime"].String(),
            "1970-01-01T00:00:09Z");
}

}  // namespace
}  // namespace evroc::sim
