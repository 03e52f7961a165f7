// The contract of NetworkServiceClient, tested on the fake of the shim's tests
// and on the real service.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/rpc/testing/desired_resources.h"
#include "tests/contract/services/test_services.h"
#include "tests/contract/services/watched_resources.h"

namespace evroc::shim {
namespace {

constexpr char kMine[] = "65e2bb15-5dea-4db4-919c-ebe15a25751a";
constexpr char kOther[] = "0e2bb151-5dea-4db4-919c-ebe15a25751a";

using network::v1::ClusterNetwork;
using network::v1::ControlPlaneEndpoint;
using network::v1::ControlPlaneEndpointStatus;
using network::v1::PublicIp;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Watched = WatchedResources<network::v1::WatchResponse>;
using Spoil = std::function<void(ClusterNetwork&)>;

class NetworkServiceContractTest : public ::testing::TestWithParam<Setup> {
 protected:
  NetworkServiceContractTest()
      : services_(GetParam().make(GetParam().dialect)) {}

  bool is_rest() const { return GetParam().is_rest(); }

  ClusterNetwork Desired(const std::string& cluster = "c1") const {
    ClusterNetwork desired = TestNetwork(cluster);
    if (!is_rest()) desired.mutable_subnets(0)->clear_zone();
    return desired;
  }
  absl::StatusOr<ClusterNetwork> TryApply(const ClusterNetwork& desired) {
    return services_->network().ApplyClusterNetwork({}, scope_, desired);
  }
  ClusterNetwork Apply(const ClusterNetwork& desired) {
    const auto network = TryApply(desired);
    EXPECT_TRUE(network.ok()) << network.status();
    return network.value_or(ClusterNetwork());
  }
  ClusterNetwork ApplyUntilReady(const ClusterNetwork& desired) {
    Apply(desired);
    services_->Settle();
    ClusterNetwork network = Apply(desired);
    EXPECT_EQ(network.state(), ClusterNetwork::STATE_READY)
        << network.DebugString();
    return network;
  }
  std::string Refused(const Spoil& spoil) {
    ClusterNetwork desired = Desired();
    spoil(desired);
    return Summary(TryApply(desired).status());
  }
  // The kinds of what remains.
  std::string Delete(const std::string& cluster,
                     const std::string& workload = "") {
    NetworkServiceClient::WholeNetwork network{.workload_identifier = workload};
    network.owner.set_cluster_id(cluster);
    const auto remaining =
        services_->network().DeleteClusterNetwork({}, scope_, network);
    return remaining.ok() ? Summary(*remaining) : Summary(remaining.status());
  }
  void DeleteUntilGone(const std::string& cluster) {
    while (!Delete(cluster).empty()) services_->Settle();
  }

  absl::StatusOr<PublicIp> ApplyAddress(const PublicIp& desired) {
    return services_->network().ApplyPublicIp({}, scope_, desired);
  }
  std::string DeleteAddress(const common::v1::Owner& owner) {
    const auto remaining =
        services_->network().DeletePublicIp({}, scope_, owner);
    return remaining.ok() ? Summary(*remaining) : Summary(remaining.status());
  }

  // As the official provider's cluster, or its machine, takes it.
  static TakeOverInput Input(const common::v1::Owner& owner,
                             common::v1::TakeOverAction action) {
    TakeOverInput input{.owner = owner, .action = action};
    const bool is_machine = !owner.machine_id().empty();
    input.owner.set_resource_prefix(is_machine ? "node-0" : "prod-0123abcd");
    input.previous_owner.set_cluster_id("c1");
    input.previous_owner.add_cluster_names("prod");
    input.previous_owner.set_machine_id(owner.machine_id());
    return input;
  }
  // "PublicIP=PROVEN" and so on.
  std::vector<std::string> TakeOver(
      common::v1::TakeOverAction action,
      const common::v1::Owner& owner = TestOwner("c1")) {
    NetworkServiceClient& network = services_->network();
    const TakeOverInput input = Input(owner, action);
    const auto objects = owner.machine_id().empty()
                             ? network.TakeOverClusterNetwork({}, scope_, input)
                             : network.TakeOverPublicIp({}, scope_, input);
    if (!objects.ok()) return {Summary(objects.status())};
    std::vector<std::string> texts;
    for (const common::v1::TakeOverObject& object : *objects) {
      EXPECT_FALSE(object.id().empty() || object.reason().empty());
      texts.push_back(
          object.kind() + "=" +
          common::v1::TakeOverObject::Verdict_Name(object.verdict()));
    }
    return texts;
  }

