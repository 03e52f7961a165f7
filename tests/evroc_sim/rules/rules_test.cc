#include "tests/evroc_sim/rules/rules.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/rules/rules_fixture.h"

namespace evroc::sim {
namespace {

TEST_F(RulesTest, IdsAreDnsLabels) {
  for (const char* id : {"a", "0", "a-b", "default-se-sto-a"}) {
    EXPECT_TRUE(CheckId(id).ok()) << id;
  }
  EXPECT_TRUE(CheckId(std::string(63, 'a')).ok());
  for (const std::string& id :
       {std::string(), std::string(64, 'a'), std::string("A"),
        std::string("a.b"), std::string("-a"), std::string("a-"),
        std::string("a_b")}) {
    EXPECT_EQ(HttpStatusOf(CheckId(id)), 400) << id;
  }
}

TEST_F(RulesTest, VpcBlocksArePrivate) {
  EXPECT_TRUE(Check(Kind::kVpc, "{}").ok());
  EXPECT_TRUE(
      Check(Kind::kVpc, R"({"ipv4CidrBlocks": ["172.20.0.0/16"]})").ok());
  EXPECT_EQ(
      HttpStatusOf(Check(Kind::kVpc, R"({"ipv4CidrBlocks": ["8.0.0.0/8"]})")),
      400);
  Set(R"({"quotas": {"vpcs_per_project": 1}})");
  EXPECT_EQ(HttpStatusOf(Check(Kind::kVpc, "{}")), 403);
}

std::string Subnet(const char* block, const char* more = "") {
  return absl::StrCat(R"({"vpcRef": ")", kNet,
                      R"(virtualPrivateClouds/v", "placement": {"zone": "a"},
                         "ipv4CidrBlock": ")",
                      block, "\"", more, "}");
}

TEST_F(RulesTest, SubnetBlocksLieInTheVpcAndDoNotOverlap) {
  EXPECT_TRUE(Check(Kind::kSubnet, Subnet("10.0.2.0/24")).ok());
  for (const char* block : {"10.1.0.0/24", "10.0.1.0/25", "10.0.0.0/16",
                            "10.0.2.0/30", "10.0.2.0", ""}) {
    EXPECT_EQ(HttpStatusOf(Check(Kind::kSubnet, Subnet(block))), 400) << block;
  }
  EXPECT_EQ(HttpStatusOf(
                Check(Kind::kSubnet,
                      Subnet("10.0.2.0/24", R"(, "stackType": "ipv6-only")"))),
            400);
}

TEST_F(RulesTest, SubnetsDoNotChange) {
  const ObjectPtr now = store_.FindRef(absl::StrCat(kNet, "subnets/s"));
  EXPECT_TRUE(Check(Kind::kSubnet, now->spec.Dump(), now.get()).ok());
  EXPECT_EQ(
      HttpStatusOf(Check(Kind::kSubnet, Subnet("10.0.2.0/24"), now.get())),
      422);
}

TEST_F(RulesTest, RulesHaveExactlyOneRemote) {
  const auto group = [](const char* rule) {
    return absl::StrCat(R"({"vpcRef": ")", kNet,
                        R"(virtualPrivateClouds/v", "rules": [)", rule, "]}");
  };
  EXPECT_TRUE(Check(Kind::kSecurityGroup,
                    group(R"({"direction": "Egress", "protocol": "all",
                              "remote": {"address": {"ipAddressOrCIDR": "::/0"}}})"))
                  .ok());
  const char* const bad[] = {
      R"({"direction": "Egress", "remote": {}})",
      R"({"direction": "Egress", "remote": {"vpcRef": "a", "subnetRef": "b"}})",
      R"({"direction": "Ingress", "protocol": "ICMP", "port": 1,
          "remote": {"address": {"ipAddressOrCIDR": "10.0.0.0/8"}}})",
      R"({"direction": "Ingress", "protocol": "TCP", "port": 9, "endPort": 8,
          "remote": {"address": {"ipAddressOrCIDR": "10.0.0.0/8"}}})"};
  for (const char* rule : bad) {
    EXPECT_EQ(HttpStatusOf(Check(Kind::kSecurityGroup, group(rule))), 422)
        << rule;
  }
  EXPECT_EQ(
      HttpStatusOf(Check(Kind::kSecurityGroup, group(R"({"direction": "Egress",
                          "remote": {"address": {"ipAddressOrCIDR": "x"}}})"))),
      400);
}

