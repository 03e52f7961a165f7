#include "services/network/spec/network_spec.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "services/network/spec/part_names.h"

namespace evroc::network {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const cloud::Place kRest = {.capabilities = {.load_balancers = true,
                                             .zones = true,
                                             .vpc_in_security_groups = true},
                            .project = "p",
                            .region = "se-sto"};
const cloud::Place kKcp = {.capabilities = {}, .project = "p", .region = ""};

// What the REST API takes at least, with `more` of it.
v1::ClusterNetwork NetworkOf(const std::string& more = "") {
  const std::string least = R"pb(
    owner { cluster_id: "c1" cluster_name: "cluster" }
    vpc { name: "vpc" }
    subnets { name: "s-a" zone: "a" ipv4_cidr_block: "10.0.1.0/24" })pb";
  v1::ClusterNetwork network;
  EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(least, &network));
  EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(more, &network));
  return network;
}

std::vector<std::string> FieldsAtFault(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const FieldViolation& each : DetailsOf(status).field_violations) {
    EXPECT_TRUE(absl::StartsWith(each.field, "cluster_network."));
    fields.push_back(each.field.substr(each.field.find('.') + 1));
  }
  return fields;
}

std::vector<std::string> FaultsOf(const v1::ClusterNetwork& network) {
  const absl::Status status = CheckClusterNetwork(network, kRest).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument)
      << network.ShortDebugString();
  return FieldsAtFault(status);
}

TEST(CheckClusterNetworkTest, KnowsTheDefaultNetwork) {
  const auto is_default = [](const std::string& vpc,
                             const std::string& subnets) {
    v1::ClusterNetwork network = NetworkOf();
    network.mutable_vpc()->set_name(vpc);
    network.mutable_vpc()->set_existing(true);
    network.clear_subnets();
    for (const absl::string_view name : absl::StrSplit(subnets, ' ')) {
      v1::Subnet& subnet = *network.add_subnets();
      subnet.set_name(std::string(name));
      subnet.set_existing(true);
    }
    return CheckClusterNetwork(network, kRest)->default_network;
  };
  EXPECT_TRUE(is_default("default-se-sto", "default-se-sto-c"));
  EXPECT_TRUE(is_default(
      "/networking/projects/p/regions/se-sto/virtualPrivateClouds/"
      "default-se-sto",
      "default-se-sto-a "
      "/networking/projects/p/regions/se-sto/subnets/default-se-sto-b"));
  EXPECT_FALSE(is_default("default-se-sto", "default-se-sto-a mine"));
  EXPECT_FALSE(is_default("mine", "default-se-sto-a"));
  EXPECT_FALSE(is_default("default-fi-hel", "default-fi-hel-a"));
}

TEST(CheckClusterNetworkTest, FillsInWhatIsNotSaid) {
  const auto spec = CheckClusterNetwork(NetworkOf(), kRest);
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->vpc.id, Id<cloud::Vpc>("vpc"));
  EXPECT_FALSE(spec->vpc.existing);
  EXPECT_FALSE(spec->vpc.refuse_foreign);
  EXPECT_THAT(spec->vpc.ipv4_cidr_blocks, IsEmpty());
  ASSERT_EQ(spec->subnets.size(), 1);
  EXPECT_EQ(spec->subnets[0].stack_type, cloud::StackType::kUnset);
  EXPECT_TRUE(spec->load_balancer);
  EXPECT_TRUE(spec->existing_public_ip.empty());
  EXPECT_THAT(spec->backends, IsEmpty());
  EXPECT_THAT(spec->additional, IsEmpty());
  ASSERT_EQ(spec->ports.size(), 1);
  EXPECT_EQ(spec->ports[0].port, 6443);
  EXPECT_EQ(spec->ports[0].target_port, 6443);
  EXPECT_EQ(spec->ports[0].health_check_port, 6443);
}