  const common::v1::CloudScope scope_ = TestedScope();
  const std::unique_ptr<TestServices> services_;
};

// What only the REST dialect has: load balancers, zones and fixed fields.
class RestNetworkServiceContractTest : public NetworkServiceContractTest {};

TEST_P(NetworkServiceContractTest, ANetworkBecomesReady) {
  const ClusterNetwork made = Apply(Desired());
  EXPECT_EQ(made.state(), ClusterNetwork::STATE_PROVISIONING);
  ASSERT_THAT(made.conditions(), SizeIs(6));
  EXPECT_EQ(made.conditions(4).status(), common::v1::Condition::STATUS_FALSE);
  EXPECT_EQ(made.control_plane_endpoint_status().host(), "");
  EXPECT_EQ(Apply(Desired()).state(), ClusterNetwork::STATE_PROVISIONING);
  services_->Settle();
  const ClusterNetwork ready = Apply(Desired());
  EXPECT_EQ(ready.state(), ClusterNetwork::STATE_READY);
  EXPECT_THAT(
      Summary(ready.conditions()),
      ElementsAre("VPCReady=True/Available", "SubnetsReady=True/Available",
                  "SecurityGroupsReady=True/Available",
                  "ControlPlaneEndpointReady=True/Available",
                  "Ready=True/Ready", "Serving=True/Serving"));
  EXPECT_NE(ready.etag(), made.etag());
  EXPECT_EQ(Apply(Desired()).etag(), ready.etag());
}

TEST_P(NetworkServiceContractTest, ANetworkCanBeReadWithoutAnApply) {
  EXPECT_TRUE(absl::IsNotFound(
      services_->network().GetClusterNetwork({}, scope_, "c1").status()));
  const ClusterNetwork ready = ApplyUntilReady(Desired());
  const auto read = services_->network().GetClusterNetwork({}, scope_, "c1");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->etag(), ready.etag());
}

TEST_P(NetworkServiceContractTest, AReadyNetworkIsDescribed) {
  const ClusterNetwork ready = ApplyUntilReady(Desired());
  EXPECT_EQ(ready.owner().cluster_name(), "name-of-c1");
  EXPECT_EQ(ready.vpc_id(), "vpc");
  ASSERT_THAT(ready.subnet_statuses(), SizeIs(1));
  const network::v1::SubnetStatus& subnet = ready.subnet_statuses(0);
  EXPECT_EQ(subnet.id(), "subnet-a");
  EXPECT_EQ(subnet.zone(), "a");
  EXPECT_EQ(subnet.ipv4_cidr_block(), "10.0.0.0/24");
  EXPECT_TRUE(subnet.ready());
  EXPECT_TRUE(subnet.owned());
  EXPECT_THAT(ready.failure_domains(), SizeIs(is_rest() ? 1 : 0));
  EXPECT_THAT(ready.security_group_ids().common(), SizeIs(1));
  EXPECT_THAT(ready.security_group_ids().control_plane(), SizeIs(1));
  EXPECT_THAT(ready.security_group_ids().worker(), SizeIs(1));
  const ControlPlaneEndpointStatus& endpoint =
      ready.control_plane_endpoint_status();
  EXPECT_EQ(endpoint.type(), is_rest()
                                 ? ControlPlaneEndpoint::TYPE_LOAD_BALANCER
                                 : ControlPlaneEndpoint::TYPE_PUBLIC_IP);
  EXPECT_NE(endpoint.host(), "");
  EXPECT_EQ(endpoint.port(), 6443);
  EXPECT_NE(endpoint.public_ip_id(), "");
  EXPECT_EQ(endpoint.load_balancer_id().empty(), !is_rest());
}

TEST_P(NetworkServiceContractTest, GroupsAreExtendedAndAdded) {
  ClusterNetwork desired = Desired();
  desired.mutable_security_groups()->mutable_worker()->add_existing_ids(
      "default-allow-ssh");
  desired.mutable_security_groups()->add_additional()->set_name("web");
  const network::v1::SecurityGroupIds ids =
      ApplyUntilReady(desired).security_group_ids();
  ASSERT_THAT(ids.worker(), SizeIs(2));
  EXPECT_EQ(ids.worker(1), "default-allow-ssh");
  EXPECT_TRUE(ids.additional().contains("web"));
}

TEST_P(RestNetworkServiceContractTest, BackendsFollowTheRequest) {
  ApplyUntilReady(Desired());
  compute::v1::VirtualMachine machine = TestMachine("c1", "m1");
  const auto made = services_->compute().ApplyVirtualMachine(
      {}, scope_, machine, /*provisioned_before=*/false);
  ASSERT_TRUE(made.ok()) << made.status();
  services_->Settle();
  ClusterNetwork desired = Desired();
  desired.mutable_control_plane_endpoint()->add_member_ids(made->id());
  EXPECT_THAT(Apply(desired).control_plane_endpoint_status().member_ids(),
              ElementsAre(made->id()));
  EXPECT_THAT(Apply(Desired()).control_plane_endpoint_status().member_ids(),
              IsEmpty());
}

TEST_P(NetworkServiceContractTest, WrongFieldsAreNamed) {
  const std::pair<const char*, Spoil> wrong[] = {
      {"owner.cluster_id",
       [](auto& n) { n.mutable_owner()->clear_cluster_id(); }},
      {"owner.cluster_name",
       [](auto& n) { n.mutable_owner()->clear_cluster_name(); }},
      {"owner.machine_id",
       [](auto& n) { n.mutable_owner()->set_machine_id("m1"); }},
      {"vpc.name", [](auto& n) { n.clear_vpc(); }},
      {"subnets", [](auto& n) { n.clear_subnets(); }},
      {"subnets[0].name", [](auto& n) { n.mutable_subnets(0)->clear_name(); }},
      {"subnets[0].ipv4_cidr_block",
       [](auto& n) { n.mutable_subnets(0)->clear_ipv4_cidr_block(); }},
  };
  for (const auto& [field, spoil] : wrong) {
    EXPECT_EQ(Refused(spoil), std::string("INVALID_ARGUMENT INVALID_FIELD "
                                          "cluster_network.") +
                                  field);
  }
  EXPECT_EQ(Delete("c1"), "");
}

TEST_P(NetworkServiceContractTest, AllWrongFieldsAreNamedAtOnce) {
  EXPECT_EQ(Refused([](ClusterNetwork& network) {
              network.mutable_owner()->clear_cluster_name();
              network.clear_vpc();
            }),
            "INVALID_ARGUMENT INVALID_FIELD cluster_network.owner.cluster_name "
            "cluster_network.vpc.name");
}

TEST_P(NetworkServiceContractTest, FieldsForWhatTheApiHasAreChecked) {
  const auto balance = [](ClusterNetwork& network) {
    network.mutable_control_plane_endpoint()->set_type(
        ControlPlaneEndpoint::TYPE_LOAD_BALANCER);
  };
  const auto limit = [&](ClusterNetwork& network) {
    balance(network);
    network.mutable_control_plane_endpoint()->add_api_allowed_cidrs(
        "192.0.2.0/24");
  };
  EXPECT_EQ(Refused(limit),
            "INVALID_ARGUMENT INVALID_FIELD cluster_network."
            "control_plane_endpoint.api_allowed_cidrs[0]");
  if (is_rest()) {
    EXPECT_EQ(
        Refused([](ClusterNetwork& n) { n.mutable_subnets(0)->clear_zone(); }),
        "INVALID_ARGUMENT INVALID_FIELD cluster_network.subnets[0].zone");
  } else {
    EXPECT_EQ(Refused(balance),
              "UNIMPLEMENTED NOT_IN_THIS_API "
              "cluster_network.control_plane_endpoint.type");
    EXPECT_EQ(
        Refused([](ClusterNetwork& n) { n.mutable_subnets(0)->set_zone("a"); }),
        "UNIMPLEMENTED NOT_IN_THIS_API cluster_network.subnets[0].zone");
  }
}

TEST_P(RestNetworkServiceContractTest, WhatIsThereKeepsItsFields) {
  const std::pair<const char*, Spoil> fixed[] = {
      {"VPCReady cluster_network.vpc.ipv4_cidr_blocks",
       [](auto& n) {
         n.mutable_vpc()->set_ipv4_cidr_blocks(0, "10.0.0.0/12");
       }},
      {"SubnetsReady cluster_network.subnets[0].zone",
       [](auto& n) { n.mutable_subnets(0)->set_zone("b"); }},
      {"SubnetsReady cluster_network.subnets[0].ipv4_cidr_block",
       [](auto& n) {
         n.mutable_subnets(0)->set_ipv4_cidr_block("10.0.0.0/20");
       }},
      {"ControlPlaneEndpointReady cluster_network.control_plane_endpoint.type",
       [](auto& n) {
         n.mutable_control_plane_endpoint()->set_type(
             ControlPlaneEndpoint::TYPE_PUBLIC_IP);
       }},
      {"ControlPlaneEndpointReady cluster_network.control_plane_endpoint."
       "existing_public_ip_id",
       [](auto& n) {
         n.mutable_control_plane_endpoint()->set_existing_public_ip_id(kOther);
       }},
  };
  ClusterNetwork desired = Desired();
  desired.mutable_vpc()->add_ipv4_cidr_blocks("10.0.0.0/16");
  const ClusterNetwork ready = ApplyUntilReady(desired);
  for (const auto& [field, change] : fixed) {
    ClusterNetwork changed = desired;
    change(changed);
    EXPECT_EQ(Summary(TryApply(changed).status()),
              std::string("FAILED_PRECONDITION IMMUTABLE_FIELD ") + field);
  }
  EXPECT_EQ(Apply(desired).etag(), ready.etag());
}

TEST_P(RestNetworkServiceContractTest, AnEndpointOfOneAddressStaysOne) {
  ClusterNetwork desired = Desired();
  desired.mutable_control_plane_endpoint()->set_type(
      ControlPlaneEndpoint::TYPE_PUBLIC_IP);
  const ClusterNetwork ready = ApplyUntilReady(desired);
  EXPECT_EQ(ready.control_plane_endpoint_status().type(),
            ControlPlaneEndpoint::TYPE_PUBLIC_IP);
  EXPECT_EQ(ready.control_plane_endpoint_status().load_balancer_id(), "");
  EXPECT_EQ(Summary(TryApply(Desired()).status()),
            "FAILED_PRECONDITION IMMUTABLE_FIELD ControlPlaneEndpointReady "
            "cluster_network.control_plane_endpoint.type");
}

TEST_P(RestNetworkServiceContractTest, ASubnetBesideWhatIsRefusedIsReported) {
  ApplyUntilReady(Desired());
  ClusterNetwork desired = Desired();
  network::v1::Subnet& subnet = *desired.add_subnets();
  subnet.set_name("subnet-b");
  subnet.set_zone("b");
  subnet.set_ipv4_cidr_block("10.0.1.0/24");
  desired.mutable_control_plane_endpoint()->add_api_allowed_cidrs(
      "192.0.2.0/24");
  EXPECT_TRUE(absl::IsInvalidArgument(TryApply(desired).status()));
  services_->Settle();
  const auto read = services_->network().GetClusterNetwork({}, scope_, "c1");
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_THAT(read->subnet_statuses(), SizeIs(2));
  EXPECT_EQ(read->subnet_statuses(1).zone(), "b");
  EXPECT_TRUE(read->subnet_statuses(1).ready());
}

TEST_P(NetworkServiceContractTest, ASubnetCanBeAdded) {
  ApplyUntilReady(Desired());
  ClusterNetwork desired = Desired();
  network::v1::Subnet& subnet = *desired.add_subnets();
  subnet.set_name("subnet-b");
  if (is_rest()) subnet.set_zone("b");
  subnet.set_ipv4_cidr_block("10.0.1.0/24");
  const ClusterNetwork ready = ApplyUntilReady(desired);
  EXPECT_THAT(ready.subnet_statuses(), SizeIs(2));
  ASSERT_THAT(ready.failure_domains(), SizeIs(is_rest() ? 2 : 0));
  if (!is_rest()) return;
  EXPECT_TRUE(ready.failure_domains(0).control_plane());
  // The load balancer does not reach it.
  EXPECT_FALSE(ready.failure_domains(1).control_plane());
}

TEST_P(NetworkServiceContractTest, WithoutItsVpcTheNetworkHasFailed) {
  ClusterNetwork desired = Desired();
  desired.mutable_vpc()->set_name("default-se-sto");
  desired.mutable_vpc()->set_existing(true);
  desired.mutable_subnets(0)->set_name("default-se-sto-a");
  desired.mutable_subnets(0)->set_existing(true);
  const ClusterNetwork ready = ApplyUntilReady(desired);
  EXPECT_FALSE(ready.subnet_statuses(0).owned());
  services_->LoseVpc(ready);
  const ClusterNetwork failed = Apply(desired);
  EXPECT_EQ(failed.state(), ClusterNetwork::STATE_FAILED);
  EXPECT_THAT(
      Summary(failed.conditions()),
      ElementsAre("VPCReady=False/VPCNotFound", "SubnetsReady=True/Available",
                  "SecurityGroupsReady=True/Available",
                  "ControlPlaneEndpointReady=True/Available",
                  "Ready=False/VPCNotFound", "Serving=False/VPCNotFound"));
}

TEST_P(NetworkServiceContractTest, DeletionEndsInAbsence) {
  EXPECT_EQ(Delete("c1"), "");
  EXPECT_EQ(Delete(""), "INVALID_ARGUMENT INVALID_FIELD cluster_id");
  ApplyUntilReady(Desired());
  EXPECT_THAT(Delete("c1"), ::testing::HasSubstr("VirtualPrivateCloud"));
  EXPECT_THAT(Delete("c1"), ::testing::HasSubstr("VirtualPrivateCloud"));
  DeleteUntilGone("c1");
  EXPECT_EQ(Delete("c1"), "");
  EXPECT_EQ(Apply(Desired()).state(), ClusterNetwork::STATE_PROVISIONING);
}

TEST_P(NetworkServiceContractTest, ABalancerThatCanNotBeSeenIsWaitedFor) {
  NetworkServiceClient::WholeNetwork network{.load_balancer_id = "lb"};
  network.owner.set_cluster_id("c1");
  const auto remaining =
      services_->network().DeleteClusterNetwork({}, scope_, network);
  ASSERT_TRUE(remaining.ok()) << remaining.status();
  EXPECT_EQ(Summary(*remaining), is_rest() ? "" : "LoadBalancer");
}

TEST_P(NetworkServiceContractTest, WhatWasMadeInsideTheClusterGoesToo) {
  ApplyUntilReady(Desired());
  services_->MakeWorkloadObjects(kMine);
  EXPECT_EQ(Delete("c1", "project"),
            "INVALID_ARGUMENT INVALID_FIELD workload_identifier");
  EXPECT_THAT(Delete("c1", kMine), ::testing::HasSubstr("PublicIP"));
  while (!Delete("c1", kMine).empty()) services_->Settle();
  services_->MakeWorkloadObjects(kOther);
  EXPECT_EQ(Delete("c1", kMine), "") << "another cluster's are left";
}

TEST_P(NetworkServiceContractTest, APublicIpComesAndGoes) {
  const common::v1::Owner owner = TestOwner("c1", "m1");
  const PublicIp desired = TestAddress("c1", "m1");
  EXPECT_EQ(DeleteAddress(owner), "");
  const auto made = ApplyAddress(desired);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->state(), PublicIp::STATE_PROVISIONING);
  EXPECT_THAT(Summary(made->conditions()),
              ElementsAre("Ready=False/Allocating"));
  services_->Settle();
  const auto ready = ApplyAddress(desired);
  ASSERT_TRUE(ready.ok()) << ready.status();
  EXPECT_EQ(ready->state(), PublicIp::STATE_READY);
  EXPECT_THAT(Summary(ready->conditions()), ElementsAre("Ready=True/Ready"));
  EXPECT_EQ(ready->id(), made->id());
  EXPECT_EQ(ready->owner().machine_name(), "name-of-m1");
  EXPECT_NE(ready->address(), "");
  EXPECT_EQ(ApplyAddress(desired)->etag(), ready->etag());
  EXPECT_EQ(DeleteAddress(owner), "PublicIP");
  services_->Settle();
  EXPECT_EQ(DeleteAddress(owner), "");
}

