// NetworkApi over the Kubernetes-style API: no load balancers, no zones.
// Thread-safe.

#ifndef SERVICES_EVROC_KCP_KCP_NETWORK_API_H_
#define SERVICES_EVROC_KCP_KCP_NETWORK_API_H_

#include "services/evroc/api/network_api.h"
#include "services/evroc/kcp/kcp_collection.h"
#include "services/evroc/kcp/missing_collection.h"

namespace evroc::cloud {

class KcpNetworkApi : public NetworkApi {
 public:
  explicit KcpNetworkApi(const KcpChannel& channel)
      : vpcs_(channel),
        subnets_(channel),
        security_groups_(channel),
        public_ips_(channel) {}

  Capabilities capabilities() const override { return {}; }
  Collection<Vpc>& vpcs() override { return vpcs_; }
  Collection<Subnet>& subnets() override { return subnets_; }
  Collection<SecurityGroup>& security_groups() override {
    return security_groups_;
  }
  Collection<PublicIp>& public_ips() override { return public_ips_; }
  Collection<LoadBalancer>& load_balancers() override {
    return load_balancers_;
  }
  Collection<BackendPool>& backend_pools() override { return backend_pools_; }
  Collection<BackendService>& backend_services() override {
    return backend_services_;
  }
  Collection<L4Route>& l4_routes() override { return l4_routes_; }

 private:
  KcpCollection<Vpc> vpcs_;
  KcpCollection<Subnet> subnets_;
  KcpCollection<SecurityGroup> security_groups_;
  KcpCollection<PublicIp> public_ips_;
  MissingCollection<LoadBalancer> load_balancers_;
  MissingCollection<BackendPool> backend_pools_;
  MissingCollection<BackendService> backend_services_;
  MissingCollection<L4Route> l4_routes_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_KCP_KCP_NETWORK_API_H_
