// A validated request for a cluster's network, with its defaults filled in.
// Values.

#ifndef SERVICES_NETWORK_SPEC_NETWORK_SPEC_H_
#define SERVICES_NETWORK_SPEC_NETWORK_SPEC_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/net/cidr.h"
#include "evroc/network/v1/resources.pb.h"
#include "services/evroc/api/networking.h"
#include "services/fields/reference.h"
#include "services/identity/owner.h"
#include "services/network/spec/group_spec.h"

namespace evroc::network {

using cloud::Id;

struct EndpointPort {
  int port = 0;
  int target_port = 0;
  int health_check_port = 0;
  bool health_check_chosen = false;  // else it is the default
};

struct NetworkSpec {
  struct Vpc {
    Id<cloud::Vpc> id;
    bool existing = false;
    bool refuse_foreign = false;
    std::vector<std::string> ipv4_cidr_blocks;  // empty: not chosen
    cloud::StackType stack_type = cloud::StackType::kUnset;
    bool refused = false;  // used if it exists; without an id it is unknown
  };

  struct Subnet {
    Id<cloud::Subnet> id;
    bool existing = false;
    bool optional = false;
    bool refuse_foreign = false;
    std::string zone;
    std::string ipv4_cidr_block;
    cloud::StackType stack_type = cloud::StackType::kUnset;
  };

  cloud::Owner owner;
  cloud::Labels labels;  // the user's
  Vpc vpc;
  std::vector<Subnet> subnets;
  // Whether VPC and subnets are the project's default ones.
  bool default_network = false;
  GroupSpec common;
  GroupSpec control_plane;
  GroupSpec worker;
  std::vector<GroupSpec> additional;
  bool without_built_in = false;
  bool groups_refused = false;  // some of them, so others may be ours too

  bool load_balancer = false;
  Id<cloud::PublicIp> existing_public_ip;
  std::vector<EndpointPort> ports;
  std::vector<Id<cloud::VirtualMachine>> backends;  // sorted, each once
  std::set<Id<cloud::VirtualMachine>> undecided;    // stay if they are there
  std::vector<std::string> api_allowed_cidrs;
  std::vector<Cidr> inner_blocks;  // of pods and services
  bool public_ip_refused = false;
  bool ports_refused = false;
  bool backends_refused = false;

  // Of what the request asks for and can't have: it names every invalid field.
  // INVALID_ARGUMENT; UNIMPLEMENTED for features that the cloud's API lacks.
  absl::Status refusal;

  // As the caller sent it, without observed fields.
  v1::ClusterNetwork request;
};

// The default subnets of a project's default VPC, by zone.
std::vector<Id<cloud::Subnet>> DefaultSubnetIds(const Id<cloud::Vpc>& vpc);

// Reads what can be had of a request. Parts that are refused are marked in the
// spec, and subnets and additional groups are left out. INVALID_ARGUMENT if
// nothing can be had: it does not say whose it is.
absl::StatusOr<NetworkSpec> ReadClusterNetwork(
    const v1::ClusterNetwork& network, const cloud::Place& place);

// As ReadClusterNetwork, for a request of which all can be had; its refusal
// otherwise.
absl::StatusOr<NetworkSpec> CheckClusterNetwork(
    const v1::ClusterNetwork& network, const cloud::Place& place);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_SPEC_NETWORK_SPEC_H_
