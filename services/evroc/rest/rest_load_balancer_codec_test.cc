#include "services/evroc/rest/rest_load_balancer_codec.h"

#include <cstdint>

#include "absl/time/time.h"
#include "common/json/testing/must_parse.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evroc/testing/object_generator.h"

namespace evroc::cloud {
namespace {

const RestScope& Scope() {
  static const RestScope* const scope =
      new RestScope{.project = "p", .region = "se-sto"};
  return *scope;
}

template <typename T>
T Read(absl::string_view object) {
  T value;
  ReadRest(Scope(), MustParse(object), value);
  return value;
}

LoadBalancer ApiBalancer() {
  LoadBalancer balancer;
  balancer.public_ip = Id<PublicIp>("lb-ip");
  balancer.listeners = {{.name = "kube-apiserver",
                         .port = 6443,
                         .routes = {Id<L4Route>("lb-route")}}};
  balancer.backend_network = {
      .vpc = Id<Vpc>("v1"),
      .subnets = {{.zone = "a", .subnet = Id<Subnet>("s-a")},
                  {.zone = "b", .subnet = Id<Subnet>("s-b")}}};
  return balancer;
}

constexpr char kApiBalancerSpec[] = R"({
  "publicIPRef": "/networking/projects/p/regions/se-sto/publicIPs/lb-ip",
  "listeners": [{
    "name": "kube-apiserver", "port": 6443, "protocol": "TCP",
    "routeRefs": [
      "/loadbalancer/projects/p/regions/se-sto/l4Routes/lb-route"]}],
  "backendNetwork": {
    "vpcRef": "/networking/projects/p/regions/se-sto/virtualPrivateClouds/v1",
    "subnets": [
      {"zone": "a", "subnetRef":
        "/networking/projects/p/regions/se-sto/subnets/s-a"},
      {"zone": "b", "subnetRef":
        "/networking/projects/p/regions/se-sto/subnets/s-b"}]}})";

TEST(RestLoadBalancerTest, WritesEveryMember) {
  EXPECT_EQ(RestSpec(Scope(), ApiBalancer()), MustParse(kApiBalancerSpec));
}

TEST(RestLoadBalancerTest, WritesNothingThatIsNotSet) {
  EXPECT_EQ(RestSpec(Scope(), LoadBalancer()),
            MustParse(R"({"listeners": []})"));
  LoadBalancer balancer;
  balancer.listeners = {{.port = 9345}};
  EXPECT_EQ(RestSpec(Scope(), balancer), MustParse(R"({"listeners": [
    {"port": 9345, "protocol": "TCP", "routeRefs": []}]})"));
}

TEST(RestLoadBalancerTest, ReadsSpecAndStatus) {
  Json object;
  object.Set("spec", MustParse(kApiBalancerSpec));
  object.Set("status", MustParse(R"({
    "conditions": [{"type": "Ready", "status": "True", "reason": "Ready"}],
    "networking": {"publicIPv4Address": "192.0.2.1"}})"));
  LoadBalancer balancer;
  ReadRest(Scope(), object, balancer);
  LoadBalancer expected = ApiBalancer();
  expected.status.conditions = {{"Ready", ConditionStatus::kTrue, "Ready", ""}};
  expected.status.public_address = "192.0.2.1";
  EXPECT_EQ(balancer, expected);
}

TEST(RestLoadBalancerTest, ABackendNetworkThatIsEmptyIsStillOne) {
  EXPECT_EQ(
      Read<LoadBalancer>(R"({"spec": {"backendNetwork": {}}})").backend_network,
      LoadBalancer::BackendNetwork());
  EXPECT_EQ(Read<LoadBalancer>(R"({"spec": {"backendNetwork": null}})")
                .backend_network,
            std::nullopt);
}

TEST(RestBackendPoolTest, WritesAndReadsItsBackends) {
  BackendPool pool;
  EXPECT_EQ(RestSpec(Scope(), pool), MustParse(R"({"backendRefs": []})"));
  pool.backends = {Id<VirtualMachine>("vm1"), Id<VirtualMachine>("vm2")};
  EXPECT_EQ(RestSpec(Scope(), pool), MustParse(R"({"backendRefs": [
    "/compute/projects/p/regions/se-sto/virtualMachines/vm1",
    "/compute/projects/p/regions/se-sto/virtualMachines/vm2"]})"));
  EXPECT_EQ(Read<BackendPool>(R"({
    "spec": {"backendRefs": [
      "/compute/projects/p/regions/se-sto/virtualMachines/vm1",
      "/compute/projects/p/regions/se-sto/virtualMachines/vm2"]},
    "status": null})"),
            pool);
}

