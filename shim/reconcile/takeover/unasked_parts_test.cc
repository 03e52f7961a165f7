#include "shim/reconcile/takeover/unasked_parts.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using Object = common::v1::TakeOverObject;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Object Found(const char* kind, const char* id,
             Object::Verdict verdict = Object::PROVEN) {
  Object object;
  object.set_kind(kind);
  object.set_id(id);
  object.set_verdict(verdict);
  return object;
}

EvrocMachineObject Machine() {
  EvrocMachineObject machine;
  machine.meta.key = {"ns", "worker-0"};
  return machine;
}

TEST(UnaskedPartsTest, AnAddressIsAskedForByTheSpecAlone) {
  EvrocMachineObject machine = Machine();
  const TakeOverObjects own = {Found("PublicIP", "worker-0-public-ip")};
  const auto unasked = [&](const char* of_vm) {
    return UnaskedAddresses(machine, own, of_vm);
  };
  EXPECT_THAT(unasked("front"), ElementsAre("front", "worker-0-public-ip"));
  EXPECT_THAT(unasked("worker-0-public-ip"), ElementsAre("worker-0-public-ip"));
  EXPECT_THAT(unasked(""), ElementsAre("worker-0-public-ip"));
  machine.spec.public_ip = true;
  EXPECT_THAT(unasked("worker-0-public-ip"), IsEmpty());
  machine.spec.existing_public_ip_id = "front";
  EXPECT_THAT(unasked("front"), ElementsAre("worker-0-public-ip"));
  EXPECT_THAT(UnaskedAddresses(machine, {}, "front"), IsEmpty());
  EXPECT_THAT(UnaskedAddresses(
                  Machine(), {Found("PublicIP", "x", Object::NOT_THEIRS)}, ""),
              IsEmpty());
}

TEST(UnaskedPartsTest, AnAddressIsKeptAsLongAsTheSpecSaysTheSame) {
  EvrocMachineObject machine = Machine();
  EXPECT_FALSE(KeepsPublicIp(machine));
  machine.meta.annotations[kKeptPublicIpAnnotation] =
      PublicIpSpecOf(machine.spec);
  EXPECT_TRUE(KeepsPublicIp(machine));
  machine.spec.public_ip = true;
  EXPECT_FALSE(KeepsPublicIp(machine));
  machine.spec.existing_public_ip_id = "front";
  EXPECT_FALSE(KeepsPublicIp(machine));
  machine.meta.annotations[kKeptPublicIpAnnotation] = "front";
  EXPECT_TRUE(KeepsPublicIp(machine));
}

TEST(UnaskedPartsTest, DisksThatTheSpecLacksAreRemarkedOn) {
  EvrocMachineObject machine = Machine();
  machine.spec.additional_disks.push_back({.name = "data"});
  const TakeOverObjects disks = {Found("Disk", "worker-0-boot-disk"),
                                 Found("Disk", "worker-0-data"),
                                 Found("Disk", "worker-0-logs")};
  EXPECT_THAT(MachineRemarks(machine, disks, ""),
              ElementsAre(HasSubstr("lacks worker-0-logs, which")));
  machine.spec.additional_disks.push_back({.name = "logs"});
  EXPECT_THAT(MachineRemarks(machine, disks, ""), IsEmpty());
}

TEST(UnaskedPartsTest, PortsAreKeptUntilTheSpecHasThem) {
  EvrocClusterObject cluster;
  cluster.spec.additional_ports = {{.port = 443}, {.port = 80, .kept = true}};
  EXPECT_THAT(UnaskedPorts(cluster, "c-0123abcd",
                           {Found("L4Route", "c-0123abcd-cp-lb-route"),
                            Found("L4Route", "c-0123abcd-cp-lb-route-9345"),
                            Found("L4Route", "c-0123abcd-cp-lb-route-443"),
                            Found("L4Route", "c-0123abcd-cp-lb-route-80"),
                            Found("BackendService", "c-0123abcd-cp-lb-svc-7")}),
              ElementsAre(80, 9345));
  EXPECT_EQ(KeptPorts(cluster), "80");
}

}  // namespace
}  // namespace evroc::shim
