#include "services/identity/previous_owner.h"

#include "gtest/gtest.h"
#include "services/identity/owner_labels.h"

namespace evroc::cloud {
namespace {

constexpr char kUid[] = "0123abcd-0000-4000-8000-000000000001";

Labels Official(const Labels& more) {
  Labels labels = {{"capi_managed-by", "cluster-api-provider-evroc"},
                   {"capi_cluster-name", "prod"}};
  labels.insert(more.begin(), more.end());
  return labels;
}

TEST(PreviousOwnerTest, TheClustersIdIsAProof) {
  const PreviousOwner owner{.cluster_id = "c1", .cluster_names = {"prod"}};
  EXPECT_TRUE(ProveByLabels(Official({{"capi_cluster-id", "c1"}}), owner));
  EXPECT_FALSE(ProveByLabels(Official({{"capi_cluster-id", "c2"}}), owner));
  EXPECT_FALSE(ProveByLabels(Official({}), owner));
  EXPECT_FALSE(ProveByLabels({{"capi_cluster-id", "c1"}}, owner));
}

TEST(PreviousOwnerTest, OfAnotherMachineItIsNone) {
  const PreviousOwner owner{
      .cluster_id = "c1", .cluster_names = {"prod"}, .machine_id = "m1"};
  const auto with = [](const char* machine) {
    return Official({{"capi_cluster-id", "c1"}, {"capi_machine-id", machine}});
  };
  EXPECT_TRUE(ProveByLabels(with("m1"), owner));
  EXPECT_FALSE(ProveByLabels(with("m2"), owner));
}

// The label of versions before 0.3.0. An id decides where there is one.
TEST(PreviousOwnerTest, SoIsTheUidThatTheEvrocClusterWasMadeWith) {
  const PreviousOwner owner{
      .cluster_id = "c1", .cluster_uid = kUid, .cluster_names = {"prod"}};
  EXPECT_TRUE(ProveByLabels(Official({{"capi_cluster-uid", kUid}}), owner));
  EXPECT_FALSE(ProveByLabels(
      Official({{"capi_cluster-uid", kUid}, {"capi_cluster-id", "c2"}}),
      owner));
  EXPECT_FALSE(
      ProveByLabels(Official({{"capi_cluster-uid", "0123abcd"}}), owner));
}

// After a move only its beginning is known, from the resource prefix.
TEST(PreviousOwnerTest, TheBeginningOfTheUidNeedsTheNameToo) {
  PreviousOwner owner{.cluster_uid = "0123abcd", .cluster_names = {"prod"}};
  const Labels labels = Official({{"capi_cluster-uid", kUid}});
  EXPECT_TRUE(ProveByLabels(labels, owner));
  owner.cluster_names = {"staging"};
  EXPECT_FALSE(ProveByLabels(labels, owner));
}

TEST(PreviousOwnerTest, LabelsOfANewObjectProveIt) {
  const Owner owner{"c1", "prod", "m1", "worker", "worker-0"};
  const PreviousOwner previous{
      .cluster_id = "c1", .cluster_names = {"prod"}, .machine_id = "m1"};
  EXPECT_TRUE(ProveByLabels(ObjectLabels(owner, {}), previous));
}

}  // namespace
}  // namespace evroc::cloud