TEST(CheckClusterNetworkTest, APortIsItsOwnTargetAndThatItsOwnCheck) {
  const auto spec =
      CheckClusterNetwork(NetworkOf(R"pb(
                            control_plane_endpoint {
                              ports { port: 443 target_port: 6443 }
                              ports { port: 9345 }
                              ports { port: 80 health_check_port: 81 }
                            })pb"),
                          kRest);
  ASSERT_TRUE(spec.ok()) << spec.status();
  ASSERT_EQ(spec->ports.size(), 3);
  EXPECT_EQ(spec->ports[0].health_check_port, 6443);
  EXPECT_EQ(spec->ports[1].target_port, 9345);
  EXPECT_EQ(spec->ports[1].health_check_port, 9345);
  EXPECT_EQ(spec->ports[2].target_port, 80);
  EXPECT_EQ(spec->ports[2].health_check_port, 81);
  EXPECT_FALSE(spec->ports[1].health_check_chosen);
  EXPECT_TRUE(spec->ports[2].health_check_chosen);
}

TEST(CheckClusterNetworkTest, WithoutBuiltInGroupsNothingCanBeAddedToThem) {
  const std::string without = "security_groups { without_built_in: true ";
  const auto spec = CheckClusterNetwork(
      NetworkOf(without + R"(common { existing_ids: "g" } })"), kRest);
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_TRUE(spec->without_built_in);
  const std::string rule =
      R"({ rules { name: "x" direction: DIRECTION_EGRESS vpc: true } })";
  EXPECT_THAT(FaultsOf(NetworkOf(without + "common " + rule + "control_plane " +
                                 rule + "worker " + rule + "}")),
              ElementsAre("security_groups.common.rules",
                          "security_groups.control_plane.rules",
                          "security_groups.worker.rules"));
  EXPECT_THAT(FaultsOf(NetworkOf(without + R"(}
                control_plane_endpoint {
                  type: TYPE_PUBLIC_IP api_allowed_cidrs: "192.0.2.0/24" })")),
              ElementsAre("control_plane_endpoint.api_allowed_cidrs"));
}

TEST(CheckClusterNetworkTest, TheIdOfAGroupIsNotThatOfAnother) {
  v1::ClusterNetwork network = NetworkOf(
      R"(security_groups { additional { name: "a" } additional { name: "b" } })");
  auto spec = CheckClusterNetwork(network, kRest);
  ASSERT_TRUE(spec.ok()) << spec.status();
  network.mutable_security_groups()->mutable_additional(1)->set_id(
      AdditionalGroupId(spec->owner, spec->additional[0]).value());
  EXPECT_THAT(FaultsOf(network),
              ElementsAre("security_groups.additional[1].id"));
}

TEST(CheckClusterNetworkTest, BackendsAreSortedAndEachThereOnce) {
  const auto spec =
      CheckClusterNetwork(NetworkOf(R"pb(control_plane_endpoint {
                                           existing_public_ip_id: "mine"
                                           member_ids: "vm2"
                                           member_ids: "vm1"
                                           member_ids: "vm2"
                                         })pb"),
                          kRest);
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_THAT(spec->backends, ElementsAre(Id<cloud::VirtualMachine>("vm1"),
                                          Id<cloud::VirtualMachine>("vm2")));
  EXPECT_EQ(spec->existing_public_ip, Id<cloud::PublicIp>("mine"));
}

TEST(CheckClusterNetworkTest, TheRequestIsKeptWithoutObservations) {
  v1::ClusterNetwork network = NetworkOf();
  network.set_state(v1::ClusterNetwork::STATE_READY);
  network.set_vpc_id("vpc");
  network.add_subnet_statuses()->set_id("s-a");
  const auto spec = CheckClusterNetwork(network, kRest);
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->request.SerializeAsString(), NetworkOf().SerializeAsString());
}