TEST_P(NetworkServiceContractTest, APublicIpNamesItsMachine) {
  PublicIp desired = TestAddress("c1", "m1");
  desired.mutable_owner()->clear_machine_name();
  EXPECT_EQ(Summary(ApplyAddress(desired).status()),
            "INVALID_ARGUMENT INVALID_FIELD public_ip.owner.machine_name");
  EXPECT_EQ(DeleteAddress(TestOwner("c1")),
            "INVALID_ARGUMENT INVALID_FIELD owner.machine_id");
  EXPECT_EQ(DeleteAddress({}),
            "INVALID_ARGUMENT INVALID_FIELD owner.cluster_id "
            "owner.machine_id");
}

TEST_P(NetworkServiceContractTest, WhatTheOfficialProviderMadeIsTakenAndGiven) {
  const auto report = common::v1::TAKE_OVER_ACTION_REPORT;
  const auto take = common::v1::TAKE_OVER_ACTION_TAKE;
  const auto give_back = common::v1::TAKE_OVER_ACTION_GIVE_BACK;
  EXPECT_THAT(TakeOver(take), IsEmpty());
  services_->MakeOfficialNetwork(/*proven=*/true);
  const auto proven = ElementsAre("PublicIP=PROVEN", "SecurityGroup=PROVEN");
  const auto taken = ElementsAre("PublicIP=TAKEN", "SecurityGroup=TAKEN");
  EXPECT_THAT(TakeOver(report), proven);
  EXPECT_THAT(TakeOver(give_back), IsEmpty());
  EXPECT_THAT(TakeOver(take), taken);
  EXPECT_THAT(TakeOver(report), taken);
  EXPECT_THAT(TakeOver(take), taken);
  const common::v1::Owner machine = TestOwner("c1", "m1");
  EXPECT_THAT(TakeOver(take, machine), ElementsAre("PublicIP=TAKEN"));
  EXPECT_THAT(TakeOver(give_back),
              ElementsAre("PublicIP=GIVEN_BACK", "SecurityGroup=GIVEN_BACK"));
  EXPECT_THAT(TakeOver(report), proven);
  EXPECT_THAT(TakeOver(give_back, machine), ElementsAre("PublicIP=GIVEN_BACK"));
}

