// Both services for the contract tests, as the shim's clients see them: the
// fakes of the shim's tests, or the real services over gRPC with a fake cloud
// behind them.

#ifndef TESTS_CONTRACT_SERVICES_TEST_SERVICES_H_
#define TESTS_CONTRACT_SERVICES_TEST_SERVICES_H_

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "evroc/common/v1/resources.pb.h"
#include "evroc/common/v1/take_over.pb.h"
#include "evroc/compute/v1/resources.pb.h"
#include "evroc/network/v1/resources.pb.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "services/evroc/testing/fake_network_api.h"
#include "shim/rpc/compute_service_client.h"
#include "shim/rpc/network_service_client.h"

namespace evroc::shim {

// Clusters are "c1" and "c2", machines "m1" and "m2": the fakes have no list.
class TestServices {
 public:
  virtual ~TestServices() = default;

  virtual NetworkServiceClient& network() = 0;
  virtual ComputeServiceClient& compute() = 0;

  // Completes all pending changes: resources become ready, deletions end.
  virtual void Settle() = 0;
  // From now on the cloud refuses the credentials.
  virtual void RefuseCredentials() = 0;

  // What happens in the cloud: the network's VPC is gone; the machine is
  // stopped, can't be made, has no room in its zone, or is gone without its
  // disks.
  virtual void LoseVpc(const network::v1::ClusterNetwork& network) = 0;
  virtual void Stop(const compute::v1::VirtualMachine& machine) = 0;
  virtual void Fail(const compute::v1::VirtualMachine& machine) = 0;
  virtual void RefuseRoom(const compute::v1::VirtualMachine& machine) = 0;
  virtual void Lose(const compute::v1::VirtualMachine& machine) = 0;
  // Evroc's official provider has made the machine, under its owner's resource
  // prefix and with that UID; its labels say whose it is. It runs.
  virtual void MakeOfficialMachine(const compute::v1::VirtualMachine& machine,
                                   const common::v1::PreviousOwner& labels) = 0;
  // Programs inside a cluster, with that identifier, have made a public IP, and
  // a disk that is attached.
  virtual void MakeWorkloadObjects(const std::string& identifier) = 0;
  // Evroc's official provider has made, with the prefix "prod-0123abcd" for the
  // cluster "c1", a public IP and a security group, which is its own for
  // certain if `proven`; and for the machine "m1", called "node-0", a public
  // IP.
  virtual void MakeOfficialNetwork(bool proven) = 0;
};

// One implementation, as a parameter of tests.
struct Setup {
  const char* name;
  cloud::FakeDialect dialect;
  std::function<std::unique_ptr<TestServices>(cloud::FakeDialect)> make;

  bool is_rest() const { return dialect == cloud::FakeDialect::kRest; }
};
std::ostream& operator<<(std::ostream& out, const Setup& setup);

// Fakes and real services of one dialect of the cloud's API.
std::vector<Setup> SetupsOf(cloud::FakeDialect dialect);

// A scope with credentials that are accepted.
common::v1::CloudScope TestedScope();

// What callers tell errors apart by: "FAILED_PRECONDITION IMMUTABLE_FIELD
// SubnetsReady cluster_network.subnets[0].zone" has the code, the reason, the
// condition where there is one, and the fields. "OK" without an error.
std::string Summary(const absl::Status& status);

// "VPCReady=False/Creating" and so on.
std::vector<std::string> Summary(
    const google::protobuf::RepeatedPtrField<common::v1::Condition>& all);

// "Subnet, VirtualPrivateCloud": the kinds of what remains, each with its id
// and a reason.
std::string Summary(const std::vector<common::v1::RemainingObject>& remaining);

}  // namespace evroc::shim

#endif  // TESTS_CONTRACT_SERVICES_TEST_SERVICES_H_