TEST_F(RulesTest, MachinesNeedADiskAndASubnetInTheirZone) {
  EXPECT_TRUE(Check(Kind::kVirtualMachine, Machine("da")).ok());
  EXPECT_EQ(HttpStatusOf(Check(Kind::kVirtualMachine, Machine("db"))), 400);
  EXPECT_EQ(HttpStatusOf(Check(Kind::kVirtualMachine, Machine("none"))), 400);
  EXPECT_EQ(HttpStatusOf(Check(Kind::kVirtualMachine, Machine("da", "", ""))),
            400);
  EXPECT_EQ(HttpStatusOf(Check(Kind::kVirtualMachine,
                               Machine("da", "", "a", "c9.huge"))),
            400);
}

TEST_F(RulesTest, ADiskServesOneMachine) {
  Put(Kind::kVirtualMachine, "m", Machine("da"));
  EXPECT_EQ(HttpStatusOf(Check(Kind::kVirtualMachine, Machine("da"))), 400);
}

TEST_F(RulesTest, AnAddressServesOneMachine) {
  const std::string address =
      absl::StrCat(R"(, "publicIPv4Address": {"static": {"publicIPRef": ")",
                   kNet, R"(publicIPs/ip"}})");
  EXPECT_TRUE(Check(Kind::kVirtualMachine, Machine("da", address)).ok());
  Put(Kind::kDisk, "dc", R"({"placement": {"zone": "a"},
                             "diskSize": {"amount": 2, "unit": "GB"}})");
  Put(Kind::kVirtualMachine, "m", Machine("dc", address));
  EXPECT_EQ(HttpStatusOf(Check(Kind::kVirtualMachine, Machine("da", address))),
            403);
}

TEST_F(RulesTest, APlacementGroupTakesFiveMachinesOfItsZone) {
  Put(Kind::kPlacementGroup, "pa", R"({"placement": {"zone": "a"}})");
  Put(Kind::kPlacementGroup, "pb", R"({"placement": {"zone": "b"}})");
  const auto in_group = [](const std::string& disk, const char* group) {
    Json machine = *Json::Parse(Machine(disk));
    machine.SetAt("placement.placementGroupRef",
                  absl::StrCat(kCompute, "placementGroups/", group));
    return machine.Dump();
  };
  EXPECT_EQ(HttpStatusOf(Check(Kind::kVirtualMachine, in_group("da", "none"))),
            400);
  EXPECT_EQ(HttpStatusOf(Check(Kind::kVirtualMachine, in_group("da", "pb"))),
            400);
  ObjectPtr last;
  for (int i = 1; i <= 5; ++i) {
    EXPECT_TRUE(Check(Kind::kVirtualMachine, in_group("da", "pa")).ok()) << i;
    const std::string id = absl::StrCat("m", i);
    Put(Kind::kDisk, id.c_str(), R"({"placement": {"zone": "a"},
                                     "diskSize": {"amount": 2, "unit": "GB"}})");
    last =
        Put(Kind::kVirtualMachine, id.c_str(), in_group(id, "pa"), "Stopped");
  }
  const absl::Status sixth = Check(Kind::kVirtualMachine, in_group("da", "pa"));
  EXPECT_EQ(HttpStatusOf(sixth), 403);
  EXPECT_NE(sixth.message().find("5 machines"), absl::string_view::npos);
  Set(R"({"choices": {"full_placement_group": "conflict"}})");
  EXPECT_EQ(HttpStatusOf(Check(Kind::kVirtualMachine, in_group("da", "pa"))),
            409);
  EXPECT_TRUE(
      Check(Kind::kVirtualMachine, in_group("m5", "pa"), last.get()).ok());
}