TEST_P(NetworkServiceContractTest, WhatIsNotProvenKeepsTheRestFromBeingTaken) {
  services_->MakeOfficialNetwork(/*proven=*/false);
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(TakeOver(common::v1::TAKE_OVER_ACTION_TAKE),
                ElementsAre("PublicIP=NOT_PROVEN", "SecurityGroup=PROVEN"));
  }
}

TEST_P(RestNetworkServiceContractTest, WhatIsTakenKeepsItsNames) {
  services_->MakeOfficialNetwork(/*proven=*/true);
  ClusterNetwork desired = Desired();
  desired.mutable_owner()->set_resource_prefix("prod-0123abcd");
  desired.mutable_security_groups()->set_without_built_in(true);
  PublicIp address = TestAddress("c1", "m1");
  address.mutable_owner()->set_resource_prefix("node-0");
  EXPECT_EQ(Summary(TryApply(desired).status()),
            "FAILED_PRECONDITION NAME_TAKEN ControlPlaneEndpointReady");
  EXPECT_EQ(Summary(ApplyAddress(address).status()),
            "FAILED_PRECONDITION NAME_TAKEN");
  TakeOver(common::v1::TAKE_OVER_ACTION_TAKE);
  TakeOver(common::v1::TAKE_OVER_ACTION_TAKE, address.owner());
  const ControlPlaneEndpointStatus endpoint =
      Apply(desired).control_plane_endpoint_status();
  EXPECT_EQ(endpoint.public_ip_id(), "prod-0123abcd-cp-lb-ip");
  EXPECT_EQ(endpoint.load_balancer_id(), "prod-0123abcd-cp-lb");
  const auto applied = ApplyAddress(address);
  ASSERT_TRUE(applied.ok()) << applied.status();
  EXPECT_EQ(applied->id(), "node-0-public-ip");
}

