#include "shim/reconcile/machine/machine_capacity.h"

#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using compute::v1::ComputeProfile;

TEST(MachineCapacityTest, AnOrdinaryProfile) {
  ComputeProfile profile;
  profile.set_name("a1a.m");
  profile.set_vcpus(4);
  profile.set_memory_mib(int64_t{16} * 1024);
  profile.set_architecture("amd64");
  EXPECT_EQ(CapacityOf(profile, 50).Dump(),
            R"({"cpu":"4","memory":"16Gi","ephemeral-storage":"50Gi"})");
  EXPECT_EQ(NodeInfoOf(profile).Dump(),
            R"({"architecture":"amd64","operatingSystem":"linux"})");
}

TEST(MachineCapacityTest, GpusAreTheResourceOfTheirVendor) {
  ComputeProfile profile;
  profile.mutable_gpu()->set_model("nvidia.com/AD102GL_L40S");
  profile.mutable_gpu()->set_count(2);
  EXPECT_EQ(CapacityOf(profile, 0).Dump(), R"({"nvidia.com/gpu":"2"})");
  profile.mutable_gpu()->set_model("AD102GL_L40S");
  EXPECT_EQ(CapacityOf(profile, 0).Dump(), R"({"nvidia.com/gpu":"2"})");
}

TEST(MachineCapacityTest, QuantitiesHaveTheLargestUnitWithoutAFraction) {
  ComputeProfile profile;
  profile.set_memory_mib(1536);
  EXPECT_EQ(CapacityOf(profile, 2048).Dump(),
            R"({"memory":"1536Mi","ephemeral-storage":"2Ti"})");
}

TEST(MachineCapacityTest, UnknownQuantitiesAreLeftOut) {
  EXPECT_EQ(CapacityOf(ComputeProfile(), 0).Dump(), "{}");
  EXPECT_EQ(NodeInfoOf(ComputeProfile()).Dump(),
            R"({"operatingSystem":"linux"})");
}

}  // namespace
}  // namespace evroc::shim
