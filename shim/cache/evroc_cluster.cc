#include "shim/cache/evroc_cluster.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "shim/cache/json_fields.h"

namespace evroc::shim {
namespace {

void DecodeNetwork(JsonView network, EvrocClusterSpec& spec) {
  spec.vpc_existing = !network["vpc"].is_object();
  spec.vpc_name = ReadText(network, spec.vpc_existing ? "vpcRef" : "vpc.name");
  if (spec.vpc_name.empty()) {
    spec.vpc_name = absl::StrCat("default-", spec.region);
  }
  const JsonView subnets = network["subnets"];
  spec.subnets.reserve(subnets.size());
  for (size_t i = 0; i < subnets.size(); ++i) {
    spec.subnets.push_back({.name = ReadText(subnets[i], "name"),
                            .cidr_block = ReadText(subnets[i], "cidrBlock"),
                            .zone = ReadText(subnets[i], "zone")});
  }
  spec.subnet_refs = ReadTextMap(network["subnetRefs"]);
  std::erase_if(spec.subnet_refs,
                [](const auto& each) { return each.second.empty(); });
  spec.stack_type = ReadText(network, "stackType");
}

// A port that is there already is not added.
void AddPort(EndpointPortSpec port, EvrocClusterSpec& spec) {
  for (const EndpointPortSpec& each : spec.additional_ports) {
    if (each.port == port.port) return;
  }
  spec.additional_ports.push_back(port);
}

void AddKeptPorts(absl::string_view kept, EvrocClusterSpec& spec) {
  for (const absl::string_view text : absl::StrSplit(kept, ',')) {
    int port = 0;
    if (absl::SimpleAtoi(text, &port)) {
      AddPort({.port = port, .kept = true}, spec);
    }
  }
}

void DecodeLoadBalancer(JsonView balancer, EvrocClusterSpec& spec) {
  spec.load_balancer_set = balancer["enabled"].is_bool();
  spec.load_balancer = balancer["enabled"].Bool(true);
  spec.existing_public_ip_id = ReadText(balancer, "existingPublicIPID");
  const JsonView ports = balancer["ports"];
  const JsonView plain = balancer["additionalPorts"];
  spec.additional_ports.reserve(ports.size() + plain.size());
  for (size_t i = 0; i < ports.size(); ++i) {
    AddPort({.port = ReadInt(ports[i], "port"),
             .target_port = ReadInt(ports[i], "targetPort"),
             .health_check_port = ReadInt(ports[i], "healthCheckPort")},
            spec);
  }
  for (size_t i = 0; i < plain.size(); ++i) {
    AddPort({.port = static_cast<int>(plain[i].Integer())}, spec);
  }
}

EvrocClusterSpec DecodeSpec(JsonView json) {
  EvrocClusterSpec spec;
  spec.region = ReadText(json, "region");
  if (spec.region.empty()) spec.region = std::string(kDefaultRegion);
  spec.project = ReadText(json, "project");
  spec.secret_name = ReadText(json, "identitySecretName");
  if (spec.secret_name.empty()) {
    spec.secret_name = ReadText(json, "credentialsRef.name");
  }
  spec.endpoint = {.host = ReadText(json, "controlPlaneEndpoint.host"),
                   .port = ReadInt(json, "controlPlaneEndpoint.port")};
  spec.failure_domains = ReadTexts(json["failureDomains"]);
  DecodeNetwork(json["network"], spec);
  DecodeLoadBalancer(json.At("controlPlaneConfig.loadBalancer"), spec);
  const JsonView groups = json["securityGroups"];
  spec.common_groups = DecodeSecurityGroups(groups["common"]);
  spec.control_plane_groups = DecodeSecurityGroups(groups["controlPlane"]);
  spec.worker_groups = DecodeSecurityGroups(groups["worker"]);
  spec.node_initialization = json["nodeInitialization"].String() != "external";
  const JsonView config = json["cloudConfig"];
  spec.cloud_config = {
      .config_map_name = ReadText(config, "configMapName"),
      .organization = ReadText(config, "organization"),
      .ccm_service_account = ReadText(config, "ccmServiceAccountID"),
      .csi_service_account = ReadText(config, "csiServiceAccountID")};
  spec.labels = ReadTextMap(json["additionalLabels"]);
  spec.api_base_url = ReadText(json, "endpoints.apiBaseURL");
  spec.issuer_url = ReadText(json, "endpoints.issuerURL");
  spec.client_id = ReadText(json, "endpoints.clientID");
  return spec;
}

std::vector<SubnetStatus> DecodeSubnetStatuses(JsonView subnets) {
  std::vector<SubnetStatus> reports;
  reports.reserve(subnets.size());
  for (size_t i = 0; i < subnets.size(); ++i) {
    reports.push_back({.name = ReadText(subnets[i], "name"),
                       .zone = ReadText(subnets[i], "zone"),
                       .cidr_block = ReadText(subnets[i], "cidrBlock"),
                       .ready = subnets[i]["ready"].Bool(),
                       .owned = subnets[i]["owned"].Bool()});
  }
  return reports;
}

EvrocClusterStatus DecodeStatus(JsonView json) {
  EvrocClusterStatus status;
  status.provisioned = json.At("initialization.provisioned").Bool();
  status.observed_generation = json["observedGeneration"].Integer();
  const JsonView domains = json["failureDomains"];
  status.failure_domains.reserve(domains.size());
  for (size_t i = 0; i < domains.size(); ++i) {
    status.failure_domains.push_back(
        {.name = ReadText(domains[i], "name"),
         .control_plane = domains[i]["controlPlane"].Bool()});
  }
  status.project = ReadText(json, "project");
  const JsonView network = json["network"];
  status.vpc_id = ReadText(network, "vpcId");
  status.stack_type = ReadText(network, "stackType");
  status.subnets = DecodeSubnetStatuses(network["subnets"]);
  const JsonView groups = network["securityGroups"];
  status.common_groups = ReadTexts(groups["common"]);
  status.control_plane_groups = ReadTexts(groups["controlPlane"]);
  status.worker_groups = ReadTexts(groups["worker"]);
  status.endpoint_type = ReadText(network, "endpoint.type");
  status.public_ip_id = ReadText(network, "endpoint.publicIPID");
  status.public_ip_owned = network.At("endpoint.owned").Bool();
  status.endpoint_address = ReadText(network, "endpoint.address");
  status.load_balancer_id = ReadText(network, "endpoint.loadBalancerID");
  status.annotations = DecodeAnnotations(json["annotations"]);
  status.conditions = Conditions::Decode(json["conditions"]);
  return status;
}

Json EncodeSubnets(const std::vector<SubnetStatus>& subnets) {
  Json list = Json::Array();
  for (const SubnetStatus& subnet : subnets) {
    Json entry = Json::Object({{"name", subnet.name},
                               {"ready", subnet.ready},
                               {"owned", subnet.owned}});
    SetText(entry, "zone", subnet.zone);
    SetText(entry, "cidrBlock", subnet.cidr_block);
    list.Push(std::move(entry));
  }
  return list;
}

// The first subnet of each zone.
Json EncodeSubnetIds(const std::vector<SubnetStatus>& subnets) {
  Json ids = Json::Object();
  for (const SubnetStatus& subnet : subnets) {
    if (subnet.zone.empty() || ids[subnet.zone].exists()) continue;
    ids.Set(subnet.zone, subnet.name);
  }
  return ids;
}

Json EncodeDomains(const std::vector<FailureDomain>& domains) {
  Json list = Json::Array();
  for (const FailureDomain& domain : domains) {
    list.Push(Json::Object(
        {{"name", domain.name}, {"controlPlane", domain.control_plane}}));
  }
  return list;
}

}  // namespace

absl::string_view NameIn(absl::string_view reference) {
  return reference.substr(reference.rfind('/') + 1);
}

Json EvrocClusterStatus::Encode() const {
  Json json = Json::Object({{"ready", provisioned}});
  if (provisioned) json.SetAt("initialization.provisioned", true);
  if (observed_generation != 0) {
    json.Set("observedGeneration", observed_generation);
  }
  if (!failure_domains.empty()) {
    json.Set("failureDomains", EncodeDomains(failure_domains));
  }
  SetText(json, "project", project);
  SetText(json, "network.vpcId", vpc_id);
  SetText(json, "network.stackType", stack_type);
  if (!subnets.empty()) {
    json.SetAt("network.subnetIds", EncodeSubnetIds(subnets));
    json.SetAt("network.subnets", EncodeSubnets(subnets));
  }
  SetTexts(json, "network.securityGroups.common", common_groups);
  SetTexts(json, "network.securityGroups.controlPlane", control_plane_groups);
  SetTexts(json, "network.securityGroups.worker", worker_groups);
  SetText(json, "network.endpoint.type", endpoint_type);
  SetText(json, "network.endpoint.publicIPID", public_ip_id);
  if (public_ip_owned) json.SetAt("network.endpoint.owned", true);
  SetText(json, "network.endpoint.address", endpoint_address);
  SetText(json, "network.endpoint.loadBalancerID", load_balancer_id);
  if (!annotations.empty()) {
    json.Set("annotations", EncodeAnnotations(annotations));
  }
  if (!conditions.empty()) json.Set("conditions", conditions.Encode());
  return json;
}

EvrocClusterObject DecodeEvrocCluster(JsonView object) {
  EvrocClusterObject cluster{
      .meta = DecodeMeta(object),
      .spec = DecodeSpec(object["spec"]),
      .status = DecodeStatus(object["status"]),
      .official_load_balancer_id =
          object.At("status.resources.loadBalancer.id").String()};
  AddKeptPorts(cluster.meta.Annotation(kKeptPortsAnnotation), cluster.spec);
  return cluster;
}

}  // namespace evroc::shim
