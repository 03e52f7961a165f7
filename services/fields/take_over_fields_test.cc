#include "services/fields/take_over_fields.h"

#include <functional>
#include <string>
#include <vector>

#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

using ::testing::ElementsAre;

class TakeOverFieldsTest : public testing::Test {
 protected:
  TakeOverFieldsTest() {
    owner_.set_cluster_id("c1");
    owner_.set_cluster_name("prod");
    owner_.set_machine_id("m1");
    owner_.set_machine_name("worker-0");
    owner_.set_resource_prefix("worker-0");
    previous_.set_cluster_id("c1");
    previous_.add_cluster_names("prod");
    previous_.add_machine_uids("uid");
  }
  absl::StatusOr<TakeOverRequest> Check(OwnerKind kind = OwnerKind::kMachine) {
    return CheckTakeOver(owner_, kind, previous_,
                         common::v1::TAKE_OVER_ACTION_TAKE);
  }
  std::vector<std::string> FieldsAtFault(OwnerKind kind = OwnerKind::kMachine) {
    std::vector<std::string> fields;
    for (const auto& each : DetailsOf(Check(kind).status()).field_violations) {
      fields.push_back(each.field);
    }
    return fields;
  }

  common::v1::Owner owner_;
  common::v1::PreviousOwner previous_;
};

TEST_F(TakeOverFieldsTest, TakesEveryField) {
  const auto request = Check();
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->owner.resource_prefix, "worker-0");
  EXPECT_THAT(request->previous.cluster_names, ElementsAre("prod"));
  EXPECT_THAT(request->previous.machine_uids, ElementsAre("uid"));
  EXPECT_EQ(request->action, TakeOverAction::kTake);
}

TEST_F(TakeOverFieldsTest, NamesWhatIsMissing) {
  owner_.clear_resource_prefix();
  previous_.clear_cluster_names();
  EXPECT_THAT(FieldsAtFault(), ElementsAre("owner.resource_prefix",
                                           "previous_owner.cluster_names"));
}

// A selector with them must not select more.
TEST_F(TakeOverFieldsTest, IdsAreValuesOfLabels) {
  previous_.set_cluster_id("c1,x");
  previous_.set_cluster_uid("a b");
  previous_.set_machine_id("!");
  EXPECT_THAT(FieldsAtFault(), ElementsAre("previous_owner.cluster_id",
                                           "previous_owner.cluster_uid",
                                           "previous_owner.machine_id"));
}

TEST_F(TakeOverFieldsTest, AClusterHasNothingOfAMachine) {
  owner_.clear_machine_id();
  owner_.clear_machine_name();
  EXPECT_THAT(FieldsAtFault(OwnerKind::kCluster),
              ElementsAre("previous_owner.machine_id"));
}

}  // namespace
}  // namespace evroc::cloud