TEST(CheckClusterNetworkTest, NamesTheFieldAtFault) {
  struct Case {
    const char* more;
    const char* field;
  };
  for (const auto& [more, field] : {
           Case{R"(vpc { name: "No Name" })", "vpc.name"},
           Case{R"(vpc { ipv4_cidr_blocks: ["10.0.0.0/8", "8.0.0.0/8"] })",
                "vpc.ipv4_cidr_blocks[1]"},
           Case{R"(vpc { ipv4_cidr_blocks: ["10.0.0.0/8", "fd00::/8"] })",
                "vpc.ipv4_cidr_blocks[1]"},
           Case{R"(subnets { name: "s-a" existing: true })", "subnets[1].name"},
           Case{R"(subnets { name: "" existing: true })", "subnets[1].name"},
           Case{R"(subnets { name: "x" ipv4_cidr_block: "10.0.2.0/24" })",
                "subnets[1].zone"},
           Case{R"(subnets { name: "x" zone: "d"
                             ipv4_cidr_block: "10.0.2.0/24" })",
                "subnets[1].zone"},
           Case{R"(subnets { name: "x" zone: "a" })",
                "subnets[1].ipv4_cidr_block"},
           Case{R"(subnets { name: "x" zone: "a" ipv4_cidr_block: "10/8" })",
                "subnets[1].ipv4_cidr_block"},
           Case{R"(subnets { name: "x" zone: "a"
                             ipv4_cidr_block: "10.4.0.0/15" })",
                "subnets[1].ipv4_cidr_block"},
           Case{R"(subnets { name: "x" zone: "a"
                             ipv4_cidr_block: "10.4.0.0/30" })",
                "subnets[1].ipv4_cidr_block"},
           Case{R"(subnets { name: "x" zone: "a"
                             ipv4_cidr_block: "10.0.1.128/25" })",
                "subnets[1].ipv4_cidr_block"},
           Case{R"(subnets { name: "x" zone: "a"
                             stack_type: STACK_TYPE_IPV6_ONLY
                             ipv4_cidr_block: "10.0.2.0/24" })",
                "subnets[1].ipv4_cidr_block"},
           Case{R"(vpc { stack_type: STACK_TYPE_IPV4_ONLY })",
                "vpc.stack_type"},
           Case{R"(subnets { name: "x" existing: true
                             stack_type: STACK_TYPE_IPV4_ONLY })",
                "subnets[1].stack_type"},
           Case{R"(vpc { stack_type: STACK_TYPE_IPV6_ONLY })",
                "subnets[0].ipv4_cidr_block"},
           Case{R"(vpc { ipv4_cidr_blocks: "10.1.0.0/16" })",
                "subnets[0].ipv4_cidr_block"},
           Case{R"(security_groups { worker { existing_ids: "/x" } })",
                "security_groups.worker.existing_ids[0]"},
           Case{R"(security_groups { common { existing_ids: "/x" } })",
                "security_groups.common.existing_ids[0]"},
           Case{R"(security_groups { control_plane { existing_ids: "/x" } })",
                "security_groups.control_plane.existing_ids[0]"},
           Case{R"(security_groups { additional { name: "" } })",
                "security_groups.additional[0].name"},
           Case{R"(control_plane_endpoint { existing_public_ip_id: "/x" })",
                "control_plane_endpoint.existing_public_ip_id"},
           Case{R"(control_plane_endpoint { member_ids: "/x" })",
                "control_plane_endpoint.member_ids"},
           Case{R"(control_plane_endpoint { api_allowed_cidrs: "10.0.0.0/8" })",
                "control_plane_endpoint.api_allowed_cidrs[0]"},
           Case{R"(control_plane_endpoint { type: TYPE_PUBLIC_IP
                                            api_allowed_cidrs: "x" })",
                "control_plane_endpoint.api_allowed_cidrs[0]"},
           Case{
               R"(control_plane_endpoint { ports {
                     port: 1 target_port: -1 health_check_port: 1 } })",
               "control_plane_endpoint.ports[0].target_port"},
           Case{R"(control_plane_endpoint { ports { port: 1 }
                                            ports { port: 1 } })",
                "control_plane_endpoint.ports[1].port"},
           Case{R"(control_plane_endpoint { type: TYPE_PUBLIC_IP
                     ports { port: 443 target_port: 6443 } })",
                "control_plane_endpoint.ports[0].target_port"},
       }) {
    const std::vector<std::string> faults = FaultsOf(NetworkOf(more));
    ASSERT_FALSE(faults.empty()) << more;
    for (const std::string& fault : faults) EXPECT_EQ(fault, field) << more;
  }
}

TEST(CheckClusterNetworkTest, NamesEveryFieldAtFaultAtOnce) {
  EXPECT_THAT(FaultsOf(v1::ClusterNetwork()),
              UnorderedElementsAre("owner.cluster_id", "owner.cluster_name",
                                   "vpc.name", "subnets"));
}

TEST(CheckClusterNetworkTest, AnExistingSubnetNeedsANameAlone) {
  EXPECT_TRUE(CheckClusterNetwork(
                  NetworkOf(R"(subnets { name: "x" existing: true })"), kRest)
                  .ok());
}

