// Evroc's networking and load-balancer API for one project and region, as one
// credential. Thread-safe.

#ifndef SERVICES_EVROC_API_NETWORK_API_H_
#define SERVICES_EVROC_API_NETWORK_API_H_

#include "services/evroc/api/collection.h"
#include "services/evroc/api/networking.h"

namespace evroc::cloud {

// What the dialect behind an API can do.
struct Capabilities {
  bool load_balancers = false;
  bool zones = false;
  // Whether a security group names its VPC and a rule can name one.
  bool vpc_in_security_groups = false;

  friend bool operator==(const Capabilities&, const Capabilities&) = default;
};

// Collections that the dialect lacks answer UNIMPLEMENTED, saying which API
// has none. References live as long as the API.
class NetworkApi {
 public:
  virtual ~NetworkApi() = default;

  virtual Capabilities capabilities() const = 0;

  virtual Collection<Vpc>& vpcs() = 0;
  virtual Collection<Subnet>& subnets() = 0;
  virtual Collection<SecurityGroup>& security_groups() = 0;
  virtual Collection<PublicIp>& public_ips() = 0;
  virtual Collection<LoadBalancer>& load_balancers() = 0;
  virtual Collection<BackendPool>& backend_pools() = 0;
  virtual Collection<BackendService>& backend_services() = 0;
  virtual Collection<L4Route>& l4_routes() = 0;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_API_NETWORK_API_H_
