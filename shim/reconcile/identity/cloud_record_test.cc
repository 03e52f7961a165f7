#include "shim/reconcile/identity/cloud_record.h"

#include <string>

#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

void Add(const std::string& kind, const std::string& id,
         google::protobuf::RepeatedPtrField<common::v1::KnownObject>& objects) {
  common::v1::KnownObject& object = *objects.Add();
  object.set_kind(kind);
  object.set_id(id);
}

TEST(CloudRecordTest, ABalancerStaysRecordedWhereTheApiShowsNone) {
  CloudRecord record;
  network::v1::ClusterNetwork network;
  EXPECT_EQ(LoadBalancerOf(record), "");
  Add("VirtualPrivateCloud", "net", *network.mutable_objects());
  Add("LoadBalancer", "lb", *network.mutable_objects());
  RecordObjects(network, record);
  EXPECT_EQ(record.objects_size(), 2);
  network.clear_objects();
  RecordObjects(network, record);
  EXPECT_EQ(record.objects_size(), 2);
  Add("VirtualPrivateCloud", "other", *network.mutable_objects());
  RecordObjects(network, record);
  EXPECT_EQ(record.objects_size(), 2);
  EXPECT_EQ(record.objects(0).id(), "other");
  EXPECT_EQ(LoadBalancerOf(record), "lb");
  Add("LoadBalancer", "another", *network.mutable_objects());
  RecordObjects(network, record);
  EXPECT_EQ(record.objects_size(), 2);
  EXPECT_EQ(LoadBalancerOf(record), "another");
}

// Its spec may ask for it no longer.
TEST(CloudRecordTest, AMachineThatWasSpreadHasAGroup) {
  EvrocMachineObject machine;
  EXPECT_FALSE(IsSpread(machine));
  machine.status.placement_strategy = kSpreadStrategy;
  EXPECT_TRUE(IsSpread(machine));
}

}  // namespace
}  // namespace evroc::shim