TEST_F(RulesTest, APlacementGroupMayHaveToBeReady) {
  Json machine = *Json::Parse(Machine("da"));
  machine.SetAt("placement.placementGroupRef",
                absl::StrCat(kCompute, "placementGroups/pa"));
  const auto check = [&](const char* phase) {
    Put(Kind::kPlacementGroup, "pa", R"({"placement": {"zone": "a"}})", phase);
    return CodeOf(Check(Kind::kVirtualMachine, machine.Dump()));
  };
  EXPECT_EQ(check("Creating"), 200);
  Set(R"({"choices": {"unready_placement_group": "refuse"}})");
  EXPECT_EQ(check("Creating"), 400);
  EXPECT_EQ(check("Ready"), 200);
}

TEST_F(RulesTest, ARunningMachineStaysInItsPlacementGroup) {
  Put(Kind::kPlacementGroup, "pa", R"({"placement": {"zone": "a"}})");
  Json moved = *Json::Parse(Machine("da"));
  moved.SetAt("placement.placementGroupRef",
              absl::StrCat(kCompute, "placementGroups/pa"));
  for (const auto& [phase, code] :
       {std::pair("Running", 400), std::pair("Stopped", 200)}) {
    const ObjectPtr now = Put(Kind::kVirtualMachine, "m", Machine("da"), phase);
    const absl::Status status =
        Check(Kind::kVirtualMachine, moved.Dump(), now.get());
    EXPECT_EQ(status.ok() ? 200 : HttpStatusOf(status), code) << phase;
  }
}

TEST_F(RulesTest, QuotaIs403AndSaysNotEnoughQuota) {
  Set(R"({"quotas": {"vcpus": 1}})");
  const absl::Status status = Check(Kind::kVirtualMachine, Machine("da"));
  EXPECT_EQ(HttpStatusOf(status), 403);
  EXPECT_NE(status.message().find("not enough quota"), absl::string_view::npos);
}

TEST_F(RulesTest, TheProfileOfARunningMachineStays) {
  ObjectPtr now = Put(Kind::kVirtualMachine, "m", Machine("da"), "Running");
  const std::string bigger = Machine("da", "", "a", "c1a.m");
  EXPECT_EQ(HttpStatusOf(Check(Kind::kVirtualMachine, bigger, now.get())), 400);
  now = Put(Kind::kVirtualMachine, "m", Machine("da"), "Stopped");
  EXPECT_TRUE(Check(Kind::kVirtualMachine, bigger, now.get()).ok());
}

TEST_F(RulesTest, GpuMachinesRunInZoneAOnly) {
  EXPECT_TRUE(
      Check(Kind::kVirtualMachine, Machine("da", "", "a", "gn-l40s.s")).ok());
}

TEST_F(RulesTest, DisksGrowAndNeverShrink) {
  const ObjectPtr now = store_.FindRef(absl::StrCat(kCompute, "disks/da"));
  const auto size = [](int amount) {
    return absl::StrCat(
        R"({"placement": {"zone": "a"}, "diskSize": {"amount": )", amount,
        R"(, "unit": "GB"}})");
  };
  EXPECT_TRUE(Check(Kind::kDisk, size(30), now.get()).ok());
  EXPECT_EQ(HttpStatusOf(Check(Kind::kDisk, size(10), now.get())), 400);
  Set(R"({"choices": {"disk_growth": "refused"}})");
  EXPECT_EQ(HttpStatusOf(Check(Kind::kDisk, size(30), now.get())), 400);
}

TEST_F(RulesTest, DiskSourcesFitTheirType) {
  const auto disk = [](const char* source) {
    return absl::StrCat(R"({"placement": {"zone": "a"}, "source": )", source,
                        "}");
  };
  EXPECT_TRUE(Check(Kind::kDisk, disk(R"({"type": "image", "diskImageRef":
                      "/compute/global/diskImages/evroc/ubuntu.24-04.1"})"))
                  .ok());
  for (const char* source :
       {R"({"type": "image"})", R"({"type": "blank"})",
        R"({"type": "image", "diskImageRef": "ubuntu.24-04.1"})",
        R"({"type": "snapshot", "snapshotRef": "x"})",
        R"({"type": "image", "diskImageRef":
            "/compute/global/diskImages/evroc/windows"})"}) {
    EXPECT_EQ(HttpStatusOf(Check(Kind::kDisk, disk(source))), 400) << source;
  }
}