TEST(CheckClusterNetworkTest, ExistingObjectsMayBeGivenByFullReferences) {
  const auto spec = CheckClusterNetwork(
      NetworkOf(R"pb(
        vpc {
          name: "/networking/projects/p/regions/se-sto/virtualPrivateClouds/v"
          existing: true
        }
        subnets {
          name: "/networking/projects/p/regions/se-sto/subnets/s"
          existing: true
        }
        control_plane_endpoint {
          existing_public_ip_id: "/networking/projects/p/regions/se-sto/publicIPs/ip"
        })pb"),
      kRest);
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->vpc.id, Id<cloud::Vpc>("v"));
  EXPECT_EQ(spec->subnets[1].id, Id<cloud::Subnet>("s"));
  EXPECT_EQ(spec->existing_public_ip, Id<cloud::PublicIp>("ip"));
}

TEST(CheckClusterNetworkTest, ReferencesAreOfTheScopesProject) {
  EXPECT_THAT(
      FaultsOf(NetworkOf(R"pb(
        subnets {
          name: "/networking/projects/q/regions/se-sto/subnets/s"
          existing: true
        }
        # One that is made has a name.
        subnets {
          name: "/networking/projects/p/regions/se-sto/subnets/t"
          zone: "b"
          ipv4_cidr_block: "10.0.2.0/24"
          optional: true
        })pb")),
      ElementsAre("subnets[1].name", "subnets[2].name", "subnets[2].optional"));
}

TEST(CheckClusterNetworkTest, ThereAreLimits) {
  v1::ClusterNetwork network = NetworkOf();
  for (int i = 0; i < 30; ++i) {
    v1::Subnet& subnet = *network.add_subnets();
    subnet.set_name(absl::StrCat("x", i));
    subnet.set_existing(true);
  }
  EXPECT_THAT(FaultsOf(network), ElementsAre("subnets"));
  network = NetworkOf();
  for (int i = 1; i <= 201; ++i) {
    network.mutable_control_plane_endpoint()->add_ports()->set_port(i);
  }
  EXPECT_THAT(FaultsOf(network), ElementsAre("control_plane_endpoint.ports"));
  network = NetworkOf();
  for (int i = 0; i < 1001; ++i) {
    network.mutable_control_plane_endpoint()->add_member_ids("vm");
  }
  EXPECT_THAT(FaultsOf(network),
              ElementsAre("control_plane_endpoint.member_ids"));
}

// Dialect A: no load balancers, no zones, no VPC in a rule.
TEST(CheckClusterNetworkTest, SaysWhatTheKubeconfigDialectDoesNotHave) {
  v1::ClusterNetwork plain = NetworkOf();
  plain.mutable_subnets(0)->clear_zone();
  const auto spec = CheckClusterNetwork(plain, kKcp);
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_FALSE(spec->load_balancer);

  constexpr char kRule[] =
      R"({ rules { name: "x" direction: DIRECTION_INGRESS vpc: true } })";
  for (const auto& [more, field] :
       std::vector<std::pair<std::string, std::string>>{
           {"control_plane_endpoint { type: TYPE_LOAD_BALANCER }",
            "control_plane_endpoint.type"},
           {R"(subnets { name: "x" zone: "a" ipv4_cidr_block: "10.0.2.0/24" })",
            "subnets[1].zone"},
           {absl::StrCat("security_groups { common ", kRule, " }"),
            "security_groups"},
           {absl::StrCat("security_groups { control_plane ", kRule, " }"),
            "security_groups"},
           {absl::StrCat("security_groups { worker ", kRule, " }"),
            "security_groups"},
           {R"(security_groups { additional { name: "g" rules {
                 name: "x" direction: DIRECTION_INGRESS vpc: true } } })",
            "security_groups"}}) {
    v1::ClusterNetwork network = plain;
    ASSERT_TRUE(google::protobuf::TextFormat::MergeFromString(more, &network));
    const absl::Status status = CheckClusterNetwork(network, kKcp).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented) << more;
    EXPECT_THAT(FieldsAtFault(status), ElementsAre(field));
    EXPECT_EQ(DetailsOf(status).reason, "NOT_IN_THIS_API");
  }
}

}  // namespace
}  // namespace evroc::network