TEST_P(RestNetworkServiceContractTest, APlanChangesNothing) {
  services_->MakeOfficialNetwork(/*proven=*/true);
  ClusterNetwork desired = Desired();
  desired.mutable_owner()->set_resource_prefix("prod-0123abcd");
  desired.mutable_security_groups()->set_without_built_in(true);
  common::v1::PreviousOwner previous =
      Input(TestOwner("c1"), common::v1::TAKE_OVER_ACTION_REPORT)
          .previous_owner;
  NetworkServiceClient& network = services_->network();
  const auto plan = network.PlanClusterNetwork({}, scope_, previous, desired);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->failure(), "");
  EXPECT_EQ(plan->cluster_network().owner().cluster_id(), "c1");
  PublicIp address = TestAddress("c1", "m1");
  address.mutable_owner()->set_resource_prefix("node-0");
  previous.set_machine_id("m1");
  const auto kept = network.PlanPublicIp({}, scope_, previous, address,
                                         /*deleted=*/false);
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->id(), "node-0-public-ip");
  EXPECT_THAT(
      network.PlanPublicIp({}, scope_, previous, address, true)->changes(),
      ElementsAre("deletes PublicIP node-0-public-ip"));
  EXPECT_EQ(TakeOver(common::v1::TAKE_OVER_ACTION_REPORT, address.owner()),
            std::vector<std::string>{"PublicIP=PROVEN"});
  EXPECT_EQ(
      Summary(network.PlanClusterNetwork({}, scope_, {}, desired).status()),
      "INVALID_ARGUMENT INVALID_FIELD previous_owner.cluster_names");
  EXPECT_EQ(
      Summary(network.PlanPublicIp({}, scope_, {}, address, true).status()),
      "INVALID_ARGUMENT INVALID_FIELD previous_owner.cluster_names");
}

