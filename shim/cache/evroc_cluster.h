// The EvrocCluster resource (deploy/crd): its spec and last written status.
// Values.

#ifndef SHIM_CACHE_EVROC_CLUSTER_H_
#define SHIM_CACHE_EVROC_CLUSTER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/json/json.h"
#include "shim/cache/conditions.h"
#include "shim/cache/object_meta.h"
#include "shim/cache/security_groups.h"

namespace evroc::shim {

struct SubnetSpec {
  std::string name;
  std::string cidr_block;
  std::string zone;
};

// The name in a reference, which is a name or the full path of an object: "a"
// of "/networking/projects/p/regions/r/subnets/a".
absl::string_view NameIn(absl::string_view reference);

struct EndpointPortSpec {
  int port = 0;
  int target_port = 0;        // 0: port
  int health_check_port = 0;  // 0: target_port
  // Of kKeptPortsAnnotation, and not in the spec.
  bool kept = false;
};

// The region of an EvrocCluster that names none.
inline constexpr absl::string_view kDefaultRegion = "se-sto";

struct EndpointSpec {
  std::string host;
  int port = 0;
  friend bool operator==(const EndpointSpec&, const EndpointSpec&) = default;
};

// spec.cloudConfig. Empty accounts and organisation mean the defaults.
struct CloudConfigSpec {
  std::string config_map_name;  // empty: nothing is handed out
  std::string organization;     // empty: the credential's
  std::string ccm_service_account;
  std::string csi_service_account;
};

struct EvrocClusterSpec {
  std::string region;
  std::string project;
  std::string secret_name;  // identitySecretName or credentialsRef.name
  EndpointSpec endpoint;    // controlPlaneEndpoint
  std::vector<std::string> failure_domains;

  // vpc.name or vpcRef; without both the project's default VPC.
  std::string vpc_name;
  bool vpc_existing = false;  // not vpc
  std::vector<SubnetSpec> subnets;
  std::map<std::string, std::string> subnet_refs;  // references by zone
  std::string stack_type;

  bool load_balancer = true;
  // Whether loadBalancer.enabled is set; if not, the cloud's capabilities
  // decide.
  bool load_balancer_set = false;
  std::string existing_public_ip_id;
  // ports and additionalPorts, each once, and those that are kept.
  std::vector<EndpointPortSpec> additional_ports;

  SecurityGroupsSpec common_groups;
  SecurityGroupsSpec control_plane_groups;
  SecurityGroupsSpec worker_groups;

  bool node_initialization = true;  // false: "external"
  CloudConfigSpec cloud_config;
  std::map<std::string, std::string> labels;
  std::string api_base_url;
  std::string issuer_url;
  std::string client_id;
};

// A status.failureDomains[] entry.
struct FailureDomain {
  std::string name;
  bool control_plane = false;
  friend bool operator==(const FailureDomain&, const FailureDomain&) = default;
};

// A status.network.subnets[] entry.
struct SubnetStatus {
  std::string name;
  std::string zone;
  std::string cidr_block;
  bool ready = false;
  bool owned = false;
};

// A type of the endpoint: without a load balancer.
inline constexpr absl::string_view kPublicIpEndpoint = "PublicIP";

struct EvrocClusterStatus {
  // initialization.provisioned, and `ready` of the older contract; once true it
  // stays true.
  bool provisioned = false;
  int64_t observed_generation = 0;
  std::vector<FailureDomain> failure_domains;
  std::string project;  // that everything was made in
  std::string vpc_id;
  std::string stack_type;
  std::vector<SubnetStatus> subnets;
  std::vector<std::string> common_groups;
  std::vector<std::string> control_plane_groups;
  std::vector<std::string> worker_groups;
  std::string endpoint_type;  // "LoadBalancer" or kPublicIpEndpoint
  std::string public_ip_id;
  bool public_ip_owned = false;  // it was made for the cluster
  // The public IP's address; that of spec.controlPlaneEndpoint stays, once it
  // was the same.
  std::string endpoint_address;
  std::string load_balancer_id;
  // annotations: those that say what is the object's in the cloud, as they were
  // written last (KeptAnnotations).
  Annotations annotations;
  Conditions conditions;

  // The status as in the object, without empty fields, so that a merge patch
  // between two of them holds only their difference.
  Json Encode() const;
};

struct EvrocClusterObject {
  ObjectMeta meta;
  EvrocClusterSpec spec;
  EvrocClusterStatus status;
  // status.resources.loadBalancer.id, which the official provider writes.
  InternedString official_load_balancer_id;
};
EvrocClusterObject DecodeEvrocCluster(JsonView object);

}  // namespace evroc::shim

#endif  // SHIM_CACHE_EVROC_CLUSTER_H_
