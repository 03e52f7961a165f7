#include "tests/evroc_sim/cloud/object_faults.h"

#include "gtest/gtest.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

Object Disk(const char* id, const char* zone, const char* type = "image") {
  Object disk{.key = {Kind::kDisk, "p", "se-sto", id}};
  disk.spec.SetAt("placement.zone", zone);
  disk.spec.SetAt("source.type", type);
  return disk;
}

ObjectFaults With(const char* json) {
  ObjectFaults faults;
  faults.Add(*ParseObjectFault(*Json::Parse(json)));
  return faults;
}

TEST(ObjectFaultsTest, CountDown) {
  ObjectFaults faults = With(
      R"({"collection": "disks", "outcome": "fail", "id": "b", "count": 2})");
  EXPECT_EQ(faults.Meet(Disk("a", "a")), "");
  EXPECT_EQ(faults.Meet(Disk("ab", "a")), "fail");
  EXPECT_EQ(faults.Meet(Disk("b", "a")), "fail");
  EXPECT_EQ(faults.Meet(Disk("b", "a")), "");
}

TEST(ObjectFaultsTest, HoldForAllImportsOfAZone) {
  ObjectFaults faults = With(
      R"({"collection": "disks", "outcome": "stuck", "zone": "c",
          "count": -1})");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(faults.Meet(Disk("d", "c")), "stuck");
    EXPECT_EQ(faults.Meet(Disk("d", "a")), "");
    EXPECT_EQ(faults.Meet(Disk("d", "c", "blank")), "");
  }
  EXPECT_EQ(faults.ToJson().view()[0]["count"].Integer(), -1);
  faults.Clear();
  EXPECT_EQ(faults.Meet(Disk("d", "c")), "");
}

TEST(ObjectFaultsTest, RefuseWhatTheyDoNotKnow) {
  for (const char* json :
       {R"({"collection": "disks", "outcome": "unschedulable"})",
        R"({"collection": "disks", "outcome": "cheese"})",
        R"({"collection": "subnets", "outcome": "stuck"})",
        R"({"collection": "disks", "outcome": "stuck", "zone": "d"})",
        R"({"collection": "disks", "outcome": "stuck", "count": 0})",
        R"({"collection": "disks", "outcome": "stuck", "count": -2})"}) {
    EXPECT_EQ(HttpStatusOf(ParseObjectFault(*Json::Parse(json)).status()), 400)
        << json;
  }
}

}  // namespace
}  // namespace evroc::sim