TEST_P(NetworkServiceContractTest, OldAndNewOwnerAreRequired) {
  TakeOverInput input{.owner = TestOwner("c1")};
  input.owner.clear_cluster_name();
  EXPECT_EQ(Summary(services_->network()
                        .TakeOverClusterNetwork({}, scope_, input)
                        .status()),
            "INVALID_ARGUMENT INVALID_FIELD owner.cluster_name "
            "owner.resource_prefix previous_owner.cluster_names");
  EXPECT_EQ(
      Summary(
          services_->network().TakeOverPublicIp({}, scope_, input).status()),
      "INVALID_ARGUMENT INVALID_FIELD owner.cluster_name owner.machine_id "
      "owner.machine_name owner.resource_prefix previous_owner.cluster_names");
}

TEST_P(NetworkServiceContractTest, GroupsCanBeOfTheOfficialProvidersKind) {
  ClusterNetwork desired = Desired();
  network::v1::SecurityGroups& groups = *desired.mutable_security_groups();
  groups.set_without_built_in(true);
  groups.mutable_common()->add_existing_ids("default-allow-ssh");
  network::v1::NamedSecurityGroup& nodes = *groups.add_additional();
  nodes.set_name("nodes");
  nodes.set_id("prod-0123abcd-nodes");
  const network::v1::SecurityGroupIds ids =
      ApplyUntilReady(desired).security_group_ids();
  EXPECT_THAT(ids.common(), ElementsAre("default-allow-ssh"));
  EXPECT_THAT(ids.worker(), IsEmpty());
  EXPECT_EQ(ids.additional().at("nodes"), "prod-0123abcd-nodes");
}