BackendService ApiService() {
  BackendService service;
  service.port = 6443;
  service.pool = Id<BackendPool>("lb-pool");
  service.health_check = {.interval = absl::Seconds(5),
                          .timeout = absl::Milliseconds(1500),
                          .healthy_threshold = 1,
                          .unhealthy_threshold = 3,
                          .target_port = 6443};
  return service;
}

// B.7 and traps.md B18: the server has defaults that nobody knows, so no
// member is left to them.
TEST(RestBackendServiceTest, WritesEveryMember) {
  BackendService service = ApiService();
  service.proxy_protocol = true;
  service.health_check->timeout = absl::Seconds(3);
  EXPECT_EQ(RestSpec(Scope(), service), MustParse(R"({
    "port": 6443,
    "backendPoolRef":
      "/loadbalancer/projects/p/regions/se-sto/backendPools/lb-pool",
    "proxyProtocol": true, "ipProtocolSelection": "IPv4",
    "healthCheck": {
      "interval": "5s", "timeout": "3s", "healthyThreshold": 1,
      "unhealthyThreshold": 3, "targetPort": 6443, "tcp": {}}})"));
}

TEST(RestBackendServiceTest, ACheckOfZerosIsWrittenInFull) {
  BackendService service;
  service.health_check = BackendService::HealthCheck();
  EXPECT_EQ(RestSpec(Scope(), service), MustParse(R"({
    "port": 0, "proxyProtocol": false, "ipProtocolSelection": "IPv4",
    "healthCheck": {
      "interval": "0s", "timeout": "0s", "healthyThreshold": 0,
      "unhealthyThreshold": 0, "targetPort": 0, "tcp": {}}})"));
}

TEST(RestBackendServiceTest, ReadsSpecAndStatus) {
  BackendService expected = ApiService();
  expected.health_check->timeout = absl::Minutes(2);
  expected.health_check->probe = BackendService::HealthCheck::Probe::kTcpText;
  expected.status.conditions = {{"Ready", ConditionStatus::kTrue, "Ready", ""}};
  EXPECT_EQ(Read<BackendService>(R"({
    "spec": {
      "port": 6443, "proxyProtocol": false, "ipProtocolSelection": "IPv4",
      "backendPoolRef":
        "/loadbalancer/projects/p/regions/se-sto/backendPools/lb-pool",
      "healthCheck": {"interval": "5000ms", "timeout": "2m",
        "healthyThreshold": 1, "unhealthyThreshold": 3, "targetPort": 6443,
        "tcp": {"send": "a", "receive": "b"}}},
    "status": {
      "conditions": [{"type": "Ready", "status": "True", "reason": "Ready"}],
      "addresses": ["10.0.1.2"],
      "backends": [{"name": "vm1", "zone": "a", "address": "10.0.1.2"}]}})"),
            expected);
}

TEST(RestBackendServiceTest, SaysWhichAddressOfTheBackendsIsUsed) {
  BackendService service = ApiService();
  service.ip_protocol = IpProtocol::kIpv6;
  const Json spec = RestSpec(Scope(), service);
  EXPECT_EQ(spec["ipProtocolSelection"].String(), "IPv6");
  EXPECT_EQ(Read<BackendService>(
                R"({"spec": {"port": 1, "ipProtocolSelection": "IPv6"}})")
                .ip_protocol,
            IpProtocol::kIpv6);
  EXPECT_EQ(Read<BackendService>(R"({"spec": {"port": 1}})").ip_protocol,
            IpProtocol::kIpv4);
}

// C.16: `backends` was a number up to July 2026.
TEST(RestBackendServiceTest, TheTypeOfBackendsDoesNotMatter) {
  for (const char* backends : {"3", "[]", "null", R"("x")"}) {
    Json object = MustParse(R"({"spec": {"port": 6443}})");
    object.SetAt("status.backends", MustParse(backends));
    BackendService service;
    ReadRest(Scope(), object, service);
    EXPECT_EQ(service.port, 6443) << backends;
  }
}

