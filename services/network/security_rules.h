// The rules that a kubeadm or RKE2 cluster needs, by role. Pure functions.

#ifndef SERVICES_NETWORK_SECURITY_RULES_H_
#define SERVICES_NETWORK_SECURITY_RULES_H_

#include <vector>

#include "services/evroc/api/networking.h"
#include "services/network/spec/network_spec.h"

namespace evroc::network {

// All egress, IPv4 and IPv6, and all traffic among the members of `group`
// (kubelet, CNI, NodePorts).
std::vector<cloud::SecurityRule> CommonRules(
    const Id<cloud::SecurityGroup>& group);

// etcd among the members of `group`, and the endpoint's ports: from the VPC,
// which a load balancer's traffic comes from (traps.md B20), or from
// `spec.api_allowed_cidrs` where a public IP is the endpoint. `vpc` is empty
// where rules can't name one.
std::vector<cloud::SecurityRule> ControlPlaneRules(
    const NetworkSpec& spec, const Id<cloud::SecurityGroup>& group,
    const Id<cloud::Vpc>& vpc);

// NodePorts from the VPC; none if `vpc` is empty.
std::vector<cloud::SecurityRule> WorkerRules(const Id<cloud::Vpc>& vpc);

// Whether they admit the same: in any order, and with addresses in any
// spelling.
bool SameRules(const std::vector<cloud::SecurityRule>& a,
               const std::vector<cloud::SecurityRule>& b);

// Whether the group's rules are as in `wanted`. What the official provider
// called them does not count: any text, where a request has DNS labels.
bool HasRules(const NetworkSpec& spec, const cloud::SecurityGroup& group,
              const cloud::SecurityGroup& wanted);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_SECURITY_RULES_H_
