#include "tests/evroc_sim/model/store.h"

#include "gtest/gtest.h"

namespace evroc::sim {
namespace {

Object Make(Kind kind, const char* id, const char* spec = "{}") {
  Object object{.key = {kind, "p", "r", id}};
  object.spec = *Json::Parse(spec);
  return object;
}

TEST(StoreTest, KnowsTheUsersOfAnObject) {
  Store store;
  const Key pool = store.Put(Make(Kind::kBackendPool, "pool"))->key;
  Object service = Make(
      Kind::kBackendService, "service",
      R"({"backendPoolRef": "/loadbalancer/projects/p/regions/r/backendPools/pool"})");
  store.Put(service);
  ASSERT_EQ(store.UsersOf(pool).size(), 1u);
  EXPECT_EQ(store.UsersOf(pool)[0]->key, service.key);

  service.spec = Json::Object();
  store.Put(service);
  EXPECT_TRUE(store.UsersOf(pool).empty());
}

TEST(StoreTest, ForgetsTheReferencesOfWhatIsRemoved) {
  Store store;
  const Key vpc = store.Put(Make(Kind::kVpc, "v"))->key;
  const Key subnet =
      store
          .Put(Make(
              Kind::kSubnet, "s",
              R"({"vpcRef": "/networking/projects/p/regions/r/virtualPrivateClouds/v"})"))
          ->key;
  ASSERT_EQ(store.UsersOf(vpc).size(), 1u);
  store.Remove(subnet);
  EXPECT_TRUE(store.UsersOf(vpc).empty());
  EXPECT_EQ(store.Find(subnet), nullptr);
}

TEST(StoreTest, VisitsOneCollectionOfOneProject) {
  Store store;
  store.Put(Make(Kind::kDisk, "b"));
  store.Put(Make(Kind::kDisk, "a"));
  store.Put(Make(Kind::kPublicIp, "c"));
  Object other = Make(Kind::kDisk, "d");
  other.key.project = "q";
  store.Put(other);
  std::string seen;
  store.ForEach(Kind::kDisk, "p", "r",
                [&](const ObjectPtr& object) { seen += object->key.id; });
  EXPECT_EQ(seen, "ab");
}

TEST(StoreTest, RemembersChangesInOrder) {
  Store store;
  const int64_t start = store.resource_version();
  const ObjectPtr first = store.Put(Make(Kind::kDisk, "a"));
  store.Put(*first);
  store.Remove(first->key);
  std::vector<Change> changes;
  ASSERT_TRUE(store.ChangesSince(start, &changes));
  ASSERT_EQ(changes.size(), 3u);
  EXPECT_FALSE(changes[1].deleted);
  EXPECT_TRUE(changes[2].deleted);
  ASSERT_TRUE(store.ChangesSince(changes[1].resource_version, &changes));
  EXPECT_EQ(changes.size(), 1u);
}

TEST(StoreTest, SaysWhenChangesAreForgotten) {
  Store store;
  for (int i = 0; i < 25'000; ++i) store.Put(Make(Kind::kDisk, "a"));
  std::vector<Change> changes;
  EXPECT_FALSE(store.ChangesSince(1, &changes));
  EXPECT_TRUE(store.ChangesSince(24'000, &changes));
}

}  // namespace
}  // namespace evroc::sim
