// Both service programs, an evroc-sim, and a client that uses them as the shim
// does, by Apply, Delete and Watch.

#ifndef TESTS_COMPONENT_SERVICES_FIXTURE_H_
#define TESTS_COMPONENT_SERVICES_FIXTURE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/http/curl_http_client.h"
#include "common/json/json.h"
#include "evroc/compute/v1/compute_service.grpc.pb.h"
#include "evroc/network/v1/network_service.grpc.pb.h"
#include "tests/component/program.h"
#include "tests/evroc_sim/simulator.h"

namespace evroc {

class ServicesFixture {
 public:
  struct Options {
    // The name of one of the simulator's credential files.
    std::string credential = "profile.yaml";
    // A patch of the simulator's settings.
    std::string settings = "{}";
    // For both services, in addition to the usual ones.
    std::vector<std::string> flags;
    // The file for both services' logs; empty: this test's output.
    std::string log;
  };

  ServicesFixture() : ServicesFixture(Options{}) {}
  explicit ServicesFixture(const Options& options);

  sim::Simulator& simulator() { return *simulator_; }
  sim::Cloud& cloud() { return simulator_->cloud(); }

  network::v1::NetworkService::Stub& network() { return *network_; }
  compute::v1::ComputeService::Stub& compute() { return *compute_; }
  Program& network_program() { return *network_program_; }
  Program& compute_program() { return *compute_program_; }

  // Kills a service, as a crash would, and starts it again.
  void RestartNetwork();
  void RestartCompute();

  // Calls the simulator's control interface and returns its answer.
  Json Control(const std::string& method, const std::string& path,
               const std::string& body = "");
  // The number of cloud calls since the last ForgetCalls whose route contains
  // `part`, with that method if it is not empty.
  int Calls(const std::string& method, const std::string& part);
  void ForgetCalls() { Control("DELETE", "/sim/v1/calls"); }
  void AddFault(const std::string& fault) {
    Control("POST", "/sim/v1/faults", fault);
  }
  void ClearFaults() { Control("DELETE", "/sim/v1/faults"); }

  // The scope of calls: the simulator's credential, project "demo".
  common::v1::CloudScope Scope() const;

  // A network with one subnet in zone "a" for the cluster.
  network::v1::ClusterNetwork DesiredNetwork(const std::string& cluster) const;
  // A machine in that network, or in the default one if `network` is null.
  compute::v1::VirtualMachine DesiredMachine(
      const std::string& cluster, const std::string& machine,
      const network::v1::ClusterNetwork* network) const;

  // --- One call each.
  absl::StatusOr<network::v1::ClusterNetwork> Apply(
      const network::v1::ClusterNetwork& desired);
  absl::StatusOr<compute::v1::VirtualMachine> Apply(
      const compute::v1::VirtualMachine& desired,
      bool provisioned_before = false);
  // Returns how many objects remain.
  absl::StatusOr<int> DeleteNetworkOnce(const std::string& cluster);
  absl::StatusOr<int> DeleteMachineOnce(const std::string& cluster,
                                        const std::string& machine);

  // Each repeats its call at each event of a Watch until it is done. An empty
  // state means that this did not happen.
  network::v1::ClusterNetwork MakeNetwork(
      const network::v1::ClusterNetwork& desired);
  compute::v1::VirtualMachine MakeMachine(
      const compute::v1::VirtualMachine& desired);
  bool DeleteNetwork(const std::string& cluster);
  bool DeleteMachine(const std::string& cluster, const std::string& machine);

  // Objects of a kind in the simulated cloud with the cluster's label.
  std::vector<sim::ObjectPtr> ObjectsOf(sim::Kind kind,
                                        const std::string& cluster);
  int CountOf(sim::Kind kind, const std::string& cluster) {
    return static_cast<int>(ObjectsOf(kind, cluster).size());
  }
  // The number of the cluster's objects, of every kind.
  int CountAll(const std::string& cluster);

 private:
  void StartNetwork();
  void StartCompute();
  std::vector<std::string> Flags() const;

  const Options options_;
  CurlHttpClient http_;
  std::unique_ptr<sim::Simulator> simulator_;
  std::unique_ptr<Program> network_program_;
  std::unique_ptr<Program> compute_program_;
  std::unique_ptr<network::v1::NetworkService::Stub> network_;
  std::unique_ptr<compute::v1::ComputeService::Stub> compute_;
};

// Converts a gRPC status back.
absl::Status ToStatus(const grpc::Status& status);

}  // namespace evroc

#endif  // TESTS_COMPONENT_SERVICES_FIXTURE_H_
