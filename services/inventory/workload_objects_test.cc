#include "services/inventory/workload_objects.h"

#include <string>
#include <vector>

#include "common/time/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evroc/testing/fake_compute_api.h"
#include "services/evroc/testing/fake_network_api.h"

namespace evroc::cloud {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class WorkloadObjectsTest : public ::testing::Test {
 protected:
  void Put(const std::string& id, const Labels& labels) {
    PublicIp address;
    address.metadata.id = Id<PublicIp>(id);
    address.metadata.labels = labels;
    api_.public_ips().Put(address);
  }
  // The ids of what remains, or the error.
  std::vector<std::string> Remove(const std::string& identifier) {
    std::vector<Remaining> remaining;
    const absl::Status status = RemoveWorkloadObjects<PublicIp>(
        {}, api_.public_ips(), identifier, remaining);
    if (!status.ok()) return {status.ToString()};
    std::vector<std::string> ids;
    ids.reserve(remaining.size());
    for (const Remaining& each : remaining) ids.push_back(each.id);
    return ids;
  }
  std::vector<std::string> All() {
    std::vector<std::string> ids;
    for (const PublicIp& each : api_.public_ips().All()) {
      ids.push_back(each.metadata.id.value());
    }
    return ids;
  }

  FakeClock clock_;
  FakeNetworkApi api_{FakeDialect::kRest, clock_};
};

TEST_F(WorkloadObjectsTest, OnlyThoseWithTheIdentifierGo) {
  Put("mine", {{"managed-by", "id"}});
  Put("others", {{"managed-by", "id-2"}});
  Put("nobodys", {});
  EXPECT_THAT(Remove("id"), ElementsAre("mine"));
  api_.Settle();
  EXPECT_THAT(Remove("id"), IsEmpty());
  EXPECT_THAT(All(), ElementsAre("nobodys", "others"));
}

// A user's own label on one of our objects, or on those of another cluster.
TEST_F(WorkloadObjectsTest, WhatHasAnOwnerOfOursIsLeft) {
  Labels labels = OwnerLabels({"c2", "other", "", ""});
  labels["managed-by"] = "id";
  Put("owned", labels);
  EXPECT_THAT(Remove("id"), IsEmpty());
  EXPECT_THAT(All(), ElementsAre("owned"));
}

TEST_F(WorkloadObjectsTest, WhatIsStillInUseIsNoError) {
  Put("used", {{"managed-by", "id"}});
  api_.public_ips().faults().Fail(
      Verb::kDelete, absl::FailedPreconditionError("a load balancer has it"));
  EXPECT_THAT(Remove("id"), ElementsAre("used"));
  EXPECT_THAT(All(), ElementsAre("used"));
}

// It may be in use outside the cluster, and holds data.
TEST_F(WorkloadObjectsTest, ADiskThatAMachineUsesIsNotDeleted) {
  FakeComputeApi compute(api_, FakeDialect::kRest, clock_);
  Disk disk;
  disk.metadata.id = Id<Disk>("pvc-1");
  disk.metadata.labels = {{"managed-by", "id"}};
  disk.status.usage = {{.machine = Id<VirtualMachine>("rescue")}};
  compute.disks().Put(disk);
  std::vector<Remaining> remaining;
  ASSERT_TRUE(
      RemoveWorkloadObjects<Disk>({}, compute.disks(), "id", remaining).ok());
  ASSERT_EQ(remaining.size(), 1);
  EXPECT_THAT(remaining[0].reason, testing::HasSubstr("machine rescue"));
  EXPECT_EQ(compute.disks().faults().calls(Verb::kDelete), 0);
}

TEST_F(WorkloadObjectsTest, AnErrorEndsIt) {
  Put("mine", {{"managed-by", "id"}});
  api_.public_ips().faults().Fail(Verb::kList, absl::UnavailableError("down"));
  EXPECT_THAT(Remove("id"), ElementsAre("UNAVAILABLE: down"));
}

TEST(CheckWorkloadIdentifierTest, ItIsOneClusters) {
  const auto refusal = [](const char* identifier) {
    Violations violations;
    CheckWorkloadIdentifier(identifier, "field", violations);
    return violations.ToStatus();
  };
  EXPECT_TRUE(refusal("").ok());
  EXPECT_TRUE(refusal("65e2bb15-5dea-4db4-919c-ebe15a25751a").ok());
  EXPECT_TRUE(absl::IsInvalidArgument(refusal("project")));
  EXPECT_TRUE(absl::IsInvalidArgument(refusal("a,b!=c")));
}

}  // namespace
}  // namespace evroc::cloud
