// Fixture of the tests of a ComputeScope: a fake cloud with the default
// network, and the machine "worker-0" of cluster "prod".

#ifndef SERVICES_COMPUTE_TESTING_COMPUTE_SCOPE_FIXTURE_H_
#define SERVICES_COMPUTE_TESTING_COMPUTE_SCOPE_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>

#include "common/status/error_details.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "services/compute/compute_scope.h"
#include "services/compute/part_names.h"
#include "services/evroc/testing/fake_compute_api.h"
#include "services/evroc/testing/fake_network_api.h"
#include "services/watch/testing/feed_reader.h"

namespace evroc::compute {

inline const cloud::Owner kOwner = {"c1", "prod", "m1", "worker-0"};
inline const cloud::OwnerKey kKey = {"c1", "m1"};

class ComputeScopeFixture : public testing::Test {
 protected:
  ComputeScopeFixture() { Start(cloud::FakeDialect::kRest); }
  ~ComputeScopeFixture() override {
    watch_.reset();
    scope_.reset();
  }

  void Start(cloud::FakeDialect dialect) {
    scope_.reset();
    connection_ = std::make_shared<cloud::Connection>();
    auto network = std::make_unique<cloud::FakeNetworkApi>(dialect, clock_);
    network->AddDefaultNetwork();
    network_ = network.get();
    auto compute =
        std::make_unique<cloud::FakeComputeApi>(*network, dialect, clock_);
    api_ = compute.get();
    connection_->network = std::move(network);
    connection_->compute = std::move(compute);
    dialect_ = dialect;
    Restart();
  }
  // Restarts the service: nothing is remembered.
  void Restart() {
    scope_ = std::make_unique<ComputeScope>(
        connection_, cloud::PollIntervals{.pollers = 1}, clock_);
  }

  v1::VirtualMachine Request() {
    v1::VirtualMachine spec;
    spec.mutable_owner()->set_cluster_id("c1");
    spec.mutable_owner()->set_cluster_name("prod");
    spec.mutable_owner()->set_machine_id("m1");
    spec.mutable_owner()->set_machine_name("worker-0");
    spec.set_compute_profile("a1a.s");
    spec.mutable_boot_disk()->set_image("ubuntu.24-04.1");
    spec.mutable_boot_disk()->set_size_gb(20);
    if (dialect_ == cloud::FakeDialect::kRest) {
      spec.set_zone("a");
      spec.set_subnet_id("default-se-sto-a");
    }
    spec.set_user_data("#cloud-config");
    return spec;
  }
  v1::VirtualMachine Apply(const v1::VirtualMachine& spec,
                           bool provisioned_before = false) {
    const auto applied = scope_->Apply({}, spec, provisioned_before);
    EXPECT_TRUE(applied.ok()) << applied.status();
    return applied.value_or(v1::VirtualMachine());
  }
  absl::Status Refused(const v1::VirtualMachine& spec) {
    return scope_->Apply({}, spec, false).status();
  }
  v1::VirtualMachine Boot(const v1::VirtualMachine& spec) {
    Apply(spec);
    api_->Settle();
    api_->Settle();
    Forget();
    v1::VirtualMachine machine = Apply(spec);
    EXPECT_EQ(machine.state(), v1::VirtualMachine::STATE_RUNNING)
        << machine.DebugString();
    return machine;
  }
  // From here on the scope answers from memory.
  void Watch() {
    watch_ = std::make_unique<cloud::FeedReader>(scope_->feed());
    ASSERT_TRUE(watch_->AwaitSynced().ok());
  }
  void Forget() { clock_.Advance(absl::Seconds(6)); }
  // Of the machine, or of its whole cluster.
  void DeleteAll(const cloud::OwnerKey& owner = kKey) {
    for (int i = 0; i < 10; ++i) {
      const auto remaining = owner.machine_id.empty()
                                 ? scope_->DeleteCluster({}, owner.cluster_id)
                                 : scope_->Delete({}, owner);
      ASSERT_TRUE(remaining.ok()) << remaining.status();
      if (remaining->empty()) return;
      api_->Settle();
      Forget();
    }
    FAIL() << "something stays";
  }

  static std::string FieldOf(const absl::Status& status) {
    const ErrorDetails details = DetailsOf(status);
    return details.field_violations.empty() ? ""
                                            : details.field_violations[0].field;
  }
  static const common::v1::Condition& ConditionOf(
      const v1::VirtualMachine& machine, const std::string& type) {
    for (const common::v1::Condition& condition : machine.conditions()) {
      if (condition.type() == type) return condition;
    }
    return common::v1::Condition::default_instance();
  }
  static bool IsTrue(const v1::VirtualMachine& machine,
                     const std::string& type) {
    return ConditionOf(machine, type).status() ==
           common::v1::Condition::STATUS_TRUE;
  }
  void SetState(const std::string& word) {
    api_->virtual_machines().Change(
        MachineId(kOwner),
        [&](cloud::VirtualMachine& machine) { machine.status.state = word; });
    Forget();
  }

  FakeClock clock_;
  cloud::FakeDialect dialect_ = cloud::FakeDialect::kRest;
  std::shared_ptr<cloud::Connection> connection_;
  cloud::FakeNetworkApi* network_ = nullptr;
  cloud::FakeComputeApi* api_ = nullptr;
  std::unique_ptr<ComputeScope> scope_;
  std::unique_ptr<cloud::FeedReader> watch_;
};

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_TESTING_COMPUTE_SCOPE_FIXTURE_H_
