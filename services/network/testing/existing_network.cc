#include "services/network/testing/existing_network.h"

#include <vector>

#include "services/network/desired.h"

namespace evroc::network {
namespace {

template <typename T>
cloud::Known<T> Ready(T object) {
  object.status.conditions = {
      {.type = "Ready", .status = cloud::ConditionStatus::kTrue}};
  return {.object = std::move(object)};
}

void AddBalancer(const NetworkSpec& spec, NetworkResources& resources) {
  std::vector<cloud::Subnet> subnets;
  for (const auto& subnet : resources.subnets) {
    subnets.push_back(subnet.object);
  }
  const Balancer desired = DesiredBalancer(spec, subnets);
  resources.balancers = {Ready(desired.balancer)};
  resources.pools = {{.object = desired.pool}};
  for (const cloud::BackendService& service : desired.services) {
    resources.services.push_back(Ready(service));
  }
  for (const cloud::L4Route& route : desired.routes) {
    resources.routes.push_back(Ready(route));
  }
}

}  // namespace

NetworkSpec TestSpec() {
  NetworkSpec spec;
  spec.owner = {.cluster_id = "c1", .cluster_name = "cluster"};
  spec.vpc.id = Id<cloud::Vpc>("vpc");
  spec.subnets = {{.id = Id<cloud::Subnet>("s-a"),
                   .zone = "a",
                   .ipv4_cidr_block = "10.0.1.0/24"},
                  {.id = Id<cloud::Subnet>("s-b"),
                   .zone = "b",
                   .ipv4_cidr_block = "10.0.2.0/24"}};
  spec.additional = {{.name = "extra"}};
  spec.load_balancer = true;
  spec.ports = {{.port = 6443, .target_port = 6443, .health_check_port = 6443}};
  spec.backends = {Id<cloud::VirtualMachine>("m1"),
                   Id<cloud::VirtualMachine>("m2")};
  return spec;
}

NetworkResources ExistingResources(const NetworkSpec& spec) {
  NetworkResources resources;
  resources.owns_nothing = false;
  resources.vpc = Ready(DesiredVpc(spec));
  for (const NetworkSpec::Subnet& subnet : spec.subnets) {
    resources.subnets.push_back(Ready(DesiredSubnet(spec, subnet)));
  }
  for (const cloud::SecurityGroup& group :
       DesiredGroups(spec, kRestCapabilities)) {
    resources.groups.push_back(Ready(group));
  }
  resources.address = Ready(DesiredAddress(spec));
  resources.address->object.status.address = "198.18.0.1";
  if (spec.load_balancer) AddBalancer(spec, resources);
  return resources;
}

}  // namespace evroc::network
