#include "services/compute/placement/spread_set.h"

#include <set>

#include "common/names/dns_label.h"
#include "gtest/gtest.h"
#include "services/identity/object_name.h"
#include "services/identity/owner_labels.h"

namespace evroc::compute {
namespace {

using Id = cloud::Id<cloud::PlacementGroup>;

SpreadSet Set(const std::string& name, const std::string& zone = "a") {
  return {{"c1", "prod", "", ""}, name, zone};
}

TEST(SpreadSetTest, IdsAreReadableAndCounted) {
  const SpreadGroupIds ids(Set("md-workers"));
  EXPECT_EQ(ids.At(1).value().substr(0, 18), "prod-md-workers-a-");
  for (const int number : {1, 7, 9999}) {
    EXPECT_EQ(ids.NumberOf(ids.At(number)), number);
    EXPECT_EQ(SpreadGroupIds(Set("md-workers")).At(number), ids.At(number));
  }
}

TEST(SpreadSetTest, IdsDifferByClusterSetAndZone) {
  SpreadSet other = Set("md-workers");
  other.cluster.cluster_id = "c2";
  std::set<Id> ids;
  for (const SpreadSet& set :
       {Set("md-workers"), Set("md-workers", "b"), Set("md-workers", ""),
        Set("md-workers-a", ""), Set("md-others"), other}) {
    EXPECT_TRUE(ids.insert(SpreadGroupIds(set).At(1)).second);
    for (const Id& id : ids) {
      EXPECT_EQ(SpreadGroupIds(set).NumberOf(id) > 0,
                id == SpreadGroupIds(set).At(1));
    }
  }
}

TEST(SpreadSetTest, OtherIdsAreOfNoGroup) {
  const SpreadGroupIds ids(Set("s"));
  const std::string first = ids.At(1).value();
  for (const std::string& id :
       {std::string(), std::string("spread"), first + "x", first + "-1",
        first.substr(0, first.size() - 1), ids.At(0).value(),
        ids.At(-1).value(), first.substr(0, first.size() - 1) + "01",
        first.substr(0, first.size() - 1) + "99999999999"}) {
    EXPECT_EQ(ids.NumberOf(Id(id)), 0) << id;
  }
}

TEST(SpreadSetTest, B13IdsFitForEveryName) {
  const SpreadSet set{
      {"c1", std::string(253, 'x'), "", ""}, std::string(100, 'y'), "a"};
  const SpreadGroupIds ids(set);
  EXPECT_TRUE(IsDnsLabel(ids.At(9999).value())) << ids.At(9999);
  EXPECT_EQ(ids.NumberOf(ids.At(9999)), 9999);
  EXPECT_TRUE(cloud::IsLabelValue(cloud::LabelOf(
      DesiredGroup(set, ids.At(1)).metadata.labels, cloud::kPartLabel)));
}

TEST(SpreadSetTest, AGroupBelongsToItsClusterAndTellsItsSet) {
  const cloud::PlacementGroup group =
      DesiredGroup(Set("md-workers"), SpreadGroupIds(Set("md-workers")).At(2));
  EXPECT_TRUE(cloud::BelongsTo(group.metadata.labels, {"c1", ""}));
  EXPECT_EQ(cloud::LabelOf(group.metadata.labels, cloud::kRoleLabel), "spread");
  EXPECT_EQ(cloud::LabelOf(group.metadata.labels, cloud::kPartLabel),
            "md-workers");
  EXPECT_EQ(group.zone, "a");
  EXPECT_EQ(group.strategy, "spread");
}

}  // namespace
}  // namespace evroc::compute
