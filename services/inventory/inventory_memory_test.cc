#include "services/inventory/inventory_memory.h"

#include <set>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "services/evroc/api/networking.h"
#include "services/identity/owner_labels.h"

namespace evroc::cloud {
namespace {

class InventoryMemoryTest : public testing::Test {
 protected:
  static PublicIp Address(const std::string& id, const std::string& address,
                          const std::string& cluster = "c") {
    PublicIp object;
    object.metadata.id = Id<PublicIp>(id);
    object.metadata.uid = "uid-" + id;
    object.metadata.labels = OwnerLabels({cluster, cluster, "", ""});
    object.status.address = address;
    return object;
  }
  std::string AddressOf(const std::string& id) const {
    const auto* entry = memory_.Lookup(Id<PublicIp>(id));
    return entry == nullptr ? "none" : entry->known.object.status.address;
  }
  static bool Everything(const PublicIp& /*object*/) { return true; }

  const absl::Time now_ = absl::FromUnixSeconds(1000);
  InventoryMemory<PublicIp> memory_;
  InventoryMemory<PublicIp>::Changes changes_;
};

TEST_F(InventoryMemoryTest, AnOldAnswerDoesNotUndoANewerOne) {
  const uint64_t requested_at = memory_.sequence();
  memory_.Saw(Address("a", "new"), memory_.sequence(), now_, changes_);
  memory_.Saw(Address("a", "old"), requested_at, now_, changes_);
  EXPECT_EQ(AddressOf("a"), "new");
  memory_.SawNothing(Id<PublicIp>("a"), requested_at, now_, changes_);
  EXPECT_EQ(AddressOf("a"), "new");
}

TEST_F(InventoryMemoryTest, AChangeIsToldToWhatRefersToTheObject) {
  const OwnerKey referrer = {"d", ""};
  const OwnerKey owner = {"c", ""};
  const Id<PublicIp> id("a");
  memory_.SetReferences(referrer, {{id, true}});
  const auto changes = [&] { return std::exchange(changes_, {}); };
  memory_.Saw(Address("a", ""), memory_.sequence(), now_, changes_);
  EXPECT_EQ(changes(), (std::set<OwnerKey>{owner, referrer}));
  memory_.Saw(Address("b", ""), memory_.sequence(), now_, changes_);
  EXPECT_EQ(changes(), std::set<OwnerKey>{owner});
  memory_.SawDeletion(id, now_, changes_);
  EXPECT_EQ(changes(), (std::set<OwnerKey>{owner, referrer}));
  memory_.SawNothing(id, memory_.sequence(), now_, changes_);
  EXPECT_EQ(changes(), (std::set<OwnerKey>{owner, referrer}));
  EXPECT_EQ(memory_.MissingReferences(), std::vector<Id<PublicIp>>{id});
  memory_.SetReferences(referrer, {});
  memory_.Saw(Address("a", ""), memory_.sequence(), now_, changes_);
  EXPECT_EQ(changes(), std::set<OwnerKey>{owner});
}

TEST_F(InventoryMemoryTest, WhatWasObservedDuringAListIsNotForgotten) {
  memory_.Saw(Address("before", "1"), memory_.sequence(), now_, changes_);
  const uint64_t requested_at = memory_.sequence();
  memory_.BeginList(requested_at);
  memory_.Saw(Address("during", "1"), memory_.sequence(), now_, changes_);
  memory_.ForgetBefore(now_ + absl::Seconds(1));
  EXPECT_EQ(AddressOf("before"), "none");
  EXPECT_EQ(AddressOf("during"), "1");
  memory_.EndList(requested_at);
  memory_.SawList({}, Everything, requested_at, now_, changes_);
  EXPECT_EQ(AddressOf("during"), "1");
  memory_.ForgetBefore(now_ + absl::Seconds(1));
  EXPECT_EQ(AddressOf("during"), "none");
}

TEST_F(InventoryMemoryTest, AnOldListNeitherDropsNorRevives) {
  memory_.Saw(Address("gone", "1"), memory_.sequence(), now_, changes_);
  const uint64_t requested_at = memory_.sequence();
  memory_.Saw(Address("fresh", "1"), memory_.sequence(), now_, changes_);
  memory_.SawNothing(Id<PublicIp>("gone"), memory_.sequence(), now_, changes_);
  memory_.SawList({Address("gone", "1")}, Everything, requested_at, now_,
                  changes_);
  EXPECT_EQ(AddressOf("fresh"), "1");
  EXPECT_EQ(AddressOf("gone"), "none");
  memory_.SawList({Address("gone", "2")}, Everything, memory_.sequence(), now_,
                  changes_);
  EXPECT_EQ(AddressOf("fresh"), "none");
  EXPECT_EQ(AddressOf("gone"), "2");
}

// It may have lost its labels and be there.
TEST_F(InventoryMemoryTest, WhatLeftIsNotAbsentAndComesBackByNoOldAnswer) {
  const Id<PublicIp> id("a");
  memory_.Saw(Address("a", "1"), memory_.sequence(), now_, changes_);
  const uint64_t requested_at = memory_.sequence();
  memory_.SawLeave(id, memory_.sequence(), now_, changes_);
  EXPECT_EQ(AddressOf("a"), "none");
  EXPECT_FALSE(memory_.IsAbsent(id));
  EXPECT_EQ(memory_.AbsentSince(id), absl::InfinitePast());
  memory_.Saw(Address("a", "1"), requested_at, now_, changes_);
  EXPECT_EQ(AddressOf("a"), "none");
  memory_.SawNothing(id, memory_.sequence(), now_, changes_);
  EXPECT_TRUE(memory_.IsAbsent(id));
  EXPECT_EQ(memory_.AbsentSince(id), now_);
}

TEST_F(InventoryMemoryTest, AListSpeaksOnlyOfWhatItCovers) {
  memory_.Saw(Address("a", "1", "c1"), 0, now_, changes_);
  memory_.Saw(Address("b", "1", "c2"), memory_.sequence(), now_, changes_);
  memory_.SawList(
      {},
      [](const PublicIp& object) {
        return BelongsToCluster(object.metadata.labels, "c1");
      },
      memory_.sequence(), now_, changes_);
  EXPECT_EQ(AddressOf("a"), "none");
  EXPECT_EQ(AddressOf("b"), "1");
}

TEST_F(InventoryMemoryTest, RemembersADeletionForTheSameObject) {
  memory_.Saw(Address("a", "1"), 0, now_, changes_);
  memory_.SawDeletion(Id<PublicIp>("a"), now_, changes_);
  memory_.Saw(Address("a", "2"), memory_.sequence(), now_, changes_);
  EXPECT_TRUE(memory_.Lookup(Id<PublicIp>("a"))->known.deleting);
  PublicIp another = Address("a", "3");
  another.metadata.uid = "another";
  memory_.Saw(another, memory_.sequence(), now_, changes_);
  EXPECT_FALSE(memory_.Lookup(Id<PublicIp>("a"))->known.deleting);
}

TEST_F(InventoryMemoryTest, SaysWhoseObjectsChanged) {
  memory_.Saw(Address("a", "1", "c1"), 0, now_, changes_);
  EXPECT_TRUE(changes_.contains({"c1", ""}));
  changes_.clear();
  memory_.Saw(Address("a", "1", "c1"), memory_.sequence(), now_, changes_);
  EXPECT_TRUE(changes_.empty());
  memory_.Saw(Address("a", "1", "c2"), memory_.sequence(), now_, changes_);
  EXPECT_TRUE(changes_.contains({"c1", ""}));
  EXPECT_TRUE(changes_.contains({"c2", ""}));
  EXPECT_TRUE(memory_.OfCluster("c1").empty());
  EXPECT_EQ(memory_.OfCluster("c2").size(), 1);
}

TEST_F(InventoryMemoryTest, ForgetsWhatIsOld) {
  memory_.Saw(Address("old", "1"), 0, now_, changes_);
  memory_.SawNothing(Id<PublicIp>("x"), memory_.sequence(), now_, changes_);
  memory_.Saw(Address("new", "1"), memory_.sequence(), now_ + absl::Seconds(9),
              changes_);
  memory_.ForgetBefore(now_ + absl::Seconds(5));
  EXPECT_EQ(AddressOf("old"), "none");
  EXPECT_EQ(AddressOf("new"), "1");
  EXPECT_FALSE(memory_.IsAbsent(Id<PublicIp>("x")));
}

}  // namespace
}  // namespace evroc::cloud
