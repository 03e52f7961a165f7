// Evroc's networking and load-balancer API for one credential, project and
// region. Thread-safe.

#ifndef SERVICES_EVROC_API_NETWORK_API_H_
#define SERVICES_EVROC_API_NETWORK_API_H_

#include "services/evroc/api/collection.h"
#include "services/evroc/api/networking.h"

namespace evroc::cloud {

// The capabilities of an API's dialect.
struct Capabilities {
  bool load_balancers = false;
  bool zones = false;
  // Whether a security group has a VPC and a rule can refer to one.
  bool vpc_in_security_groups = false;

  friend bool operator==(const Capabilities&, const Capabilities&) = default;
};

// Collections that the dialect lacks return UNIMPLEMENTED and name the API.
// References are valid as long as the API.
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
