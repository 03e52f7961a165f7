// NetworkApi over the REST API. Thread-safe.

#ifndef SERVICES_EVROC_REST_REST_NETWORK_API_H_
#define SERVICES_EVROC_REST_REST_NETWORK_API_H_

#include "services/evroc/api/network_api.h"
#include "services/evroc/rest/rest_collection.h"

namespace evroc::cloud {

class RestNetworkApi : public NetworkApi {
 public:
  explicit RestNetworkApi(const RestChannel& channel)
      : vpcs_(channel),
        subnets_(channel),
        security_groups_(channel),
        public_ips_(channel),
        load_balancers_(channel),
        backend_pools_(channel),
        backend_services_(channel),
        l4_routes_(channel) {}

  Capabilities capabilities() const override {
    return {
        .load_balancers = true, .zones = true, .vpc_in_security_groups = true};
  }
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
  RestCollection<Vpc> vpcs_;
  RestCollection<Subnet> subnets_;
  RestCollection<SecurityGroup> security_groups_;
  RestCollection<PublicIp> public_ips_;
  RestCollection<LoadBalancer> load_balancers_;
  RestCollection<BackendPool> backend_pools_;
  RestCollection<BackendService> backend_services_;
  RestCollection<L4Route> l4_routes_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_REST_REST_NETWORK_API_H_
