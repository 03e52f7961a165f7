#include "services/inventory/removal.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/time/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evroc/testing/fake_network_api.h"
#include "services/identity/owner_labels.h"

namespace evroc::cloud {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Owner kOwner = {"c", "cluster", "", ""};
const Owner kOther = {"d", "other", "", ""};

class RemovalTest : public ::testing::Test {
 protected:
  RemovalTest() { Use(FakeDialect::kRest); }
  ~RemovalTest() override { inventory_.reset(); }

  void Use(FakeDialect dialect) {
    inventory_.reset();
    api_ = std::make_unique<FakeNetworkApi>(dialect, clock_);
    inventory_ = std::make_unique<Inventory<PublicIp>>(
        addresses(), InventoryOptions{.selector = ManagedSelector()},
        scheduler_, clock_, [](const std::set<OwnerKey>&) {});
  }
  FakeCollection<PublicIp>& addresses() { return api_->public_ips(); }
  FakeFaults& faults() { return addresses().faults(); }

  void Put(const std::string& id, const Labels& labels) {
    PublicIp address;
    address.metadata.id = Id<PublicIp>(id);
    address.metadata.labels = labels;
    addresses().Put(address);
  }
  void Relabel(const std::string& id, const Labels& labels) {
    addresses().Change(Id<PublicIp>(id), [&](PublicIp& address) {
      address.metadata.labels = labels;
    });
  }
  std::vector<Known<PublicIp>> Listed() {
    EXPECT_TRUE(inventory_->Refresh({}, KeyOf(kOwner)).ok());
    return inventory_->CachedByCluster("c");
  }
  // "id: why" of what remains after a sweep, or the error.
  std::vector<std::string> Describe(Sweep& sweep) {
    const auto remaining = sweep.Finish();
    if (!remaining.ok()) return {remaining.status().ToString()};
    std::vector<std::string> texts;
    for (const Remaining& each : *remaining) {
      texts.push_back(absl::StrCat(each.id, ": ", each.reason));
    }
    return texts;
  }
  std::vector<std::string> Remove(const std::vector<Known<PublicIp>>& all,
                                  const HolderOf<PublicIp>& holder = nullptr) {
    Sweep sweep(context_);
    sweep.RemoveAll(*inventory_, all, holder);
    return Describe(sweep);
  }
  std::vector<std::string> RemoveNamed(const std::string& id) {
    Sweep sweep(context_);
    sweep.RemoveNamed(*inventory_, Id<PublicIp>(id), KeyOf(kOwner));
    return Describe(sweep);
  }
  int Deletions() { return faults().calls(Verb::kDelete); }

