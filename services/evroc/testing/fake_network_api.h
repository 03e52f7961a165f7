// An in-memory NetworkApi for tests: a small realistic cloud. References must
// exist, used objects can't be deleted, and created objects become ready, get
// their address, or are removed, when the test calls Settle().
//
// Thread-safe.

#ifndef SERVICES_EVROC_TESTING_FAKE_NETWORK_API_H_
#define SERVICES_EVROC_TESTING_FAKE_NETWORK_API_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/time/clock.h"
#include "services/evroc/api/compute.h"
#include "services/evroc/api/network_api.h"
#include "services/evroc/testing/fake_collection.h"

namespace evroc::cloud {

// kRest: everything, no watch. kKcp: no load balancers, no zones, watch, and
// the metadata shows deletion.
enum class FakeDialect { kRest, kKcp };

class FakeNetworkApi : public NetworkApi {
 public:
  explicit FakeNetworkApi(FakeDialect dialect = FakeDialect::kRest,
                          Clock& clock = Clock::Real());

  Capabilities capabilities() const override;

  FakeCollection<Vpc>& vpcs() override { return vpcs_; }
  FakeCollection<Subnet>& subnets() override { return subnets_; }
  FakeCollection<SecurityGroup>& security_groups() override {
    return security_groups_;
  }
  FakeCollection<PublicIp>& public_ips() override { return public_ips_; }
  FakeCollection<LoadBalancer>& load_balancers() override {
    return load_balancers_;
  }
  FakeCollection<BackendPool>& backend_pools() override {
    return backend_pools_;
  }
  FakeCollection<BackendService>& backend_services() override {
    return backend_services_;
  }
  FakeCollection<L4Route>& l4_routes() override { return l4_routes_; }

  // Creates the VPC, subnets and security groups that every project starts
  // with: "default-se-sto", "default-se-sto-a" to "-c", "default-allow-egress"
  // and "default-allow-ssh".
  void AddDefaultNetwork();

  // Completes all pending changes: addresses appear, objects become ready,
  // deletions of unused objects end.
  void Settle();

  // Calls of all collections.
  int reads();
  int writes();
  void ResetCalls();

  // Returns the machines that use the network, as FakeComputeApi does. If
  // unset, machines use nothing, and backends need not exist.
  using Machines = std::function<std::vector<VirtualMachine>()>;
  void set_machines(Machines machines);

 private:
  FakeRules<Vpc> VpcRules();
  FakeRules<Subnet> SubnetRules();
  FakeRules<SecurityGroup> SecurityGroupRules();
  FakeRules<PublicIp> PublicIpRules();
  FakeRules<LoadBalancer> LoadBalancerRules();
  FakeRules<BackendPool> BackendPoolRules();
  FakeRules<BackendService> BackendServiceRules();
  FakeRules<L4Route> L4RouteRules();

  std::vector<VirtualMachine> machines() const;
  absl::Status CheckRule(const SecurityGroup& group,
                         const SecurityRule& rule) const;
  std::string UserOf(const PublicIp& address) const;
  std::string NextAddress();

  const FakeDialect dialect_;
  mutable absl::Mutex mutex_;
  Machines machines_ ABSL_GUARDED_BY(mutex_);
  int addresses_ ABSL_GUARDED_BY(mutex_) = 0;

  FakeCollection<Vpc> vpcs_;
  FakeCollection<Subnet> subnets_;
  FakeCollection<SecurityGroup> security_groups_;
  FakeCollection<PublicIp> public_ips_;
  FakeCollection<LoadBalancer> load_balancers_;
  FakeCollection<BackendPool> backend_pools_;
  FakeCollection<BackendService> backend_services_;
  FakeCollection<L4Route> l4_routes_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_TESTING_FAKE_NETWORK_API_H_
