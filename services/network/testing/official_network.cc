#include "services/network/testing/official_network.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/json/testing/must_parse.h"
#include "google/protobuf/text_format.h"
#include "services/evroc/codec/reference.h"
#include "services/evroc/rest/rest_load_balancer_codec.h"
#include "services/evroc/rest/rest_network_codec.h"

namespace evroc::network {
namespace {

using cloud::Labels;

constexpr char kGroupSpec[] = R"({
  "vpcRef":
    "/networking/projects/p/regions/se-sto/virtualPrivateClouds/default-se-sto",
  "rules": [
    {"name": "Allow SSH", "direction": "Ingress", "protocol": "TCP", "port": 22,
     "remote": {"address": {"ipAddressOrCIDR": "192.0.2.0/24"}}},
    {"name": "out", "direction": "Egress",
     "remote": {"address": {"ipAddressOrCIDR": "0.0.0.0/0"}}}]})";

// What the cloud adds: ipProtocolSelection and some of the health check.
std::string ServiceSpec(int port) {
  return R"({"port": )" + std::to_string(port) + R"(,
    "backendPoolRef":
      "/loadbalancer/projects/p/regions/se-sto/backendPools/prod-0123abcd-cp-lb-pool",
    "ipProtocolSelection": "IPv4",
    "healthCheck": {"interval": "5s", "healthyThreshold": 1, "tcp": {}}})";
}

std::string RouteSpec(const std::string& service) {
  return R"({"defaultBackendServiceRef":
    "/loadbalancer/projects/p/regions/se-sto/backendServices/)" +
         service + R"("})";
}

constexpr char kBalancerSpec[] = R"({
  "publicIPRef":
    "/networking/projects/p/regions/se-sto/publicIPs/prod-0123abcd-cp-lb-ip",
  "listeners": [
    {"name": "kube-apiserver", "port": 6443, "protocol": "TCP", "routeRefs": [
      "/loadbalancer/projects/p/regions/se-sto/l4Routes/prod-0123abcd-cp-lb-route"]},
    {"name": "port-9345", "port": 9345, "protocol": "TCP", "routeRefs": [
      "/loadbalancer/projects/p/regions/se-sto/l4Routes/prod-0123abcd-cp-lb-route-9345"]}]})";

constexpr char kPoolSpec[] = R"({"backendRefs": [
  "/compute/projects/p/regions/se-sto/virtualMachines/cp-1",
  "/compute/projects/p/regions/se-sto/virtualMachines/cp-0"]})";

Labels LabelsOf(const std::string& cluster_id, const std::string& machine) {
  Labels labels = {{"capi_managed-by", "cluster-api-provider-evroc"},
                   {"capi_cluster-id", cluster_id},
                   {"capi_cluster-name", cluster_id == "c1" ? "prod" : "test"},
                   {"team", "one"}};
  if (!machine.empty()) {
    labels["capi_machine-id"] = "m1";
    labels["capi_machine-name"] = machine;
  }
  return labels;
}

template <typename T>
void Put(cloud::FakeCollection<T>& collection, const std::string& id,
         const std::string& spec, const std::string& cluster_id = "c1",
         const std::string& machine = "") {
  T object;
  object.metadata.id = cloud::Id<T>(id);
  object.metadata.labels = LabelsOf(cluster_id, machine);
  Json json = Json::Object();
  json.Set("spec", MustParse(spec));
  ReadRest({.project = "p", .region = "se-sto"}, json, object);
  collection.Put(std::move(object));
}

}  // namespace

void MakeOfficialNetwork(cloud::FakeNetworkApi& api) {
  const std::string balancer = "prod-0123abcd-cp-lb";
  Put(api.public_ips(), balancer + "-ip", "{}");
  Put(api.backend_pools(), balancer + "-pool", kPoolSpec);
  for (const std::string port : {"", "-9345"}) {
    const std::string service = absl::StrCat(balancer, "-svc", port);
    Put(api.backend_services(), service,
        ServiceSpec(port.empty() ? 6443 : 9345));
    Put(api.l4_routes(), absl::StrCat(balancer, "-route", port),
        RouteSpec(service));
  }
  Put(api.load_balancers(), balancer, kBalancerSpec);
  Put(api.security_groups(), "prod-0123abcd-nodes", kGroupSpec);
  Put(api.security_groups(), "worker-0-web", kGroupSpec, "c1", "worker-0");
  Put(api.public_ips(), "worker-0-public-ip", "{}", "c1", "worker-0");
  Put(api.public_ips(), "test-4567cdef-cp-lb-ip", "{}", "c2");
  Put(api.security_groups(), "test-4567cdef-nodes", kGroupSpec, "c2");
  api.Settle();
}

common::v1::PreviousOwner OfficialOwner() {
  common::v1::PreviousOwner previous;
  previous.set_cluster_id("c1");
  previous.add_cluster_names("prod");
  return previous;
}

v1::ClusterNetwork OfficialRequest() {
  constexpr char kRequest[] = R"pb(
    owner {
      cluster_id: "c1"
      cluster_name: "prod"
      resource_prefix: "prod-0123abcd"
    }
    vpc { name: "default-se-sto" existing: true }
    subnets { name: "default-se-sto-a" existing: true }
    subnets { name: "default-se-sto-b" existing: true }
    security_groups {
      without_built_in: true
      additional { name: "nodes" id: "prod-0123abcd-nodes" }
      additional { name: "worker-0-web" id: "worker-0-web" }
    }
    control_plane_endpoint {
      ports { port: 6443 }
      ports { port: 9345 }
      member_ids: "cp-0"
      member_ids: "cp-1"
    }
    labels { key: "team" value: "one" })pb";
  v1::ClusterNetwork request;
  EXPECT_TRUE(
      google::protobuf::TextFormat::ParseFromString(kRequest, &request));
  for (v1::NamedSecurityGroup& group :
       *request.mutable_security_groups()->mutable_additional()) {
    v1::SecurityRule& ssh = *group.add_rules();
    ssh.set_name("allow-ssh");
    ssh.set_direction(v1::SecurityRule::DIRECTION_INGRESS);
    ssh.set_protocol(v1::SecurityRule::PROTOCOL_TCP);
    ssh.set_port(22);
    ssh.set_cidr("192.0.2.0/24");
    v1::SecurityRule& out = *group.add_rules();
    out.set_name("out");
    out.set_direction(v1::SecurityRule::DIRECTION_EGRESS);
    out.set_cidr("0.0.0.0/0");
  }
  return request;
}

}  // namespace evroc::network
