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

// The answer to our own write is on its way when the watch says that the object
// is gone: it would stay until the next list, and hold up its cluster.
TEST_F(ObjectStoreTest, ALateAnswerDoesNotBringBackWhatIsGone) {
  store_.Upsert(Machine("a", "5"));
  store_.Remove({"ns", "a"}, "u", "8");
  store_.Upsert(Machine("a", "7"));
  EXPECT_EQ(store_.Find({"ns", "a"}), nullptr);
  store_.Upsert(Machine("b", "3", "c", "v"));
  store_.Remove({"ns", "b"}, "v");  // without a version: for ever
  store_.Upsert(Machine("b", "99", "c", "v"));
  EXPECT_EQ(store_.Find({"ns", "b"}), nullptr);
  store_.Upsert(Machine("b", "4", "c", "another"));
  EXPECT_NE(store_.Find({"ns", "b"}), nullptr) << "it was made again";
}

TEST_F(ObjectStoreTest, NorOneOfWhichOnlyTheEndWasSeen) {
  store_.Remove({"ns", "a"}, "u", "8");
  store_.Upsert(Machine("a", "7"));
  EXPECT_EQ(store_.Find({"ns", "a"}), nullptr);
}

TEST_F(ObjectStoreTest, NorOneOfTheVeryVersionOfItsEnd) {
  store_.Upsert(Machine("a", "5"));
  store_.Remove({"ns", "a"}, "u", "8");
  store_.Upsert(Machine("a", "8"));
  EXPECT_EQ(store_.Find({"ns", "a"}), nullptr);
}

// A watch also ends what is not selected any more, and it may be selected
// again.
TEST_F(ObjectStoreTest, WhatIsSelectedAgainComesBack) {
  store_.Upsert(Machine("a", "5"));
  store_.Remove({"ns", "a"}, "u", "8");
  store_.Upsert(Machine("a", "9"));
  EXPECT_NE(store_.Find({"ns", "a"}), nullptr);
}

Json MachineJson(const std::string& name, const std::string& version) {
  Json object = Json::Object();
  object.SetAt("metadata.namespace", "ns");
  object.SetAt("metadata.name", name);
  object.SetAt("metadata.uid", "uid-" + name);
  object.SetAt("metadata.resourceVersion", version);
  return object;
}

TEST_F(ObjectStoreTest, AListRemovesObjectsThatItLacks) {
  StoreSink<MachineObject> sink(store_, DecodeMachine);
  sink.BeginList();
  sink.Upsert(MachineJson("a", "1"));
  sink.Upsert(MachineJson("b", "2"));
  sink.EndList("2");
  sink.Upsert(MachineJson("c", "3"));
  sink.BeginList();
  sink.Upsert(MachineJson("b", "2"));
  EXPECT_EQ(store_.size(), 3);  // half a list removes nothing
  sink.EndList("4");
  ASSERT_EQ(store_.size(), 1);
  EXPECT_EQ(store_.All()[0]->meta.key.name, "b");
  sink.Upsert(MachineJson("a", "3"));
  EXPECT_EQ(store_.size(), 1) << "an answer from before the list";
  sink.Remove(MachineJson("b", "5"));
  EXPECT_EQ(store_.size(), 0);
}

TEST_F(ObjectStoreTest, AListSaysNothingOfWhatIsNewer) {
  StoreSink<MachineObject> sink(store_, DecodeMachine);
  sink.BeginList();
  sink.Upsert(MachineJson("a", "7"));  // an answer that comes during the list
  sink.BeginList();
  sink.EndList("6");
  EXPECT_EQ(store_.size(), 1);
}

}  // namespace
}  // namespace evroc::shim