  const CallContext context_;
  FakeClock clock_;
  PollScheduler scheduler_{1, clock_};
  std::unique_ptr<FakeNetworkApi> api_;
  std::unique_ptr<Inventory<PublicIp>> inventory_;
};

TEST_F(RemovalTest, CostsOneReadForEachObject) {
  Put("a", OwnerLabels(kOwner));
  Put("b", OwnerLabels(kOwner));
  const auto listed = Listed();
  faults().ResetCalls();
  EXPECT_THAT(Remove(listed), ElementsAre("a: deletion is under way",
                                          "b: deletion is under way"));
  EXPECT_EQ(faults().calls(Verb::kGet), 2);
  EXPECT_EQ(Deletions(), 2);
  EXPECT_EQ(faults().calls(Verb::kList), 0);
}

TEST_F(RemovalTest, ADeletionThatTheCloudDropsIsRepeated) {
  Put("a", OwnerLabels(kOwner));
  addresses().set_behaviour({.drops_deletion = true});
  Remove(Listed());
  addresses().set_behaviour({});
  Remove(inventory_->CachedByCluster("c"));
  EXPECT_EQ(Deletions(), 1) << "not at once";
  clock_.Advance(absl::Seconds(31));
  Remove(inventory_->CachedByCluster("c"));
  EXPECT_EQ(Deletions(), 2);
  EXPECT_TRUE(addresses().deleting(Id<PublicIp>("a")));
}

TEST_F(RemovalTest, WhatIsGivenAwayAfterTheListIsLeft) {
  Put("a", OwnerLabels(kOwner));
  const auto listed = Listed();
  Relabel("a", OwnerLabels(kOther));
  EXPECT_THAT(Remove(listed),
              ElementsAre(HasSubstr("it belongs to cluster other")));
  EXPECT_EQ(Deletions(), 0);
}

TEST_F(RemovalTest, WhatIsGivenToAnotherMachineOfTheClusterIsLeft) {
  Put("a", OwnerLabels({"c", "cluster", "m1", "worker-1"}));
  const auto listed = Listed();
  Relabel("a", OwnerLabels({"c", "cluster", "m2", "worker-2"}));
  EXPECT_THAT(Remove(listed), ElementsAre(HasSubstr("machine worker-2")));
  EXPECT_EQ(Deletions(), 0);
}

TEST_F(RemovalTest, WhatIsMadeAgainAfterTheListIsLookedAtAgain) {
  Put("a", OwnerLabels(kOwner));
  const auto listed = Listed();
  addresses().Vanish(Id<PublicIp>("a"));
  Put("a", OwnerLabels(kOwner));
  EXPECT_THAT(Remove(listed), ElementsAre(HasSubstr("made it again")));
  EXPECT_EQ(Deletions(), 0);
  EXPECT_THAT(Remove(Listed()), ElementsAre("a: deletion is under way"));
}

// With REST this window of one call stays.
TEST_F(RemovalTest, KcpComparesTheUidInTheDeletionItself) {
  Use(FakeDialect::kKcp);
  Put("a", OwnerLabels(kOwner));
  const auto listed = Listed();
  faults().Before(Verb::kDelete, [&] {
    addresses().Vanish(Id<PublicIp>("a"));
    Put("a", OwnerLabels(kOther));
  });
  EXPECT_THAT(Remove(listed), ElementsAre(HasSubstr("another UID")));
  EXPECT_FALSE(addresses().deleting(Id<PublicIp>("a")));
}

TEST_F(RemovalTest, WhatSomethingUsesIsLeft) {
  Put("a", OwnerLabels(kOwner));
  std::string user = "machine m";
  const auto holder = [&](const PublicIp&) -> absl::StatusOr<std::string> {
    return user;
  };
  EXPECT_THAT(Remove(Listed(), holder), ElementsAre("a: in use by machine m"));
  EXPECT_EQ(Deletions(), 0);
  user.clear();
  EXPECT_THAT(Remove(Listed(), holder), ElementsAre(HasSubstr("under way")));
}

TEST_F(RemovalTest, OneErrorDoesNotEndASweep) {
  Put("a", OwnerLabels(kOwner));
  Put("b", OwnerLabels(kOwner));
  faults().Fail(Verb::kDelete, absl::PermissionDeniedError("no"));
  EXPECT_THAT(Remove(Listed()), ElementsAre("PERMISSION_DENIED: no"));
  EXPECT_FALSE(addresses().deleting(Id<PublicIp>("a")));
  EXPECT_TRUE(addresses().deleting(Id<PublicIp>("b")));
}

TEST_F(RemovalTest, ARefusedCredentialEndsIt) {
  Put("a", OwnerLabels(kOwner));
  Put("b", OwnerLabels(kOwner));
  const auto listed = Listed();
  faults().Fail(Verb::kGet, absl::UnauthenticatedError("no"),
                FakeFaults::kForever);
  EXPECT_THAT(Remove(listed), ElementsAre("UNAUTHENTICATED: no"));
  EXPECT_EQ(faults().calls(Verb::kGet), 1);
}

TEST_F(RemovalTest, ANameIsAskedForThoughAListLacksIt) {
  addresses().FreezeLists(true);
  Put("a", OwnerLabels(kOwner));
  EXPECT_THAT(Listed(), IsEmpty());
  EXPECT_THAT(RemoveNamed("a"), ElementsAre("a: deletion is under way"));
  api_->Settle();
  EXPECT_THAT(RemoveNamed("a"), IsEmpty());
  const int reads = faults().reads();
  EXPECT_THAT(RemoveNamed("a"), IsEmpty());
  EXPECT_EQ(faults().reads(), reads) << "it was just seen to be gone";
}

TEST_F(RemovalTest, AnOwnersNameWithoutItsLabelsIsInDoubt) {
  Put("a", {{"team", "one"}});
  EXPECT_THAT(RemoveNamed("a"),
              ElementsAre(HasSubstr("capi-cluster-id=c to have it deleted")));
  Relabel("a", OwnerLabels(kOther));
  clock_.Advance(absl::Seconds(6));
  EXPECT_THAT(RemoveNamed("a"), IsEmpty()) << "it is another's for certain";
  Relabel("a", {{kOfficialClusterName, "cluster"}});
  EXPECT_THAT(RemoveNamed("a"), IsEmpty()) << "or was given back";
  EXPECT_EQ(Deletions(), 0);
}

}  // namespace
}  // namespace evroc::cloud