TEST(RestBackendServiceTest, ACheckThatIsNoObjectIsReadAsNone) {
  for (const char* check : {"null", R"("tcp")", "[]"}) {
    Json object;
    object.SetAt("spec.healthCheck", MustParse(check));
    BackendService service;
    ReadRest(Scope(), object, service);
    EXPECT_EQ(service.health_check, std::nullopt) << check;
  }
}

// A merge patch that only adds "tcp" would leave both kinds.
TEST(RestBackendServiceTest, AnotherProbeIsReplacedByAPatch) {
  constexpr struct {
    const char* check;
    const char* patch;
  } kCases[] = {
      {R"({"http": {"path": "/healthz"}})", R"({"http": null, "tcp": {}})"},
      {R"({"https": {"path": "/healthz"}})", R"({"https": null, "tcp": {}})"},
      {R"({"tcp": {"send": "ping"}})",
       R"({"tcp": {"send": null, "receive": null}})"},
      {R"({"tcp": {"send": "", "receive": "pong"}})",
       R"({"tcp": {"send": null, "receive": null}})"}};
  for (const auto& each : kCases) {
    BackendService service;
    Json object;
    object.SetAt("spec.healthCheck", MustParse(each.check));
    ReadRest(Scope(), object, service);
    BackendService wanted = service;
    wanted.health_check->probe = BackendService::HealthCheck::Probe::kTcp;
    EXPECT_FALSE(service == wanted) << each.check;
    const auto patch = MergePatchBetween(RestSpec(Scope(), service),
                                         RestSpec(Scope(), wanted));
    ASSERT_TRUE(patch.has_value()) << each.check;
    EXPECT_EQ(*patch, Json::Object({{"healthCheck", MustParse(each.patch)}}))
        << patch->Dump();
  }
}

// What CCM and CAPI send: {"tcp": {}}.
TEST(RestBackendServiceTest, FieldsOfACheckThatAreMissingAreZero) {
  EXPECT_EQ(Read<BackendService>(R"({"spec": {"healthCheck": {"tcp": {}}}})")
                .health_check,
            BackendService::HealthCheck());
}

TEST(RestL4RouteTest, WritesAndReadsItsService) {
  L4Route route;
  EXPECT_EQ(RestSpec(Scope(), route), MustParse("{}"));
  route.default_service = Id<BackendService>("svc");
  EXPECT_EQ(RestSpec(Scope(), route), MustParse(R"({"defaultBackendServiceRef":
    "/loadbalancer/projects/p/regions/se-sto/backendServices/svc"})"));
  route.status.conditions = {
      {"Ready", ConditionStatus::kFalse, "ServiceMissing", ""}};
  EXPECT_EQ(Read<L4Route>(R"({
    "spec": {"defaultBackendServiceRef":
      "/loadbalancer/projects/p/regions/se-sto/backendServices/svc"},
    "status": {"conditions": [{"type": "Ready", "status": "False",
                               "reason": "ServiceMissing"}]}})"),
            route);
}

TEST(RestLoadBalancerPartsTest, FieldsOfAnotherTypeCountAsAbsent) {
  EXPECT_EQ(Read<LoadBalancer>(R"({"spec": {"publicIPRef": null,
      "listeners": {}, "backendNetwork": []}, "status": "x"})"),
            LoadBalancer());
  EXPECT_EQ(Read<BackendPool>(R"({"spec": {"backendRefs": "vm1"}})"),
            BackendPool());
  EXPECT_EQ(Read<BackendService>(R"({"spec": {"port": "6443",
      "backendPoolRef": 1, "proxyProtocol": "true"}})"),
            BackendService());
  EXPECT_EQ(Read<L4Route>(R"({"spec": []})"), L4Route());
}

template <typename T>
class RestLoadBalancerRoundTripTest : public ::testing::Test {};
using LoadBalancerKinds =
    ::testing::Types<LoadBalancer, BackendPool, BackendService, L4Route>;
TYPED_TEST_SUITE(RestLoadBalancerRoundTripTest, LoadBalancerKinds);

TYPED_TEST(RestLoadBalancerRoundTripTest, WhatIsWrittenIsReadBack) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    TypeParam object;
    ObjectGenerator(seed).Fill(object);
    const Json spec = RestSpec(Scope(), object);
    TypeParam read;
    ReadRest(Scope(), Json::Object({{"spec", spec}}), read);
    EXPECT_EQ(read, object) << "seed " << seed << ": " << spec.Dump();
  }
}

}  // namespace
}  // namespace evroc::cloud
