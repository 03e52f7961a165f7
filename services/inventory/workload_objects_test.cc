#include "services/inventory/workload_objects.h"

#include <string>
#include <vector>

#include "common/time/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evroc/testing/fake_compute_api.h"
#include "services/evroc/testing/fake_network_api.h"
#include "services/identity/owner_labels.h"
#include "services/inventory/removal.h"

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
    const CallContext context;
    Sweep sweep(context);
    RemoveWorkloadObjects<PublicIp>(context, api_.public_ips(), identifier,
                                    sweep);
    const auto remaining = sweep.Finish();
    if (!remaining.ok()) return {remaining.status().ToString()};
    std::vector<std::string> ids;
    ids.reserve(remaining->size());
    for (const Remaining& each : *remaining) ids.push_back(each.id);
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
  const CallContext context;
  Sweep sweep(context);
  RemoveWorkloadObjects<Disk>(context, compute.disks(), "id", sweep);
  const auto remaining = sweep.Finish();
  ASSERT_TRUE(remaining.ok()) << remaining.status();
  ASSERT_EQ(remaining->size(), 1);
  EXPECT_THAT(remaining->front().reason, testing::HasSubstr("machine rescue"));
  EXPECT_EQ(compute.disks().faults().calls(Verb::kDelete), 0);
}

TEST_F(WorkloadObjectsTest, AnErrorIsTold) {
  Put("mine", {{"managed-by", "id"}});
  api_.public_ips().faults().Fail(Verb::kList, absl::UnavailableError("down"));
  EXPECT_THAT(Remove("id"), ElementsAre("UNAVAILABLE: down"));
}

TEST_F(WorkloadObjectsTest, OneErrorDoesNotKeepTheOthers) {
  Put("a", {{"managed-by", "id"}});
  Put("b", {{"managed-by", "id"}});
  api_.public_ips().faults().Fail(Verb::kDelete,
                                  absl::UnavailableError("down"));
  EXPECT_THAT(Remove("id"), ElementsAre("UNAVAILABLE: down"));
  EXPECT_FALSE(api_.public_ips().deleting(Id<PublicIp>("a")));
  EXPECT_TRUE(api_.public_ips().deleting(Id<PublicIp>("b")));
}

TEST_F(WorkloadObjectsTest, WhatIsNotTheClustersAnyMoreIsLeft) {
  Put("given", {{"managed-by", "id"}});
  api_.public_ips().faults().Before(Verb::kGet, [&] {
    api_.public_ips().Change(Id<PublicIp>("given"), [](PublicIp& address) {
      address.metadata.labels["managed-by"] = "somebody";
    });
  });
  EXPECT_THAT(Remove("id"), IsEmpty());
  EXPECT_EQ(api_.public_ips().faults().calls(Verb::kDelete), 0);
}

TEST_F(WorkloadObjectsTest, WhatWasMadeAgainIsLookedAtAgain) {
  Put("again", {{"managed-by", "id"}});
  api_.public_ips().faults().Before(Verb::kGet, [&] {
    api_.public_ips().Vanish(Id<PublicIp>("again"));
    Put("again", {{"managed-by", "id"}});
  });
  EXPECT_THAT(Remove("id"), ElementsAre("again"));
  EXPECT_EQ(api_.public_ips().faults().calls(Verb::kDelete), 0);
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
