// What counts against the quotas, and what is refused for want of them.

#include "tests/evroc_sim/rules/usage.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/evroc_sim/rules/rules_fixture.h"

namespace evroc::sim {
namespace {

constexpr char kL40s[] = "nvidia.com/AD102GL_L40S";

class QuotaTest : public RulesTest {
 protected:
  static void ExpectNoQuota(const absl::Status& status) {
    EXPECT_EQ(CodeOf(status), 403);
    EXPECT_EQ(ReasonOf(status), "Forbidden");
    EXPECT_NE(status.message().find(kNotEnoughQuota), std::string::npos)
        << status;
  }

  static std::string Disk(int amount, const char* unit = "GB") {
    return absl::StrCat(
        R"({"placement": {"zone": "a"}, "diskSize": {"amount": )", amount,
        R"(, "unit": ")", unit, "\"}}");
  }
};

// The fixture has two disks of 20 GB.
TEST_F(QuotaTest, BlockStorageIsCountedInAllUnits) {
  Put(Kind::kDisk, "mb", Disk(2048, "MB"));
  Put(Kind::kDisk, "tb", Disk(1, "TB"));
  EXPECT_EQ(UsageOf(store_, now_, nullptr).disk_kilobytes,
            (40 + 2 + 1024) * kKilobytesPerGb);
}

TEST_F(QuotaTest, DisksAndTheirGrowthNeedBlockStorage) {
  Set(R"({"quotas": {"block_storage_gb": 50}})");
  EXPECT_EQ(CodeOf(Check(Kind::kDisk, Disk(10))), 200);
  const absl::Status refused = Check(Kind::kDisk, Disk(10241, "MB"));
  ExpectNoQuota(refused);
  EXPECT_NE(refused.message().find("10.0 GB left (out of 50GB in quota)"),
            std::string::npos)
      << refused;
  const ObjectPtr now = store_.FindRef(absl::StrCat(kCompute, "disks/da"));
  EXPECT_EQ(CodeOf(Check(Kind::kDisk, Disk(30), now.get())), 200);
  ExpectNoQuota(Check(Kind::kDisk, Disk(31), now.get()));
  Set(R"({"quotas": {"block_storage_gb": 1}})");
  EXPECT_EQ(CodeOf(Check(Kind::kDisk, Disk(20), now.get())), 200);
}

TEST_F(QuotaTest, LoadBalancersAreCounted) {
  const std::string balancer =
      absl::StrCat(R"({"publicIPRef": ")", kNet, R"(publicIPs/ip"})");
  Set(R"({"quotas": {"load_balancers": 1}})");
  EXPECT_EQ(CodeOf(Check(Kind::kLoadBalancer, balancer)), 200);
  const ObjectPtr made = Put(Kind::kLoadBalancer, "lb", "{}");
  ExpectNoQuota(Check(Kind::kLoadBalancer, balancer));
  EXPECT_EQ(CodeOf(Check(Kind::kLoadBalancer, balancer, made.get())), 200);
}

TEST_F(QuotaTest, GpusAreCountedByModel) {
  Set(R"({"preset": "fresh-organisation"})");
  const std::string machine = Machine("da", "", "a", "gn-l40s.s");
  EXPECT_EQ(CodeOf(Check(Kind::kVirtualMachine, machine)), 200);
  ExpectNoQuota(
      Check(Kind::kVirtualMachine, Machine("da", "", "a", "gn-l40s.m")));
  ExpectNoQuota(
      Check(Kind::kVirtualMachine, Machine("da", "", "a", "gn-b200.s")));
  Put(Kind::kDisk, "dc", Disk(20));
  Put(Kind::kVirtualMachine, "m", Machine("dc", "", "a", "gn-l40s.s"));
  ExpectNoQuota(Check(Kind::kVirtualMachine, machine));
  Usage usage = UsageOf(store_, now_, nullptr);
  EXPECT_EQ(usage.gpus[kL40s], 1);
  EXPECT_EQ(usage.vcpus, 0);
}

TEST_F(QuotaTest, AMachineThatKeepsItsProfileNeedsNoQuota) {
  const ObjectPtr now =
      Put(Kind::kVirtualMachine, "m", Machine("da"), "Stopped");
  Set(R"({"quotas": {"vcpus": 1}})");
  EXPECT_EQ(CodeOf(Check(Kind::kVirtualMachine, Machine("da"), now.get())),
            200);
  ExpectNoQuota(
      Check(Kind::kVirtualMachine, Machine("da", "", "a", "c1a.m"), now.get()));
}

TEST_F(QuotaTest, MachinesThatAreGoneCountForAWhile) {
  const auto add = [this](const char* profile, absl::Duration counted) {
    store_.AddDeparted(
        {absl::StrCat("/compute/global/computeProfiles/", profile),
         now_ + counted},
        now_);
  };
  add("c1a.s", absl::Seconds(10));
  add("gn-l40s.m", absl::Seconds(20));
  EXPECT_EQ(UsageOf(store_, now_, nullptr).vcpus, 2);
  EXPECT_EQ(UsageOf(store_, now_, nullptr).memory_gb, 4);
  Set(R"({"quotas": {"vcpus": 3}})");
  ExpectNoQuota(Check(Kind::kVirtualMachine, Machine("da")));
  now_ += absl::Seconds(10);
  EXPECT_EQ(CodeOf(Check(Kind::kVirtualMachine, Machine("da"))), 200);
  EXPECT_EQ(UsageOf(store_, now_, nullptr).gpus[kL40s], 2);
  add("c1a.s", absl::Seconds(1));
  EXPECT_EQ(store_.departed().size(), 2u);
}

}  // namespace
}  // namespace evroc::sim
