#include "shim/reconcile/cluster_access.h"

#include <functional>
#include <string>
#include <variant>

#include "gtest/gtest.h"
#include "shim/testing/reconcile_fixture.h"

namespace evroc::shim {
namespace {

class ClusterAccessTest : public ::testing::Test {
 protected:
  // A cluster of another tenant, in the place of "c", whose Secret leads to a
  // cloud of his own.
  void AddTheirs(const std::string& name) {
    fixture_.AddCluster(name);
    fixture_.Change(kEvrocClusterType, name,
                    R"({"spec": {"identitySecretName": "theirs"}})");
  }
  // Reconciles the cluster, whose cloud keeps the call so long that it hangs,
  // and does `meanwhile` while it lasts.
  void ReconcileSlowly(const std::string& name,
                       const std::function<void()>& meanwhile) {
    fixture_.network.faults().Before("ApplyClusterNetwork", [=, this] {
      fixture_.clock.Advance(absl::Seconds(11));
      meanwhile();
    });
    fixture_.ReconcileCluster(name).IgnoreError();
  }
  bool IsBusy(const std::string& name) {
    const ReconcileResult result = fixture_.ReconcileCluster(name);
    const auto* const retry =
        result.ok() ? std::get_if<RetryAfter>(&*result) : nullptr;
    return retry != nullptr && retry->why == ClusterAccess::Busy().why;
  }

  ReconcileFixture fixture_;
};

TEST_F(ClusterAccessTest,
       B9ASecretThatLeadsElsewhereHoldsUpItsOwnClustersOnly) {
  fixture_.AddSecret("theirs", "config", "another credential");
  for (const char* name : {"theirs-1", "theirs-2", "theirs-3"}) AddTheirs(name);
  bool looked = false;
  ReconcileSlowly("theirs-1", [&] {
    ReconcileSlowly("theirs-2", [&] {
      looked = true;
      EXPECT_TRUE(IsBusy("theirs-3"));
      EXPECT_FALSE(IsBusy("c"));
    });
  });
  EXPECT_TRUE(looked);
}

}  // namespace
}  // namespace evroc::shim
