// Networking and load-balancer objects as values, the same for both dialects.
//
// Spec members are sent and compared, `status` is added by the server.
// References are ids; codecs convert them for the dialect. Source: evroc-api.md
// A.3, B.6 and B.7.

#ifndef SERVICES_EVROC_API_NETWORKING_H_
#define SERVICES_EVROC_API_NETWORKING_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/text/interned_string.h"
#include "services/evroc/api/id.h"
#include "services/evroc/api/object.h"

namespace evroc::cloud {

struct Vpc;
struct Subnet;
struct SecurityGroup;
struct PublicIp;
struct LoadBalancer;
struct BackendPool;
struct BackendService;
struct L4Route;
struct VirtualMachine;

struct Vpc {
  Metadata<Vpc> metadata;
  std::vector<std::string> ipv4_cidr_blocks;  // empty: the server's default
  StackType stack_type = StackType::kUnset;

  struct Status {
    Conditions conditions;
    std::vector<std::string> assigned_ipv4_cidr_blocks;
    std::string assigned_ipv6_block;  // a /56, empty until known
    friend bool operator==(const Status&, const Status&) = default;
  } status;

  friend bool operator==(const Vpc&, const Vpc&) = default;
};

struct Subnet {
  Metadata<Subnet> metadata;
  Id<Vpc> vpc;
  InternedString ipv4_cidr_block;
  InternedString zone;
  StackType stack_type = StackType::kUnset;

  struct Status {
    Conditions conditions;
    std::string assigned_ipv6_block;  // a /64, empty until known
    friend bool operator==(const Status&, const Status&) = default;
  } status;

  friend bool operator==(const Subnet&, const Subnet&) = default;
};

enum class Direction { kIngress, kEgress };
enum class Protocol { kAll, kTcp, kUdp, kIcmp };

struct SecurityRule {
  InternedString name;
  Direction direction = Direction::kIngress;
  Protocol protocol = Protocol::kAll;
  int port = 0;      // 0: all ports
  int end_port = 0;  // 0: port alone

  // The remote side; exactly one is set.
  struct Remote {
    InternedString cidr;
    Id<SecurityGroup> security_group;
    Id<Subnet> subnet;
    Id<Vpc> vpc;
    friend bool operator==(const Remote&, const Remote&) = default;
  } remote;

  friend bool operator==(const SecurityRule&, const SecurityRule&) = default;
};

struct SecurityGroup {
  Metadata<SecurityGroup> metadata;
  Id<Vpc> vpc;  // not sent in KCP
  std::vector<SecurityRule> rules;

  struct Status {
    Conditions conditions;
    std::vector<Id<VirtualMachine>> members;
    friend bool operator==(const Status&, const Status&) = default;
  } status;

  friend bool operator==(const SecurityGroup&, const SecurityGroup&) = default;
};

struct PublicIp {
  Metadata<PublicIp> metadata;

  struct Status {
    Conditions conditions;
    std::string address;  // IPv4, empty until allocated
    // Path (REST) or "<kind>/<name>" (KCP) of its user, empty if unused.
    std::string used_by;
    friend bool operator==(const Status&, const Status&) = default;
  } status;

  friend bool operator==(const PublicIp&, const PublicIp&) = default;
};

struct LoadBalancer {
  Metadata<LoadBalancer> metadata;
  Id<PublicIp> public_ip;

  struct Listener {
    InternedString name;
    int port = 0;
    std::vector<Id<L4Route>> routes;
    friend bool operator==(const Listener&, const Listener&) = default;
  };
  std::vector<Listener> listeners;

  // Always sent: without it the load balancer is created in the default VPC
  // (traps.md B19). Immutable.
  struct BackendNetwork {
    Id<Vpc> vpc;
    struct ZonalSubnet {
      InternedString zone;
      Id<Subnet> subnet;
      friend bool operator==(const ZonalSubnet&, const ZonalSubnet&) = default;
    };
    std::vector<ZonalSubnet> subnets;
    friend bool operator==(const BackendNetwork&,
                           const BackendNetwork&) = default;
  };
  std::optional<BackendNetwork> backend_network;

  struct Status {
    Conditions conditions;
    std::string public_address;
    friend bool operator==(const Status&, const Status&) = default;
  } status;

  friend bool operator==(const LoadBalancer&, const LoadBalancer&) = default;
};

struct BackendPool {
  Metadata<BackendPool> metadata;
  std::vector<Id<VirtualMachine>> backends;

  friend bool operator==(const BackendPool&, const BackendPool&) = default;
};

// Which address of a backend is used; the front end is always IPv4.
enum class IpProtocol { kIpv4, kIpv6 };

struct BackendService {
  Metadata<BackendService> metadata;
  int port = 0;
  IpProtocol ip_protocol = IpProtocol::kIpv4;
  Id<BackendPool> pool;
  bool proxy_protocol = false;

  // Every member is always sent: the server stores a missing target port as 0
  // (traps.md B18).
  struct HealthCheck {
    // The kind of probe. Only a TCP connection that exchanges no text is
    // requested; the rest is what somebody else may have set.
    enum class Probe { kTcp, kTcpText, kHttp, kHttps };
    Probe probe = Probe::kTcp;
    absl::Duration interval;
    absl::Duration timeout;
    int healthy_threshold = 0;
    int unhealthy_threshold = 0;
    int target_port = 0;
    friend bool operator==(const HealthCheck&, const HealthCheck&) = default;
  };
  std::optional<HealthCheck> health_check;

  struct Status {
    Conditions conditions;
    friend bool operator==(const Status&, const Status&) = default;
  } status;

  friend bool operator==(const BackendService&,
                         const BackendService&) = default;
};

struct L4Route {
  Metadata<L4Route> metadata;
  Id<BackendService> default_service;

  struct Status {
    Conditions conditions;
    friend bool operator==(const Status&, const Status&) = default;
  } status;

  friend bool operator==(const L4Route&, const L4Route&) = default;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_API_NETWORKING_H_
