// Fixture of the tests of a NetworkScope: a fake cloud with the default
// network, and the request for a cluster's network with subnets in two zones.

#ifndef SERVICES_NETWORK_TESTING_NETWORK_SCOPE_FIXTURE_H_
#define SERVICES_NETWORK_TESTING_NETWORK_SCOPE_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/status/error_details.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "services/evroc/testing/fake_compute_api.h"
#include "services/evroc/testing/fake_network_api.h"
#include "services/identity/owner_labels.h"
#include "services/network/network_scope.h"

namespace evroc::network {

class NetworkScopeFixture : public testing::Test {
 protected:
  ~NetworkScopeFixture() override { scope_.reset(); }

  void Start(cloud::FakeDialect dialect = cloud::FakeDialect::kRest) {
    scope_.reset();
    if (api_ == nullptr || dialect != dialect_) {
      dialect_ = dialect;
      connection_ = std::make_shared<cloud::Connection>();
      if (dialect == cloud::FakeDialect::kRest) connection_->region = "se-sto";
      auto network = std::make_unique<cloud::FakeNetworkApi>(dialect, clock_);
      api_ = network.get();
      api_->AddDefaultNetwork();
      auto compute =
          std::make_unique<cloud::FakeComputeApi>(*network, dialect, clock_);
      compute_ = compute.get();
      // Backends need not exist.
      network->set_machines(nullptr);
      connection_->network = std::move(network);
      connection_->compute = std::move(compute);
    }
    scope_ = std::make_unique<NetworkScope>(
        connection_, cloud::PollIntervals{.pollers = 1}, clock_);
  }
  // Restarts the service: nothing is remembered.
  void Restart() { Start(dialect_); }

  v1::ClusterNetwork Request(const std::string& cluster = "c1") {
    v1::ClusterNetwork spec;
    spec.mutable_owner()->set_cluster_id(cluster);
    spec.mutable_owner()->set_cluster_name("prod");
    spec.mutable_vpc()->set_name("net");
    const char* zones[] = {"a", "b"};
    for (int i = 0; i < 2; ++i) {
      v1::Subnet* subnet = spec.add_subnets();
      subnet->set_name(std::string("net-") + zones[i]);
      if (dialect_ == cloud::FakeDialect::kRest) subnet->set_zone(zones[i]);
      subnet->set_ipv4_cidr_block("10.0.1" + std::to_string(i) + ".0/24");
    }
    return spec;
  }

  v1::ClusterNetwork Apply(const v1::ClusterNetwork& spec) {
    const auto applied = scope_->ApplyNetwork({}, spec);
    EXPECT_TRUE(applied.ok()) << applied.status();
    return applied.value_or(v1::ClusterNetwork());
  }
  absl::Status Refused(const v1::ClusterNetwork& spec) {
    return scope_->ApplyNetwork({}, spec).status();
  }
  v1::ClusterNetwork ApplyUntilReady(const v1::ClusterNetwork& spec) {
    Apply(spec);
    api_->Settle();
    Forget();
    v1::ClusterNetwork network = Apply(spec);
    EXPECT_EQ(network.state(), v1::ClusterNetwork::STATE_READY)
        << network.DebugString();
    return network;
  }
  // Lets cached reads expire.
  void Forget() { clock_.Advance(absl::Seconds(6)); }

  // Deletes until nothing remains, as a client would.
  void DeleteAll(const std::string& cluster = "c1") {
    for (int i = 0; i < 20; ++i) {
      const auto remaining = scope_->DeleteNetwork({}, {.cluster_id = cluster});
      ASSERT_TRUE(remaining.ok()) << remaining.status();
      if (remaining->empty()) return;
      api_->Settle();
      Forget();
    }
    FAIL() << "something stays";
  }

  template <typename T>
  std::vector<std::string> OursIn(cloud::FakeCollection<T>& collection,
                                  const std::string& cluster = "c1") {
    std::vector<std::string> ids;
    for (const T& object : collection.All()) {
      if (cloud::BelongsToCluster(object.metadata.labels, cluster)) {
        ids.push_back(object.metadata.id.value());
      }
    }
    return ids;
  }

  static std::string FieldOf(const absl::Status& status) {
    const ErrorDetails details = DetailsOf(status);
    return details.field_violations.empty() ? ""
                                            : details.field_violations[0].field;
  }
  static const common::v1::Condition* ConditionOf(
      const v1::ClusterNetwork& network, const std::string& type) {
    for (const common::v1::Condition& condition : network.conditions()) {
      if (condition.type() == type) return &condition;
    }
    return nullptr;
  }
  cloud::SecurityGroup Group(const std::string& id) {
    return api_->security_groups()
        .Find(Id<cloud::SecurityGroup>(id))
        .value_or(cloud::SecurityGroup{});
  }

  FakeClock clock_;
  cloud::FakeDialect dialect_ = cloud::FakeDialect::kRest;
  std::shared_ptr<cloud::Connection> connection_;
  cloud::FakeNetworkApi* api_ = nullptr;
  cloud::FakeComputeApi* compute_ = nullptr;
  std::unique_ptr<NetworkScope> scope_;
};

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_TESTING_NETWORK_SCOPE_FIXTURE_H_
