#include "services/evroc/rest/rest_load_balancer_codec.h"

#include <utility>

#include "services/evroc/codec/fields.h"

namespace evroc::cloud {
namespace {

using BackendNetwork = LoadBalancer::BackendNetwork;
using HealthCheck = BackendService::HealthCheck;

constexpr char kIpv4[] = "IPv4";
constexpr char kIpv6[] = "IPv6";

Json ListenersToJson(const RestScope& scope, const LoadBalancer& balancer) {
  Json listeners = Json::Array();
  for (const LoadBalancer::Listener& listener : balancer.listeners) {
    Json json = Json::Object({{"port", listener.port}, {"protocol", "TCP"}});
    SetText(json, "name", listener.name);
    json.Set("routeRefs", References(scope, listener.routes));
    listeners.Push(std::move(json));
  }
  return listeners;
}

Json NetworkToJson(const RestScope& scope, const BackendNetwork& network) {
  Json subnets = Json::Array();
  for (const BackendNetwork::ZonalSubnet& each : network.subnets) {
    subnets.Push(Json::Object(
        {{"zone", each.zone}, {"subnetRef", Reference(scope, each.subnet)}}));
  }
  return Json::Object({{"vpcRef", Reference(scope, network.vpc)},
                       {"subnets", std::move(subnets)}});
}

BackendNetwork ReadNetwork(const RestScope& scope, JsonView json) {
  BackendNetwork network;
  Read(scope, json["vpcRef"], network.vpc);
  const JsonView subnets = json["subnets"];
  for (size_t i = 0; i < subnets.size(); ++i) {
    BackendNetwork::ZonalSubnet& each = network.subnets.emplace_back();
    each.zone = std::string(subnets[i]["zone"].String());
    Read(scope, subnets[i]["subnetRef"], each.subnet);
  }
  return network;
}

// What a probe of that kind has at least, so that a patch from it to another
// one removes it.
void SetProbe(HealthCheck::Probe probe, Json& json) {
  switch (probe) {
    case HealthCheck::Probe::kTcp:
      json.Set("tcp", Json::Object());
      return;
    case HealthCheck::Probe::kTcpText:
      json.Set("tcp", Json::Object({{"send", "..."}, {"receive", "..."}}));
      return;
    case HealthCheck::Probe::kHttp:
      json.Set("http", Json::Object());
      return;
    case HealthCheck::Probe::kHttps:
      json.Set("https", Json::Object());
      return;
  }
}

HealthCheck::Probe ReadProbe(JsonView json) {
  using Probe = HealthCheck::Probe;
  if (json["http"].is_object()) return Probe::kHttp;
  if (json["https"].is_object()) return Probe::kHttps;
  const JsonView tcp = json["tcp"];
  const bool text =
      !tcp["send"].String().empty() || !tcp["receive"].String().empty();
  return text ? Probe::kTcpText : Probe::kTcp;
}

// All members, always: traps.md B18.
Json CheckToJson(const HealthCheck& check) {
  Json json = Json::Object({{"interval", DurationText(check.interval)},
                            {"timeout", DurationText(check.timeout)},
                            {"healthyThreshold", check.healthy_threshold},
                            {"unhealthyThreshold", check.unhealthy_threshold},
                            {"targetPort", check.target_port}});
  SetProbe(check.probe, json);
  return json;
}

std::optional<HealthCheck> ReadCheck(JsonView json) {
  if (!json.is_object()) return std::nullopt;
  return HealthCheck{.probe = ReadProbe(json),
                     .interval = ReadDuration(json["interval"]),
                     .timeout = ReadDuration(json["timeout"]),
                     .healthy_threshold = ReadInt(json["healthyThreshold"]),
                     .unhealthy_threshold = ReadInt(json["unhealthyThreshold"]),
                     .target_port = ReadInt(json["targetPort"])};
}

}  // namespace

Json RestSpec(const RestScope& scope, const LoadBalancer& balancer) {
  Json spec = Json::Object({{"listeners", ListenersToJson(scope, balancer)}});
  SetReference(scope, spec, "publicIPRef", balancer.public_ip);
  if (balancer.backend_network) {
    spec.Set("backendNetwork", NetworkToJson(scope, *balancer.backend_network));
  }
  return spec;
}

void ReadRest(const RestScope& scope, JsonView object, LoadBalancer& balancer) {
  const JsonView spec = object["spec"];
  Read(scope, spec["publicIPRef"], balancer.public_ip);
  const JsonView listeners = spec["listeners"];
  for (size_t i = 0; i < listeners.size(); ++i) {
    LoadBalancer::Listener& listener = balancer.listeners.emplace_back();
    listener.name = std::string(listeners[i]["name"].String());
    listener.port = ReadInt(listeners[i]["port"]);
    Read(scope, listeners[i]["routeRefs"], listener.routes);
  }
  const JsonView network = spec["backendNetwork"];
  if (network.is_object()) {
    balancer.backend_network = ReadNetwork(scope, network);
  }
  const JsonView status = object["status"];
  balancer.status.conditions = ReadConditions(status["conditions"]);
  balancer.status.public_address =
      ReadAddress(status.At("networking.publicIPv4Address"));
}

Json RestSpec(const RestScope& scope, const BackendPool& pool) {
  return Json::Object({{"backendRefs", References(scope, pool.backends)}});
}

void ReadRest(const RestScope& scope, JsonView object, BackendPool& pool) {
  Read(scope, object.At("spec.backendRefs"), pool.backends);
}

Json RestSpec(const RestScope& scope, const BackendService& service) {
  const bool ipv6 = service.ip_protocol == IpProtocol::kIpv6;
  Json spec = Json::Object({{"port", service.port},
                            {"ipProtocolSelection", ipv6 ? kIpv6 : kIpv4},
                            {"proxyProtocol", service.proxy_protocol}});
  SetReference(scope, spec, "backendPoolRef", service.pool);
  if (service.health_check) {
    spec.Set("healthCheck", CheckToJson(*service.health_check));
  }
  return spec;
}

void ReadRest(const RestScope& scope, JsonView object,
              BackendService& service) {
  const JsonView spec = object["spec"];
  service.port = ReadInt(spec["port"]);
  service.ip_protocol = spec["ipProtocolSelection"].String() == kIpv6
                            ? IpProtocol::kIpv6
                            : IpProtocol::kIpv4;
  Read(scope, spec["backendPoolRef"], service.pool);
  service.proxy_protocol = spec["proxyProtocol"].Bool();
  service.health_check = ReadCheck(spec["healthCheck"]);
  service.status.conditions = ReadConditions(object.At("status.conditions"));
}

Json RestSpec(const RestScope& scope, const L4Route& route) {
  Json spec = Json::Object();
  SetReference(scope, spec, "defaultBackendServiceRef", route.default_service);
  return spec;
}

void ReadRest(const RestScope& scope, JsonView object, L4Route& route) {
  Read(scope, object.At("spec.defaultBackendServiceRef"),
       route.default_service);
  route.status.conditions = ReadConditions(object.At("status.conditions"));
}

}  // namespace evroc::cloud
