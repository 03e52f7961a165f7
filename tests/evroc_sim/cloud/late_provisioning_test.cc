// Disks and machines that hang, and quota that is released late (evroc-api.md
// B.5.1, B.5.3, B.8.2).

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/evroc_sim/cloud/cloud_fixture.h"

namespace evroc::sim {
namespace {

class LateProvisioningTest : public CloudTest {
 protected:
  void AddFault(const char* json) {
    cloud_.EditFaults([json](ObjectFaults& faults) {
      faults.Add(*ParseObjectFault(*Json::Parse(json)));
    });
  }

  void MakeImageDisk(const std::string& id, const char* zone) {
    MustCreate(Kind::kDisk, id,
               absl::StrCat(R"({"placement": {"zone": ")", zone,
                            R"("}, "source": {"type": "image", "diskImageRef":
                   "/compute/global/diskImages/evroc/ubuntu.24-04.1"}})"));
  }

  // The condition of that type as JSON; null if there is none.
  Json Condition(Kind kind, const std::string& id, const char* type) {
    const ObjectPtr object = Get(kind, id);
    const JsonView conditions = object->status["conditions"];
    Json found;
    for (size_t i = 0; i < conditions.size(); ++i) {
      if (conditions[i]["type"].String() == type) found = Json(conditions[i]);
    }
    return found;
  }
};

TEST_F(LateProvisioningTest, AllImportsOfAZoneHang) {
  AddFault(R"({"collection": "disks", "outcome": "stuck", "zone": "c",
               "count": -1})");
  MakeImageDisk("first", "c");
  MakeImageDisk("second", "c");
  MakeImageDisk("elsewhere", "a");
  MustCreate(Kind::kDisk, "blank", R"({"placement": {"zone": "c"},
      "diskSize": {"amount": 1, "unit": "GB"}})");
  Settle();
  for (const char* id : {"first", "second"}) {
    const Json ready = Condition(Kind::kDisk, id, "Ready");
    EXPECT_EQ(ready["status"].String(), "False");
    EXPECT_EQ(ready["reason"].String(), "ImportScheduled");
    EXPECT_EQ(ready["lastTransitionTime"].String(),
              FormatTimestamp(Get(Kind::kDisk, id)->created));
  }
  EXPECT_TRUE(IsReady(Kind::kDisk, "elsewhere"));
  EXPECT_TRUE(IsReady(Kind::kDisk, "blank"));
  ASSERT_TRUE(cloud_.Delete(KeyOf(Kind::kDisk, "first")).ok());
  Settle();
  EXPECT_EQ(StatusOfGet(Kind::kDisk, "first"), 404);
}

TEST_F(LateProvisioningTest, AMachineFindsNoRoom) {
  AddFault(R"({"collection": "virtualMachines", "outcome": "unschedulable",
               "zone": "a", "count": -1})");
  MakeDisk("d");
  MustCreate(Kind::kVirtualMachine, "m", MachineSpec("d"));
  Settle();
  EXPECT_EQ(
      Get(Kind::kVirtualMachine, "m")->status["virtualMachineStatus"].String(),
      "ErrorUnschedulable");
  for (const char* type : {"Ready", "VMIsRunning"}) {
    const Json condition = Condition(Kind::kVirtualMachine, "m", type);
    EXPECT_EQ(condition["status"].String(), "False") << type;
    EXPECT_EQ(condition["reason"].String(), "ErrorUnschedulable") << type;
  }
  EXPECT_EQ(
      Condition(Kind::kVirtualMachine, "m", "NetworkReady")["message"].String(),
      "Waiting for IPv6 Networking");
  ASSERT_TRUE(cloud_.Delete(KeyOf(Kind::kVirtualMachine, "m")).ok());
  Settle();
  EXPECT_EQ(StatusOfGet(Kind::kVirtualMachine, "m"), 404);
}

TEST_F(LateProvisioningTest, QuotaIsReleasedLate) {
  Set(R"({"quotas": {"vcpus": 2}, "latency_ms": {"quota_release": 60000}})");
  MakeDisk("d");
  MustCreate(Kind::kVirtualMachine, "m", MachineSpec("d"));
  Settle();
  ASSERT_TRUE(cloud_.Delete(KeyOf(Kind::kVirtualMachine, "m")).ok());
  Settle();
  ASSERT_EQ(StatusOfGet(Kind::kVirtualMachine, "m"), 404);
  const auto refused = Create(Kind::kVirtualMachine, "n", MachineSpec("d"));
  EXPECT_EQ(HttpStatusOf(refused.status()), 403);

  FakeClock clock;
  clock.Advance(clock_.Now() - clock.Now());
  Cloud again({}, clock);
  ASSERT_TRUE(again.LoadState(cloud_.SaveState()).ok());
  again.Read(
      [](const Store& store) { EXPECT_EQ(store.departed().size(), 1u); });
  clock_.Advance(absl::Minutes(1));
  EXPECT_TRUE(Create(Kind::kVirtualMachine, "n", MachineSpec("d")).ok());
}

}  // namespace
}  // namespace evroc::sim
