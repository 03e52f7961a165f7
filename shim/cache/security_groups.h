// Security groups as the specs of EvrocClusters and EvrocMachines have them,
// and the names that inline ones go by in requests. Values.

#ifndef SHIM_CACHE_SECURITY_GROUPS_H_
#define SHIM_CACHE_SECURITY_GROUPS_H_

#include <string>
#include <vector>

#include "common/json/json.h"

namespace evroc::shim {

// A rule of a security group; at most one of remote_cidr,
// remote_security_group, subnet_id and vpc is set.
struct SecurityRuleSpec {
  std::string name;
  std::string direction;  // "Ingress" or "Egress"
  std::string protocol;   // "All", "TCP", "UDP", "ICMP"; empty: All
  int port = 0;
  int end_port = 0;
  std::string remote_cidr;
  std::string remote_security_group;
  std::string subnet_id;
  bool vpc = false;
  friend bool operator==(const SecurityRuleSpec&,
                         const SecurityRuleSpec&) = default;
};

struct SecurityGroupSpec {
  std::string name;
  std::vector<SecurityRuleSpec> rules;
  friend bool operator==(const SecurityGroupSpec&,
                         const SecurityGroupSpec&) = default;
};

// The groups of one role, or of one machine.
struct SecurityGroupsSpec {
  std::vector<SecurityGroupSpec> inline_groups;
  std::vector<std::string> existing_ids;
};
SecurityGroupsSpec DecodeSecurityGroups(JsonView groups);

// The name of a cluster's inline group, an RFC 1123 label: there is one group
// of a name in a cluster, and its rules can change.
std::string ClusterGroupName(const SecurityGroupSpec& group);

// The name of a machine's inline group, an RFC 1123 label that no cluster's
// group has. It depends on the rules: machines with the same rules share a
// group, and a machine whose rules change moves to another one.
std::string MachineGroupName(const SecurityGroupSpec& group);

}  // namespace evroc::shim

#endif  // SHIM_CACHE_SECURITY_GROUPS_H_
