#include "shim/cache/object_store.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "shim/cache/core_objects.h"
#include "shim/cache/store_sink.h"

namespace evroc::shim {
namespace {

MachineObject Machine(const std::string& name, const std::string& version,
                      const std::string& cluster = "c",
                      const std::string& uid = "u") {
  MachineObject machine;
  machine.meta.key = {"ns", name};
  machine.meta.uid = uid;
  machine.meta.resource_version = version;
  machine.cluster_name = cluster;
  return machine;
}

class ObjectStoreTest : public ::testing::Test {
 protected:
  ObjectStoreTest()
      : by_cluster_(store_.AddIndex(
            [](const MachineObject& m) { return m.cluster_name; })) {
    store_.AddListener([this](const auto& before, const auto& after) {
      events_.push_back((before ? before->meta.resource_version : "-") + ">" +
                        (after ? after->meta.resource_version : "-"));
    });
  }

  ObjectStore<MachineObject> store_;
  int by_cluster_;
  std::vector<std::string> events_;
};

TEST_F(ObjectStoreTest, AnOlderVersionDoesNotReplaceANewerOne) {
  store_.Upsert(Machine("a", "9"));
  store_.Upsert(Machine("a", "10"));  // compared as a number, not as text
  store_.Upsert(Machine("a", "9", "other"));
  EXPECT_EQ(store_.Find({"ns", "a"})->meta.resource_version, "10");
  EXPECT_EQ(events_, (std::vector<std::string>{"->9", "9>10"}));
}

// A reconcile that reads its object again must not trigger the next one.
TEST_F(ObjectStoreTest, TheSameVersionIsNoChange) {
  store_.Upsert(Machine("a", "9"));
  store_.Upsert(Machine("a", "9"));
  EXPECT_EQ(events_, (std::vector<std::string>{"->9"}));
}

TEST_F(ObjectStoreTest, AnObjectThatWasMadeAgainReplacesTheOldOne) {
  store_.Upsert(Machine("a", "10", "c", "old"));
  store_.Upsert(Machine("a", "3", "c", "new"));
  store_.Remove({"ns", "a"}, "old");  // does not concern the new one
  EXPECT_EQ(store_.Find({"ns", "a"})->meta.uid, "new");
  store_.Remove({"ns", "a"}, "new");
  EXPECT_EQ(store_.Find({"ns", "a"}), nullptr);
}

TEST_F(ObjectStoreTest, IndexesFollowChanges) {
  store_.Upsert(Machine("b", "1"));
  store_.Upsert(Machine("a", "2"));
  store_.Upsert(Machine("loner", "3", ""));
  ASSERT_EQ(store_.FindBy(by_cluster_, "c").size(), 2);
  EXPECT_EQ(store_.FindBy(by_cluster_, "c")[0]->meta.key.name, "a");
  store_.Upsert(Machine("a", "4", "d"));
  EXPECT_EQ(store_.FindBy(by_cluster_, "c").size(), 1);
  EXPECT_EQ(store_.FindBy(by_cluster_, "d").size(), 1);
  store_.Remove({"ns", "b"}, "");
  EXPECT_TRUE(store_.FindBy(by_cluster_, "c").empty());
  EXPECT_TRUE(store_.FindBy(by_cluster_, "").empty());
  EXPECT_EQ(store_.size(), 2);
}

Json MachineJson(const std::string& name, const std::string& version) {
  Json object = Json::Object();
  object.SetAt("metadata.namespace", "ns");
  object.SetAt("metadata.name", name);
  object.SetAt("metadata.resourceVersion", version);
  return object;
}

TEST_F(ObjectStoreTest, AListRemovesObjectsThatItLacks) {
  StoreSink<MachineObject> sink(store_, DecodeMachine);
  sink.BeginList();
  sink.Upsert(MachineJson("a", "1"));
  sink.Upsert(MachineJson("b", "2"));
  sink.EndList();
  sink.Upsert(MachineJson("c", "3"));
  sink.BeginList();
  sink.Upsert(MachineJson("b", "2"));
  EXPECT_EQ(store_.size(), 3);  // half a list removes nothing
  sink.EndList();
  ASSERT_EQ(store_.size(), 1);
  EXPECT_EQ(store_.All()[0]->meta.key.name, "b");
  sink.Remove({"ns", "b"});
  EXPECT_EQ(store_.size(), 0);
}

}  // namespace
}  // namespace evroc::shim
