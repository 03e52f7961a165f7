#include "services/identity/owner_labels.h"

#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

const Owner kMachine = {"c1", "prod", "m1", "worker-0"};
const Owner kCluster = {"c1", "prod", "", ""};

TEST(OwnerLabelsTest, ComeBackAsTheOwner) {
  const std::optional<Owner> owner = OwnerOf(OwnerLabels(kMachine));
  ASSERT_TRUE(owner.has_value());
  EXPECT_EQ(KeyOf(*owner), KeyOf(kMachine));
  EXPECT_EQ(owner->machine_name, "worker-0");
  EXPECT_FALSE(OwnerLabels(kCluster).contains(kMachineIdLabel));
}

TEST(OwnerLabelsTest, AClusterIsNotItsMachine) {
  EXPECT_TRUE(BelongsTo(OwnerLabels(kMachine), KeyOf(kMachine)));
  EXPECT_FALSE(BelongsTo(OwnerLabels(kMachine), KeyOf(kCluster)));
  EXPECT_TRUE(BelongsToCluster(OwnerLabels(kMachine), "c1"));
  EXPECT_FALSE(BelongsToCluster(OwnerLabels(kMachine), "c2"));
}

// The user's labels never hide the owner's, the role or the part.
TEST(OwnerLabelsTest, OfAnObjectAreAlsoTheUsersItsRoleAndItsPart) {
  Labels expected = OwnerLabels(kMachine);
  expected["team"] = "one";
  const Labels user = {
      {"team", "one"}, {kClusterIdLabel, "theirs"}, {kRoleLabel, "theirs"}};
  expected[kRoleLabel] = "data";
  EXPECT_EQ(ObjectLabels(kMachine, user, "data"), expected);
  expected[kPartLabel] = "etcd";
  EXPECT_EQ(ObjectLabels(kMachine, user, "data", "etcd"), expected);
  EXPECT_EQ(ObjectLabels(kMachine, {}), OwnerLabels(kMachine));
}

TEST(OwnerLabelsTest, SomebodyElsesLabelsAreNotOurs) {
  Labels labels = OwnerLabels(kCluster);
  labels[kManagedByLabel] = "another-provider";
  EXPECT_FALSE(OwnerOf(labels).has_value());
  EXPECT_FALSE(OwnerOf({}).has_value());
  EXPECT_EQ(DescribeOwner({}), "an unknown owner");
}

TEST(OwnerLabelsTest, ValuesAreAlwaysLegal) {
  EXPECT_EQ(LabelValue("prod.eu_1"), "prod.eu_1");
  EXPECT_EQ(LabelValue(""), "");
  for (const std::string& text :
       {std::string(64, 'a'), std::string(253, '-'), std::string("a b"),
        std::string("-a"), std::string("ä")}) {
    EXPECT_TRUE(IsLabelValue(LabelValue(text))) << LabelValue(text);
  }
  EXPECT_NE(LabelValue(std::string(64, 'a')), LabelValue(std::string(65, 'a')));
}

TEST(OwnerLabelsTest, SelectorsPickTheOwner) {
  const auto selector = LabelSelector::Parse(OwnerSelector(KeyOf(kMachine)));
  ASSERT_TRUE(selector.ok()) << selector.status();
  EXPECT_TRUE(selector->Matches(OwnerLabels(kMachine)));
  EXPECT_FALSE(selector->Matches(OwnerLabels(kCluster)));
}

// Those of the official provider are its own: they are neither added to nor
// removed from an object that exists. What it let others write stays too.
TEST(OwnerLabelsTest, OfTheOfficialProviderStayAsTheyAre) {
  const Owner owner{"c1", "prod", "m1", "worker", "worker-0"};
  const Labels wanted = ObjectLabels(owner, {{"team", "one"}});
  EXPECT_TRUE(wanted.contains(kOfficialClusterId));
  Labels labels = {
      {"capi_role", "worker"}, {"billing", "7"}, {"capi-part", "left over"}};
  labels = Relabelled(labels, wanted);
  EXPECT_EQ(LabelOf(labels, "capi_role"), "worker");
  EXPECT_FALSE(labels.contains(kOfficialClusterId));
  EXPECT_FALSE(labels.contains("capi-part"));
  EXPECT_TRUE(HasLabels(labels, wanted));
  EXPECT_EQ(UserLabels(labels), (Labels{{"billing", "7"}, {"team", "one"}}));
  const Owner ours{"c1", "prod", "m1", "worker"};
  labels = Relabelled(labels, ObjectLabels(ours, {{"team", "one"}}));
  EXPECT_EQ(LabelOf(labels, "capi_role"), "worker");
  EXPECT_EQ(UserLabels(labels), (Labels{{"team", "one"}}));
}

TEST(HasLabelsTest, OthersMayBeThereToo) {
  EXPECT_TRUE(HasLabels({{"a", "1"}, {"b", "2"}}, {{"a", "1"}}));
  EXPECT_TRUE(HasLabels({}, {}));
  EXPECT_FALSE(HasLabels({{"a", "2"}}, {{"a", "1"}}));
  EXPECT_FALSE(HasLabels({{"b", "1"}}, {{"a", "1"}}));
}

}  // namespace
}  // namespace evroc::cloud
