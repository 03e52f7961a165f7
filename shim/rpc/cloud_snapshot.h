// What the shim needs of the services' resources, and nothing else: small
// values, so that ten thousand machines cost little. Pure functions.

#ifndef SHIM_RPC_CLOUD_SNAPSHOT_H_
#define SHIM_RPC_CLOUD_SNAPSHOT_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "evroc/common/v1/resources.pb.h"
#include "evroc/compute/v1/resources.pb.h"
#include "evroc/network/v1/resources.pb.h"

namespace evroc::shim {

struct CloudCondition {
  std::string type;  // "VMReady"
  common::v1::Condition::Status status = common::v1::Condition::STATUS_UNKNOWN;
  std::string reason;
  std::string message;
  friend bool operator==(const CloudCondition&,
                         const CloudCondition&) = default;
};

// Most machines are alike in this, so that equal lists can be shared. Null:
// none.
using CloudConditions = std::shared_ptr<const std::vector<CloudCondition>>;

// The condition of that type, or null.
const CloudCondition* FindCondition(const CloudConditions& conditions,
                                    absl::string_view type);

// A cluster's network (network.v1.ClusterNetwork).
struct NetworkSnapshot {
  struct Subnet {
    std::string id;
    std::string zone;
    std::string ipv4_cidr_block;
    bool ready = false;
    bool owned = false;
    friend bool operator==(const Subnet&, const Subnet&) = default;
  };
  struct FailureDomain {
    std::string name;
    bool control_plane = false;
    std::vector<std::string> subnet_ids;
    friend bool operator==(const FailureDomain&,
                           const FailureDomain&) = default;
  };

  network::v1::ClusterNetwork::State state =
      network::v1::ClusterNetwork::STATE_UNSPECIFIED;
  std::string vpc_id;
  std::vector<Subnet> subnets;
  std::vector<FailureDomain> failure_domains;
  // Ids of the groups that machines are put into.
  std::vector<std::string> common_groups;
  std::vector<std::string> control_plane_groups;
  std::vector<std::string> worker_groups;
  std::map<std::string, std::string> additional_groups;  // from name to id
  // The endpoint; an empty host: not known yet.
  network::v1::ControlPlaneEndpoint::Type endpoint_type =
      network::v1::ControlPlaneEndpoint::TYPE_UNSPECIFIED;
  std::string endpoint_host;
  int endpoint_port = 0;
  std::string endpoint_public_ip_id;
  std::string load_balancer_id;
  std::vector<std::string> member_ids;  // sorted
  CloudConditions conditions;
};

// A machine's VM (compute.v1.VirtualMachine).
struct MachineSnapshot {
  compute::v1::VirtualMachine::State state =
      compute::v1::VirtualMachine::STATE_UNSPECIFIED;
  std::string id;   // in the cloud, its host name too
  std::string uid;  // empty until it exists
  std::string zone;
  std::string private_ipv4_address;
  std::string public_ipv4_address;
  std::string ipv6_address;
  CloudConditions conditions;
};

// A machine's public IP (network.v1.PublicIp).
struct PublicIpSnapshot {
  network::v1::PublicIp::State state = network::v1::PublicIp::STATE_UNSPECIFIED;
  std::string id;
  std::string address;  // empty until the cloud has given it
  std::string used_by_id;
  CloudConditions conditions;
};

bool operator==(const NetworkSnapshot& a, const NetworkSnapshot& b);
bool operator==(const MachineSnapshot& a, const MachineSnapshot& b);
bool operator==(const PublicIpSnapshot& a, const PublicIpSnapshot& b);

NetworkSnapshot SnapshotOf(const network::v1::ClusterNetwork& network);
MachineSnapshot SnapshotOf(const compute::v1::VirtualMachine& machine);
PublicIpSnapshot SnapshotOf(const network::v1::PublicIp& address);

}  // namespace evroc::shim

#endif  // SHIM_RPC_CLOUD_SNAPSHOT_H_
