#include "tests/evroc_sim/server/route_faults.h"

#include "gtest/gtest.h"

namespace evroc::sim {
namespace {

TEST(RouteFaultsTest, StrikesWhatItNamesAndCountsDown) {
  RouteFaults faults;
  faults.Add(*ParseRouteFault(*Json::Parse(
      R"({"method": "POST", "path": "disks", "count": 2, "skip": 1,
          "status": 503, "retry_after_s": 1})")));
  EXPECT_FALSE(faults.Strike("GET", "/a/disks").has_value());
  EXPECT_FALSE(faults.Strike("POST", "/a/machines").has_value());
  EXPECT_FALSE(faults.Strike("POST", "/a/disks").has_value());
  EXPECT_EQ(faults.Strike("POST", "/a/disks")->status, 503);
  EXPECT_EQ(faults.ToJson().view().size(), 1u);
  EXPECT_EQ(faults.Strike("POST", "/a/disks")->retry_after_s, 1);
  EXPECT_FALSE(faults.Strike("POST", "/a/disks").has_value());
}

TEST(RouteFaultsTest, TellsACollectionFromItsObjects) {
  RouteFaults faults;
  faults.Add(*ParseRouteFault(
      *Json::Parse(R"({"path_end": "/disks", "status": 200, "body": "",
                       "then": [{"method": "PATCH", "path": "/a/disks/d",
                                 "body": {"spec": {}}}]})")));
  EXPECT_FALSE(faults.Strike("GET", "/a/disks/d").has_value());
  const auto fault = faults.Strike("GET", "/a/disks");
  ASSERT_TRUE(fault.has_value());
  EXPECT_EQ(fault->body, "");
  ASSERT_EQ(fault->then.size(), 1u);
  EXPECT_EQ(fault->then[0].method, "PATCH");
  EXPECT_EQ(fault->then[0].body, R"({"spec":{}})");
}

TEST(RouteFaultsTest, RefusesWhatDoesNothing) {
  for (const char* text :
       {"{}", R"({"path": "x"})", R"({"status": 500, "count": 0})",
        R"({"status": 500, "cheese": 1})"}) {
    EXPECT_FALSE(ParseRouteFault(*Json::Parse(text)).ok()) << text;
  }
}

}  // namespace
}  // namespace evroc::sim
