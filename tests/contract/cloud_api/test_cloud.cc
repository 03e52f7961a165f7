#include "tests/contract/cloud_api/test_cloud.h"

#include <utility>

#include "absl/time/time.h"
#include "common/time/testing/fake_clock.h"
#include "glog/logging.h"
#include "prometheus/registry.h"
#include "services/evroc/connection/cloud_dialer.h"
#include "services/evroc/credentials/parse_credential.h"
#include "services/evroc/testing/fake_compute_api.h"
#include "tests/evroc_sim/simulator.h"

namespace evroc::cloud {
namespace {

// Every slow operation finishes within this many steps.
constexpr int kSteps = 6;
constexpr absl::Duration kStep = absl::Seconds(20);

class FakeCloud : public TestCloud {
 public:
  explicit FakeCloud(FakeDialect dialect)
      : network_(dialect), compute_(network_, dialect) {
    network_.AddDefaultNetwork();
  }

  NetworkApi& network() override { return network_; }
  ComputeApi& compute() override { return compute_; }
  void Settle() override {
    for (int i = 0; i < kSteps; ++i) compute_.Settle();
  }

 private:
  FakeNetworkApi network_;
  FakeComputeApi compute_;
};

class SimulatedCloud : public TestCloud {
 public:
  SimulatedCloud(const std::string& credential, const std::string& settings) {
    sim::SimulatorOptions options;
    options.settings = *Json::Parse(settings);
    auto simulator = sim::Simulator::Start(options, clock_);
    CHECK(simulator.ok()) << simulator.status();
    simulator_ = *std::move(simulator);
    auto parsed = ParseCredential(simulator_->Credential(credential),
                                  CredentialOrigin::kRequest);
    CHECK(parsed.ok()) << parsed.status();
    auto target = ResolveTarget(*std::move(parsed), {.project = "demo"}, {});
    CHECK(target.ok()) << target.status();
    connection_ = dialer_.Dial("key", *target);
  }

  NetworkApi& network() override { return *connection_->network; }
  ComputeApi& compute() override { return *connection_->compute; }
  void Settle() override {
    for (int i = 0; i < kSteps; ++i) {
      clock_.Advance(kStep);
      simulator_->cloud().AwaitDueSteps();
    }
  }

 private:
  // The clock stands still, so no call may have to wait for its slot.
  static constexpr TransportOptions kOptions = {
      .rate = {.per_second = 1e6, .burst = 1e6}};

  FakeClock clock_{absl::Now()};
  prometheus::Registry registry_;
  CloudMetrics metrics_{registry_};
  std::unique_ptr<sim::Simulator> simulator_;
  CloudDialer dialer_{kOptions, metrics_, clock_};
  std::shared_ptr<Connection> connection_;
};

}  // namespace

std::unique_ptr<TestCloud> MakeFakeCloud(FakeDialect dialect) {
  return std::make_unique<FakeCloud>(dialect);
}

std::unique_ptr<TestCloud> MakeSimulatedCloud(const std::string& credential,
                                              const std::string& settings) {
  return std::make_unique<SimulatedCloud>(credential, settings);
}

}  // namespace evroc::cloud
