#include "services/inventory/planned_api.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evroc/testing/fake_compute_api.h"
#include "services/evroc/testing/fake_network_api.h"

namespace evroc::cloud {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

SecurityGroup Group(const char* id, Labels labels = {}) {
  SecurityGroup group;
  group.metadata.id = Id<SecurityGroup>(id);
  group.metadata.labels = std::move(labels);
  return group;
}

class PlannedApiTest : public ::testing::Test {
 protected:
  PlannedApiTest() {
    real_.security_groups().Put(Group("web", {{"team", "blue"}}));
    real_.ResetCalls();
  }
  ~PlannedApiTest() override { EXPECT_EQ(real_.writes(), 0); }

  SecurityGroup Planned(const char* id) {
    const auto found =
        planned_.security_groups().Get({}, Id<SecurityGroup>(id));
    EXPECT_TRUE(found.ok()) << found.status();
    return found.value_or(SecurityGroup());
  }
  std::vector<std::string> Listed(absl::string_view selector) {
    const auto listing = planned_.security_groups().List({}, selector);
    EXPECT_TRUE(listing.ok()) << listing.status();
    std::vector<std::string> ids;
    for (const SecurityGroup& each : listing->items) {
      ids.push_back(each.metadata.id.value());
    }
    return ids;
  }

  FakeNetworkApi real_;
  PlannedNetworkApi planned_{real_};
};

TEST_F(PlannedApiTest, WhatIsChangedIsFound) {
  SecurityGroup changed = Planned("web");
  changed.metadata.labels["team"] = "red";
  SecurityRule rule;
  rule.name = "in";
  changed.rules.push_back(rule);
  ASSERT_TRUE(
      planned_.security_groups().Update({}, Planned("web"), changed).ok());
  EXPECT_EQ(Planned("web").rules, changed.rules);
  EXPECT_THAT(Listed("team=red"), ElementsAre("web"));
  EXPECT_THAT(Listed("team=blue"), IsEmpty());
  EXPECT_THAT(
      planned_.Changes(),
      ElementsAre("changes SecurityGroup web: labels +team=red and rules"));
}

TEST_F(PlannedApiTest, WhatIsMadeIsReady) {
  const auto made = planned_.security_groups().Create({}, Group("db"));
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_TRUE(IsReady(Planned("db").status.conditions));
  EXPECT_THAT(Listed(""), SizeIs(2));
  for (const char* taken : {"db", "web"}) {
    EXPECT_EQ(
        planned_.security_groups().Create({}, Group(taken)).status().code(),
        absl::StatusCode::kAlreadyExists);
  }
  EXPECT_THAT(planned_.Changes(), ElementsAre("makes SecurityGroup db"));
}

TEST_F(PlannedApiTest, WhatIsDeletedIsGone) {
  const Id<SecurityGroup> id("web");
  EXPECT_TRUE(planned_.security_groups().Delete({}, id, "").ok());
  EXPECT_TRUE(absl::IsNotFound(planned_.security_groups().Delete({}, id, "")));
  EXPECT_TRUE(
      absl::IsNotFound(planned_.security_groups().Get({}, id).status()));
  EXPECT_THAT(Listed(""), IsEmpty());
  EXPECT_THAT(planned_.Changes(), ElementsAre("deletes SecurityGroup web"));
}

// What is undone, and labels of providers, are no changes.
TEST_F(PlannedApiTest, OnlyWhatDiffersIsToldInTheEnd) {
  const SecurityGroup before = Planned("web");
  SecurityGroup changed = before;
  changed.metadata.labels.clear();
  ASSERT_TRUE(planned_.security_groups().Update({}, before, changed).ok());
  SecurityGroup back = before;
  back.metadata.labels["capi-cluster-id"] = "c1";
  back.metadata.labels["capi_cluster-id"] = "c1";
  ASSERT_TRUE(planned_.security_groups().Update({}, changed, back).ok());
  EXPECT_THAT(planned_.Changes(), IsEmpty());
  EXPECT_TRUE(planned_.security_groups().Create({}, Group("db")).ok());
  EXPECT_TRUE(
      planned_.security_groups().Delete({}, Id<SecurityGroup>("db"), "").ok());
  EXPECT_THAT(planned_.Changes(), IsEmpty());
}

TEST(DifferenceOfTest, NamesWhatMatters) {
  LoadBalancer balancer;
  balancer.listeners = {{.name = "api", .port = 6443}};
  LoadBalancer more = balancer;
  more.listeners.push_back({.name = "web", .port = 80});
  more.public_ip = Id<PublicIp>("ip");
  EXPECT_EQ(DifferenceOf(balancer, more),
            "ports 6443 80 (were 6443) and public IP ip (was none)");
  BackendPool pool;
  pool.backends = {Id<VirtualMachine>("a"), Id<VirtualMachine>("b")};
  BackendPool other;
  other.backends = {Id<VirtualMachine>("b"), Id<VirtualMachine>("c")};
  EXPECT_EQ(DifferenceOf(pool, other), "members +c -a");
  Disk disk;
  Disk larger;
  larger.size = DiskSize{30, "GB"};
  EXPECT_EQ(DifferenceOf(disk, larger), "size 30 GB (was that of its image)");
  VirtualMachine machine;
  machine.public_ip = Id<PublicIp>("ip");
  VirtualMachine without;
  without.security_groups = {Id<SecurityGroup>("web")};
  EXPECT_EQ(DifferenceOf(machine, without),
            "public IP none (was ip) and security groups +web");
  EXPECT_EQ(DifferenceOf(L4Route(), L4Route()), "settings");
}

TEST(PlannedComputeApiTest, HasItsCollectionsAndTheCatalogue) {
  FakeNetworkApi network;
  FakeComputeApi real(network);
  PlannedComputeApi planned(real);
  Disk disk;
  disk.metadata.id = Id<Disk>("data");
  EXPECT_TRUE(planned.disks().Create({}, disk).ok());
  EXPECT_THAT(planned.Changes(), ElementsAre("makes Disk data"));
  EXPECT_THAT(real.disks().All(), IsEmpty());
  EXPECT_EQ(planned.ListComputeProfiles({})->size(),
            real.ListComputeProfiles({})->size());
}

}  // namespace
}  // namespace evroc::cloud