TEST_F(RulesTest, ObjectsHaveASizeLimit) {
  const std::string machine = Machine("da");
  const std::string big =
      absl::StrCat(machine.substr(0, machine.size() - 1),
                   R"(, "osSettings": {"cloudInitUserData": ")",
                   std::string(1 << 20, 'x'), "\"}}");
  EXPECT_EQ(HttpStatusOf(Check(Kind::kVirtualMachine, big)), 400);
  Set(R"({"choices": {"oversize_status": "413"}})");
  EXPECT_EQ(HttpStatusOf(Check(Kind::kVirtualMachine, big)), 413);
}

TEST_F(RulesTest, HealthChecksGetTheServersDefaults) {
  Object service = Make(Kind::kBackendService, "b",
                        R"({"port": 6443, "healthCheck": {"tcp": {}}})");
  ApplyDefaults(store_, settings_, service);
  EXPECT_EQ(service.spec.At("healthCheck.targetPort").Integer(-1), 6443);
  EXPECT_EQ(service.spec.At("healthCheck.interval").String(), "5s");
  Set(R"({"choices": {"health_check_target_port": "zero"}})");
  service = Make(Kind::kBackendService, "b",
                 R"({"port": 6443, "healthCheck": {"tcp": {}}})");
  ApplyDefaults(store_, settings_, service);
  EXPECT_EQ(service.spec.At("healthCheck.targetPort").Integer(-1), 0);
}

TEST_F(RulesTest, HttpChecksExpect200UnlessTheySayOtherwise) {
  for (const auto& [http, statuses] :
       {std::pair{R"({"path": "/"})", "[200]"},
        std::pair{R"({"path": "/", "expectedStatuses": [204]})", "[204]"}}) {
    Object service = Make(
        Kind::kBackendService, "b",
        absl::StrCat(R"({"port": 1, "healthCheck": {"http": )", http, "}}"));
    ApplyDefaults(store_, settings_, service);
    const JsonView found = service.spec.At("healthCheck.http.expectedStatuses");
    EXPECT_EQ(Json(found).Dump(), statuses);
  }
}

TEST_F(RulesTest, HealthChecksAreTcpOrHttpAndTimedAsTheSchemaSays) {
  const auto service = [](absl::string_view check) {
    return absl::StrCat(R"({"port": 6443, "healthCheck": )", check, "}");
  };
  for (const char* time : {"5s", "1h2m3s4ms", "100ms", "99999s"}) {
    EXPECT_TRUE(Check(Kind::kBackendService,
                      service(absl::StrCat(R"({"tcp": {}, "interval": ")", time,
                                           "\"}")))
                    .ok())
        << time;
  }
  for (const char* time :
       {"5", "s", "1.5s", "-5s", "100000s", "1us", "1s1s1s1s1s", "5s "}) {
    EXPECT_EQ(
        HttpStatusOf(Check(Kind::kBackendService,
                           service(absl::StrCat(R"({"tcp": {}, "interval": ")",
                                                time, "\"}")))),
        400)
        << time;
  }
  for (const char* check : {"{}", R"({"tcp": {}, "http": {"path": "/"}})"}) {
    EXPECT_EQ(HttpStatusOf(Check(Kind::kBackendService, service(check))), 400)
        << check;
  }
}