TEST_P(NetworkServiceContractTest, CredentialsAreChecked) {
  const auto check = services_->network().CheckCredentials({}, scope_);
  ASSERT_TRUE(check.ok()) << check.status();
  EXPECT_EQ(check->project(), "project");
  EXPECT_EQ(check->region(), "se-sto");
  EXPECT_EQ(check->dialect(), is_rest()
                                  ? common::v1::CredentialCheck::DIALECT_REST
                                  : common::v1::CredentialCheck::DIALECT_KCP);
  EXPECT_EQ(check->load_balancers(), is_rest());
  EXPECT_EQ(check->zones(), is_rest());
  common::v1::CloudScope without = scope_;
  without.clear_credentials();
  EXPECT_EQ(
      Summary(services_->network().CheckCredentials({}, without).status()),
      "INVALID_ARGUMENT INVALID_FIELD scope.credentials");
}

TEST_P(NetworkServiceContractTest, RefusedCredentialsEndCallsAndWatches) {
  Watched watched;
  const auto watch = services_->network().Watch(scope_, "", watched);
  watched.Await({});
  services_->RefuseCredentials();
  const absl::StatusCode refused = absl::StatusCode::kUnauthenticated;
  EXPECT_EQ(services_->network().CheckCredentials({}, scope_).status().code(),
            refused);
  EXPECT_EQ(TryApply(Desired()).status().code(), refused);
  EXPECT_EQ(ApplyAddress(TestAddress("c1", "m1")).status().code(), refused);
  Watched again;
  const auto second = services_->network().Watch(scope_, "", again);
  EXPECT_EQ(again.AwaitEnd(*services_).code(), refused);
}

