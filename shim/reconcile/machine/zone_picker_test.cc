#include "shim/reconcile/machine/zone_picker.h"

#include <memory>

#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

class ZonePickerTest : public testing::Test {
 protected:
  static EvrocMachineObject Machine(const std::string& name,
                                    const std::string& zone = "") {
    EvrocMachineObject machine;
    machine.meta.key = {"ns", name};
    machine.meta.cluster_name = "c";
    if (!zone.empty()) {
      machine.meta.annotations[std::string(kZoneAnnotation)] = zone;
    }
    return machine;
  }
  void Add(EvrocMachineObject machine) {
    siblings_.push_back(
        std::make_shared<const EvrocMachineObject>(std::move(machine)));
  }
  std::string Pick(const EvrocMachineObject& machine) {
    return picker_.Pick(machine, {"a", "b", "c"}, siblings_, absl::UnixEpoch());
  }

  std::vector<EvrocMachinePtr> siblings_;
  ZonePicker picker_;
};

TEST_F(ZonePickerTest, TheZoneWithTheFewestMachinesIsPickedOrTheFirst) {
  EXPECT_EQ(Pick(Machine("m1")), "a");
  Add(Machine("m2", "a"));
  Add(Machine("m3", "c"));
  EXPECT_EQ(Pick(Machine("m4")), "b");
}

TEST_F(ZonePickerTest, MachinesThatAreBeingMadeCount) {
  for (const char* zone : {"a", "b", "c", "a"}) {
    const EvrocMachineObject machine =
        Machine("m" + std::to_string(siblings_.size()));
    Add(machine);
    EXPECT_EQ(Pick(machine), zone);
    EXPECT_EQ(Pick(machine), zone) << "until it is forgotten";
  }
}

TEST_F(ZonePickerTest, MachinesOfTheOfficialProviderCountByTheirStatus) {
  EvrocMachineObject theirs = Machine("m1");
  theirs.status.failure_domain = "a";
  Add(theirs);
  EXPECT_EQ(Pick(Machine("m2")), "b");
}

TEST_F(ZonePickerTest, OtherRolesAndMachinesThatGoDoNotCount) {
  EvrocMachineObject other = Machine("m1", "a");
  other.meta.control_plane = true;
  Add(other);
  EvrocMachineObject gone = Machine("m2", "a");
  gone.meta.deleting = true;
  Add(gone);
  EXPECT_EQ(Pick(Machine("m3")), "a");
}

}  // namespace
}  // namespace evroc::shim