TEST_F(RulesTest, ABackendNetworkHasOneSubnetOfTheVpcForAZone) {
  Put(Kind::kVpc, "v2", R"({"ipv4CidrBlocks": ["10.0.0.0/16"]})");
  const auto subnet = [](const char* vpc, const char* zone) {
    return absl::StrCat(R"({"vpcRef": ")", kNet, "virtualPrivateClouds/", vpc,
                        R"(", "stackType": "dual-stack",
                           "ipv4CidrBlock": "10.0.9.0/24",
                           "placement": {"zone": ")",
                        zone, "\"}}");
  };
  Put(Kind::kSubnet, "s2", subnet("v", "a"));
  Put(Kind::kSubnet, "sb", subnet("v", "b"));
  Put(Kind::kSubnet, "elsewhere", subnet("v2", "b"));
  const auto entry = [](const char* id, const char* zone) {
    return absl::StrCat(R"({"subnetRef": ")", kNet, "subnets/", id,
                        R"(", "zone": ")", zone, "\"}");
  };
  const auto code = [&](const std::string& subnets) {
    const absl::Status status =
        Check(Kind::kLoadBalancer,
              absl::StrCat(R"({"publicIPRef": ")", kNet,
                           R"(publicIPs/ip", "backendNetwork": {"vpcRef": ")",
                           kNet, R"(virtualPrivateClouds/v", "subnets": [)",
                           subnets, "]}}"));
    return status.ok() ? 200 : HttpStatusOf(status);
  };
  EXPECT_EQ(code(entry("s", "a")), 200);
  EXPECT_EQ(code(absl::StrCat(entry("sb", "b"), ",", entry("s", "a"))), 200);
  EXPECT_EQ(code(""), 400);
  EXPECT_EQ(code(entry("s", "b")), 400);
  EXPECT_EQ(code(entry("none", "a")), 400);
  EXPECT_EQ(code(entry("elsewhere", "b")), 400);
  EXPECT_EQ(code(absl::StrCat(entry("s", "a"), ",", entry("s2", "a"))), 400);
}

TEST_F(RulesTest, NewMachinesAreNotIpv4Only) {
  const std::string ipv4_only = Machine("da", R"(, "stackType": "ipv4-only")");
  const absl::Status refused = Check(Kind::kVirtualMachine, ipv4_only);
  EXPECT_EQ(HttpStatusOf(refused), 403);
  EXPECT_EQ(ReasonOf(refused), "IPv4OnlyStackTypeDeprecated");
  const ObjectPtr old = Put(Kind::kVirtualMachine, "old", ipv4_only, "Stopped");
  EXPECT_TRUE(Check(Kind::kVirtualMachine, ipv4_only, old.get()).ok());
  EXPECT_TRUE(Check(Kind::kVirtualMachine, Machine("da"), old.get()).ok());
  Put(Kind::kDisk, "dc", R"({"placement": {"zone": "a"},
                             "diskSize": {"amount": 20, "unit": "GB"}})");
  Set(R"({"choices": {"ipv4_only_machines": "accept"}})");
  EXPECT_TRUE(Check(Kind::kVirtualMachine,
                    Machine("dc", R"(, "stackType": "ipv4-only")"))
                  .ok());
}

TEST_F(RulesTest, AnIpv6OnlySubnetHasIpv6OnlyMachines) {
  Put(Kind::kSubnet, "s",
      absl::StrCat(R"({"vpcRef": ")", kNet,
                   R"(virtualPrivateClouds/v", "stackType": "ipv6-only",
                      "placement": {"zone": "a"}})"));
  EXPECT_TRUE(Check(Kind::kVirtualMachine, Machine("da")).ok());
  EXPECT_EQ(
      HttpStatusOf(Check(Kind::kVirtualMachine,
                         Machine("da", R"(, "stackType": "dual-stack")"))),
      400);
}

TEST_F(RulesTest, ALoadBalancerHasDistinctPorts) {
  const auto balancer = [](const char* listeners) {
    return absl::StrCat(R"({"publicIPRef": ")", kNet,
                        R"(publicIPs/ip", "listeners": )", listeners, "}");
  };
  EXPECT_TRUE(Check(Kind::kLoadBalancer,
                    balancer(R"([{"port": 6443, "protocol": "TCP"}])"))
                  .ok());
  for (const char* listeners :
       {R"([{"port": 1, "protocol": "TCP"}, {"port": 1, "protocol": "TCP"}])",
        R"([{"port": 0, "protocol": "TCP"}])",
        R"([{"port": 1, "protocol": "TCP", "name": "-x"}])",
        R"([{"port": 1, "protocol": "TCP", "routeRefs": ["r"]}])"}) {
    EXPECT_EQ(HttpStatusOf(Check(Kind::kLoadBalancer, balancer(listeners))),
              400)
        << listeners;
  }
}

}  // namespace
}  // namespace evroc::sim