TEST_P(NetworkServiceContractTest, AWatchShowsBothKinds) {
  Watched watched;
  const auto watch = services_->network().Watch(scope_, "", watched);
  watched.Await({});
  Apply(Desired());
  watched.Await({{"c1", "STATE_PROVISIONING"}});
  watched.AwaitSettled(*services_, {{"c1", "STATE_READY"}});
  ASSERT_TRUE(ApplyAddress(TestAddress("c1", "m1")).ok());
  watched.AwaitSettled(*services_,
                       {{"c1", "STATE_READY"}, {"m1", "STATE_READY"}});
  EXPECT_EQ(DeleteAddress(TestOwner("c1", "m1")), "PublicIP");
  watched.Await({{"c1", "STATE_READY"}, {"m1", "STATE_DELETING"}});
  watched.AwaitSettled(*services_, {{"c1", "STATE_READY"}});
  Delete("c1");
  watched.Await({{"c1", "STATE_DELETING"}});
  DeleteUntilGone("c1");
  watched.Await({});
}

TEST_P(NetworkServiceContractTest, AWatchBeginsWithASnapshot) {
  ApplyUntilReady(Desired());
  Watched watched;
  const auto watch = services_->network().Watch(scope_, "", watched);
  watched.Await({{"c1", "STATE_READY"}});
  EXPECT_FALSE(watched.was_reset());
}

INSTANTIATE_TEST_SUITE_P(
    Rest, NetworkServiceContractTest,
    ::testing::ValuesIn(SetupsOf(cloud::FakeDialect::kRest)),
    [](const auto& info) { return std::string(info.param.name); });
INSTANTIATE_TEST_SUITE_P(
    Rest, RestNetworkServiceContractTest,
    ::testing::ValuesIn(SetupsOf(cloud::FakeDialect::kRest)),
    [](const auto& info) { return std::string(info.param.name); });
INSTANTIATE_TEST_SUITE_P(
    Kcp, NetworkServiceContractTest,
    ::testing::ValuesIn(SetupsOf(cloud::FakeDialect::kKcp)),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace evroc::shim
