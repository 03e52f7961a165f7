// What the network service says of the endpoint whatever was asked for, and of
// what was asked for and can't be had beside it (guarantees.md).

#include "services/network/serving.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "services/network/testing/existing_network.h"
#include "services/network/testing/network_scope_fixture.h"

namespace evroc::network {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class ServingTest : public NetworkScopeFixture {
 protected:
  void SetUp() override {
    Start();
    spec_ = Request();
    spec_.mutable_control_plane_endpoint()->add_member_ids("m1");
  }

  v1::ClusterNetwork Described() {
    return scope_->GetNetwork({}, "c1").value_or(v1::ClusterNetwork());
  }
  // "reason: message" of the condition; "True" if it holds.
  std::string Told(const std::string& type) {
    const v1::ClusterNetwork network = Described();
    const common::v1::Condition* condition = ConditionOf(network, type);
    if (condition == nullptr) return "absent";
    return condition->status() == common::v1::Condition::STATUS_TRUE
               ? "True"
               : absl::StrCat(condition->reason(), ": ", condition->message());
  }
  Id<cloud::PublicIp> Address() {
    return Id<cloud::PublicIp>(
        Described().control_plane_endpoint_status().public_ip_id());
  }
  Id<cloud::LoadBalancer> Balancer() {
    return Id<cloud::LoadBalancer>(OursIn(api_->load_balancers())[0]);
  }
  Id<cloud::BackendPool> Pool() {
    return Id<cloud::BackendPool>(OursIn(api_->backend_pools()).at(0));
  }
  void ChangeBalancer(const std::function<void(cloud::LoadBalancer&)>& change) {
    api_->load_balancers().Change(Balancer(), change);
    Forget();
  }
  void PutAddress(const Id<cloud::PublicIp>& id, const std::string& address) {
    cloud::PublicIp taken;
    taken.metadata.id = id;
    taken.metadata.uid = "another";
    taken.status.address = address;
    api_->public_ips().Put(taken);
    Forget();
  }
  static cloud::Subnet ForeignSubnet(const std::string& zone,
                                     const std::string& block) {
    cloud::Subnet subnet;
    subnet.metadata.id = Id<cloud::Subnet>("net-a");
    subnet.vpc = Id<cloud::Vpc>("net");
    subnet.zone = zone;
    subnet.ipv4_cidr_block = block;
    return subnet;
  }
  void PutForeignNetwork(const cloud::Subnet& subnet) {
    cloud::Vpc vpc;
    vpc.metadata.id = Id<cloud::Vpc>("net");
    api_->vpcs().Put(vpc);
    api_->subnets().Put(subnet);
    Forget();
  }

  v1::ClusterNetwork spec_;
};

TEST_F(ServingTest, TheEndpointIsServedOnceAllOfItIsThere) {
  Apply(spec_);
  EXPECT_NE(Told("Serving"), "True");
  ApplyUntilReady(spec_);
  EXPECT_EQ(Told("Serving"), "True");
}

// Released by hand, and taken by somebody else under its name.
TEST_F(ServingTest, AnAddressThatIsSomebodyElsesServesNobody) {
  ApplyUntilReady(spec_);
  const Id<cloud::PublicIp> id = Address();
  api_->public_ips().Vanish(id);
  Forget();
  EXPECT_THAT(Told("Serving"), HasSubstr("does not exist"));
  PutAddress(id, "203.0.113.200");
  EXPECT_THAT(Told("Serving"), HasSubstr("belongs to"));
  EXPECT_FALSE(Refused(spec_).ok());
  EXPECT_THAT(Told("Serving"), HasSubstr("belongs to"));
}

TEST_F(ServingTest, ABalancerWithAnotherAddressServesNobody) {
  ApplyUntilReady(spec_);
  ChangeBalancer([](cloud::LoadBalancer& balancer) {
    balancer.public_ip = Id<cloud::PublicIp>("other");
  });
  EXPECT_THAT(Told("Serving"), HasSubstr("has public IP other"));
  ApplyUntilReady(spec_);
  ChangeBalancer([](cloud::LoadBalancer& balancer) {
    balancer.status.public_address = "203.0.113.200";
  });
  EXPECT_THAT(Told("Serving"), HasSubstr("has the address 203.0.113.200"));
}

TEST_F(ServingTest, AnAddressThatSomethingElseHasServesNobody) {
  ApplyUntilReady(spec_);
  api_->public_ips().Change(Address(), [](cloud::PublicIp& address) {
    address.status.used_by = "/x/loadBalancers/theirs";
  });
  Forget();
  EXPECT_THAT(Told("Serving"), HasSubstr("InUse: "));
}

TEST_F(ServingTest, AnAddressWithoutABalancerServesAtAMachineThatIsAskedFor) {
  auto& endpoint = *spec_.mutable_control_plane_endpoint();
  endpoint.set_type(v1::ControlPlaneEndpoint::TYPE_PUBLIC_IP);
  endpoint.clear_member_ids();
  ApplyUntilReady(spec_);
  EXPECT_EQ(Told("Serving"), "True") << "no machine is made yet";
  const Id<cloud::PublicIp> id = Address();
  const auto told_with = [&](const std::string& user) {
    api_->public_ips().Change(
        id, [&](cloud::PublicIp& address) { address.status.used_by = user; });
    Forget();
    return Told("Serving");
  };
  EXPECT_EQ(told_with("/x/virtualMachines/m1"), "True") << "it is being made";
  endpoint.add_member_ids("m1");
  endpoint.add_undecided_ids("m2");
  Apply(spec_);
  EXPECT_EQ(told_with("/x/virtualMachines/m1"), "True");
  EXPECT_EQ(told_with("VirtualMachine/m1"), "True");
  EXPECT_EQ(told_with("VirtualMachine/m2"), "True");
  EXPECT_THAT(told_with("/x/virtualMachines/theirs"), HasSubstr("InUse: "));
  EXPECT_THAT(told_with("VirtualMachine/theirs"), HasSubstr("InUse: "));
  EXPECT_THAT(told_with("/x/loadBalancers/m1"), HasSubstr("InUse: "));
  EXPECT_THAT(told_with("LoadBalancer/m1"), HasSubstr("InUse: "));
  EXPECT_THAT(told_with(""), HasSubstr("NotAttached: "));
}

TEST_F(ServingTest, ALostPortServesNobody) {
  ApplyUntilReady(spec_);
  ChangeBalancer(
      [](cloud::LoadBalancer& balancer) { balancer.listeners.clear(); });
  EXPECT_EQ(Told("Serving"), "Repairing: the load balancer has no port 6443");
  ApplyUntilReady(spec_);
  EXPECT_EQ(Told("Serving"), "True");
  api_->l4_routes().Vanish(Id<cloud::L4Route>(OursIn(api_->l4_routes())[0]));
  Forget();
  EXPECT_EQ(Told("Serving"), "Repairing: port 6443 leads nowhere");
}

TEST_F(ServingTest, ALostBackendPoolServesNobodyAndIsRepaired) {
  ApplyUntilReady(spec_);
  const Id<cloud::BackendPool> pool = Pool();
  api_->backend_pools().Vanish(pool);
  Forget();
  EXPECT_EQ(Told("Serving"), "NoBackendPool: the cluster has no backend pool");
  ApplyUntilReady(spec_);
  EXPECT_EQ(Told("Serving"), "True");
  EXPECT_EQ(api_->backend_pools().Find(pool)->backends.size(), 1);
}

// Whether or not it can be repaired.
TEST_F(ServingTest, AnEmptiedBackendPoolServesNobody) {
  ApplyUntilReady(spec_);
  api_->backend_pools().Change(
      Pool(), [](cloud::BackendPool& pool) { pool.backends.clear(); });
  Forget();
  const std::string told = absl::StrCat("NoBackends: backend pool ",
                                        Pool().value(), " has no machines");
  EXPECT_EQ(Told("Serving"), told);
  api_->backend_pools().faults().Fail(cloud::Verb::kUpdate,
                                      absl::PermissionDeniedError("no role"));
  EXPECT_TRUE(absl::IsPermissionDenied(Refused(spec_)));
  Forget();
  EXPECT_EQ(Told("Serving"), told);
  ApplyUntilReady(spec_);
  EXPECT_EQ(Told("Serving"), "True");
}

TEST_F(ServingTest, AnEmptiedPoolServesNobodyWhateverIsRefused) {
  NetworkSpec spec = TestSpec();
  NetworkResources resources = ExistingResources(spec);
  resources.pools[0].object.backends.clear();
  spec.refusal = absl::InvalidArgumentError("no such block");
  EXPECT_EQ(ServingState(resources, &spec).reason, "NoBackends");
}

// The first machine can only come up behind the load balancer.
TEST_F(ServingTest, APoolIsEmptyUntilAMachineIsAskedFor) {
  spec_.mutable_control_plane_endpoint()->clear_member_ids();
  ApplyUntilReady(spec_);
  EXPECT_EQ(Told("Serving"), "True");
}

TEST_F(ServingTest, MachinesThatAreReplacedLeaveTheEndpointServed) {
  ApplyUntilReady(spec_);
  spec_.mutable_control_plane_endpoint()->clear_member_ids();
  spec_.mutable_control_plane_endpoint()->add_member_ids("m2");
  EXPECT_EQ(Told("Serving"), "True");
  Apply(spec_);
  EXPECT_EQ(Told("Serving"), "True");
}

TEST_F(ServingTest, AServiceThatLeadsToAnotherPoolServesNobody) {
  ApplyUntilReady(spec_);
  cloud::BackendPool other;
  other.metadata.id = Id<cloud::BackendPool>("theirs");
  api_->backend_pools().Put(other);
  api_->backend_services().Change(
      Id<cloud::BackendService>(OursIn(api_->backend_services())[0]),
      [](cloud::BackendService& service) {
        service.pool = Id<cloud::BackendPool>("theirs");
      });
  Forget();
  EXPECT_EQ(Told("Serving"),
            "OtherBackendPool: port 6443 leads to backend pool theirs, which "
            "is not the cluster's");
  ApplyUntilReady(spec_);
  EXPECT_EQ(Told("Serving"), "True");
}

TEST_F(ServingTest, ABalancerThatFailedServesNobodyAndOneThatChangesDoes) {
  ApplyUntilReady(spec_);
  const auto say = [&](const char* reason) {
    ChangeBalancer([&](cloud::LoadBalancer& balancer) {
      balancer.status.conditions = {{.type = "Ready",
                                     .status = cloud::ConditionStatus::kFalse,
                                     .reason = reason}};
    });
  };
  say("Updating");
  EXPECT_EQ(Told("Serving"), "True");
  say("ProvisioningFailed");
  EXPECT_THAT(Told("Serving"), HasSubstr("ProvisioningFailed: "));
}

TEST_F(ServingTest, ABalancerThatIsBeingDeletedServesNobody) {
  NetworkSpec spec = TestSpec();
  NetworkResources resources = ExistingResources(spec);
  EXPECT_TRUE(ServingState(resources, &spec).holds);
  resources.balancers[0].deleting = true;
  EXPECT_EQ(ServingState(resources, &spec).reason, "Deleting");
}

TEST_F(ServingTest, APartThatIsAddedLeavesTheEndpointServed) {
  ApplyUntilReady(spec_);
  spec_.mutable_control_plane_endpoint()->add_ports()->set_port(6443);
  spec_.mutable_control_plane_endpoint()->add_ports()->set_port(9345);
  spec_.mutable_control_plane_endpoint()->add_member_ids("m2");
  Apply(spec_);
  EXPECT_EQ(Told("Serving"), "True");
}

TEST_F(ServingTest, AnExistingAddressThatIsMadeAgainRecovers) {
  PutAddress(Id<cloud::PublicIp>("mine"), "203.0.113.7");
  spec_.mutable_control_plane_endpoint()->set_existing_public_ip_id("mine");
  ApplyUntilReady(spec_);
  api_->public_ips().Vanish(Id<cloud::PublicIp>("mine"));
  Forget();
  Apply(spec_);
  EXPECT_EQ(Told("Serving"), "PublicIPNotFound: public IP mine does not exist");
  PutAddress(Id<cloud::PublicIp>("mine"), "203.0.113.7");
  ApplyUntilReady(spec_);
  EXPECT_EQ(Told("Serving"), "True");
}

// --- What was asked for and can't be had.

TEST_F(ServingTest, ASubnetThatIsNotAsAskedForIsUsedAndTold) {
  PutForeignNetwork(ForeignSubnet("c", "10.0.10.0/24"));
  ApplyUntilReady(spec_);
  EXPECT_EQ(Told("SubnetsReady"), "Changed: subnet net-a is in zone c, not a");
  PutForeignNetwork(ForeignSubnet("a", "10.7.0.0/24"));
  Forget();
  ApplyUntilReady(spec_);
  EXPECT_EQ(Told("SubnetsReady"),
            "Changed: subnet net-a has the block 10.7.0.0/24, not "
            "10.0.10.0/24");
  EXPECT_EQ(Told("Serving"), "True");
}

TEST_F(ServingTest, AnExistingSubnetInAnotherZoneIsTold) {
  PutForeignNetwork(ForeignSubnet("c", "10.7.0.0/24"));
  spec_.mutable_subnets()->RemoveLast();
  spec_.mutable_subnets(0)->clear_ipv4_cidr_block();
  spec_.mutable_subnets(0)->set_existing(true);
  ApplyUntilReady(spec_);
  EXPECT_EQ(Told("SubnetsReady"), "Changed: subnet net-a is in zone c, not a");
}

// Pods and a subnet, services and a subnet, pods and services, and a subnet
// that the cluster does not make.
TEST_F(ServingTest, BlocksThatOverlapAreRefusedBeforeTheFirstCreate) {
  const std::vector<std::vector<std::string>> overlaps = {
      {"10.0.0.0/16", "10.96.0.0/12"},
      {"10.244.0.0/16", "10.0.11.128/25"},
      {"10.96.0.0/16", "10.96.0.0/12"},
      {"192.168.0.0/16", "192.168.0.0/16"}};
  for (const auto& blocks : overlaps) {
    v1::ClusterNetwork wrong = spec_;
    for (const std::string& block : blocks) wrong.add_inner_cidr_blocks(block);
    api_->ResetCalls();
    const absl::Status refused = Refused(wrong);
    EXPECT_EQ(FieldOf(refused), "cluster_network.inner_cidr_blocks") << refused;
    EXPECT_THAT(std::string(refused.message()), HasSubstr(" overlaps "));
    EXPECT_EQ(api_->writes(), 0);
  }
  PutForeignNetwork(ForeignSubnet("a", "10.7.0.0/24"));
  v1::ClusterNetwork existing = spec_;
  existing.mutable_subnets(0)->clear_ipv4_cidr_block();
  existing.mutable_subnets(0)->set_existing(true);
  existing.add_inner_cidr_blocks("10.7.0.0/16");
  EXPECT_THAT(std::string(Refused(existing).message()),
              HasSubstr("10.7.0.0/16 overlaps subnet net-a, 10.7.0.0/24"));
}

TEST_F(ServingTest, BlocksThatOverlapOnARunningClusterAreToldAndItIsRepaired) {
  ApplyUntilReady(spec_);
  spec_.add_inner_cidr_blocks("10.0.0.0/16");
  ChangeBalancer(
      [](cloud::LoadBalancer& balancer) { balancer.listeners.clear(); });
  ApplyUntilReady(spec_);
  EXPECT_THAT(Told("SubnetsReady"), HasSubstr("BlocksOverlap: 10.0.0.0/16 "
                                              "overlaps subnet net-a"));
  EXPECT_EQ(Told("Serving"), "True");
  spec_.clear_inner_cidr_blocks();
  ApplyUntilReady(spec_);
  EXPECT_EQ(Told("SubnetsReady"), "True");
}

TEST_F(ServingTest, WhatCanNotBeHadHoldsUpNoRepair) {
  ApplyUntilReady(spec_);
  ChangeBalancer(
      [](cloud::LoadBalancer& balancer) { balancer.listeners.clear(); });
  v1::ClusterNetwork wrong = spec_;
  wrong.mutable_subnets(0)->set_ipv4_cidr_block("10.0.77.0/24");
  EXPECT_EQ(FieldOf(Refused(wrong)),
            "cluster_network.subnets[0].ipv4_cidr_block");
  Forget();
  EXPECT_EQ(Told("Serving"), "True");
}

// What is true goes on being reported, also by a service that has just started.
TEST_F(ServingTest, AfterARestartWhatIsRefusedIsMeasuredWithItsSpec) {
  spec_.mutable_security_groups()->mutable_common()->add_existing_ids("theirs");
  ApplyUntilReady(spec_);
  const Id<cloud::PublicIp> address = Address();
  spec_.mutable_subnets(0)->set_ipv4_cidr_block("10.0.77.0/24");
  Restart();
  EXPECT_EQ(FieldOf(Refused(spec_)),
            "cluster_network.subnets[0].ipv4_cidr_block");
  EXPECT_EQ(Told("Serving"), "True");
  EXPECT_THAT(Told("SubnetsReady"), HasSubstr("has the block 10.0.10.0/24"));
  EXPECT_THAT(Described().security_group_ids().common(), Contains("theirs"));
  // It is the cluster's by its labels, which only the spec asks for.
  api_->public_ips().Change(
      address, [](cloud::PublicIp& each) { each.metadata.labels.clear(); });
  Forget();
  EXPECT_THAT(Told("Serving"), HasSubstr("belongs to"));
}

// What our own checks refuse, field by field.
TEST_F(ServingTest, AfterARestartWhatOurChecksRefuseHidesNothingElse) {
  constexpr char kOthers[] = "/networking/projects/q/regions/se-sto/";
  const std::vector<std::function<void(v1::ClusterNetwork&)>> wrongs = {
      [](auto& n) { (*n.mutable_labels())["a/b"] = "c"; },
      [](auto& n) { n.mutable_vpc()->add_ipv4_cidr_blocks("8.8.8.0/24"); },
      [](auto& n) { n.mutable_vpc()->set_name("No Name"); },
      [](auto& n) { n.clear_subnets(); },
      [](auto& n) { n.mutable_subnets(0)->set_zone("d"); },
      [](auto& n) { n.add_inner_cidr_blocks("many"); },
      [&](auto& n) {
        n.mutable_security_groups()->mutable_worker()->add_existing_ids(
            absl::StrCat(kOthers, "securityGroups/g"));
      },
      [](auto& n) {
        auto* group = n.mutable_security_groups()->add_additional();
        group->set_name("g");
        group->add_rules()->set_name("in");
      },
      [&](auto& n) {
        n.mutable_control_plane_endpoint()->set_existing_public_ip_id(
            absl::StrCat(kOthers, "publicIPs/ip"));
      },
      [](auto& n) {
        n.mutable_control_plane_endpoint()->add_ports()->set_port(0);
      },
      [](auto& n) {
        n.mutable_control_plane_endpoint()->add_api_allowed_cidrs("::/0");
      }};
  ApplyUntilReady(spec_);
  for (const auto& wrong : wrongs) {
    v1::ClusterNetwork asked = spec_;
    wrong(asked);
    Restart();
    const absl::Status refused = Refused(asked);
    const std::string field = FieldOf(refused);
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
    EXPECT_EQ(Told("Serving"), "True") << field;
    EXPECT_EQ(Told("VPCReady"), "True") << field;
    api_->backend_pools().Change(
        Pool(), [](cloud::BackendPool& pool) { pool.backends.clear(); });
    Forget();
    EXPECT_THAT(Told("Serving"), HasSubstr("NoBackends: ")) << field;
    ApplyUntilReady(spec_);
  }
}

TEST_F(ServingTest, AfterARestartAnotherPortIsToldBesideWhatOurChecksRefuse) {
  ApplyUntilReady(spec_);
  (*spec_.mutable_labels())["a/b"] = "c";
  Restart();
  EXPECT_TRUE(absl::IsInvalidArgument(Refused(spec_)));
  ChangeBalancer([](cloud::LoadBalancer& balancer) {
    balancer.listeners.front().port = 7443;
  });
  EXPECT_EQ(Told("Serving"), "Repairing: the load balancer has no port 6443");
}

TEST_F(ServingTest, AfterARestartAStrangerIsToldBesideWhatOurChecksRefuse) {
  auto& endpoint = *spec_.mutable_control_plane_endpoint();
  endpoint.set_type(v1::ControlPlaneEndpoint::TYPE_PUBLIC_IP);
  ApplyUntilReady(spec_);
  api_->public_ips().Change(Address(), [](cloud::PublicIp& address) {
    address.status.used_by = "/x/virtualMachines/theirs";
  });
  (*spec_.mutable_labels())["a/b"] = "c";
  Restart();
  EXPECT_TRUE(absl::IsInvalidArgument(Refused(spec_)));
  EXPECT_THAT(Told("Serving"), HasSubstr("InUse: "));
}

// Which address it was to have is not known any more.
TEST_F(ServingTest, AfterARestartNoAddressIsMissedWhereThatIsRefused) {
  PutAddress(Id<cloud::PublicIp>("mine"), "203.0.113.7");
  auto& endpoint = *spec_.mutable_control_plane_endpoint();
  endpoint.set_existing_public_ip_id("mine");
  ApplyUntilReady(spec_);
  endpoint.set_existing_public_ip_id(
      "/networking/projects/q/regions/se-sto/publicIPs/ip");
  Restart();
  EXPECT_TRUE(absl::IsInvalidArgument(Refused(spec_)));
  EXPECT_EQ(Told("Serving"), "True");
}

TEST_F(ServingTest, AfterARestartAnotherNetworkThanIsAskedForIsMeasuredAsItIs) {
  PutAddress(Id<cloud::PublicIp>("theirs"), "203.0.113.7");
  ApplyUntilReady(spec_);
  std::vector<v1::ClusterNetwork> others(3, spec_);
  others[0].mutable_control_plane_endpoint()->set_type(
      v1::ControlPlaneEndpoint::TYPE_PUBLIC_IP);
  others[1].mutable_control_plane_endpoint()->set_existing_public_ip_id(
      "theirs");
  others[2].mutable_owner()->set_resource_prefix("other");
  for (const v1::ClusterNetwork& other : others) {
    Restart();
    EXPECT_TRUE(absl::IsFailedPrecondition(Refused(other)));
    EXPECT_EQ(Told("Serving"), "True") << other.DebugString();
  }
}

TEST_F(ServingTest, ABalancerThatIsLostIsMadeAgainWhateverElseCanNotBeHad) {
  ApplyUntilReady(spec_);
  api_->load_balancers().Vanish(
      api_->load_balancers().All().front().metadata.id);
  Forget();
  v1::ClusterNetwork wrong = spec_;
  wrong.mutable_subnets(0)->set_ipv4_cidr_block("10.0.77.0/24");
  EXPECT_EQ(FieldOf(Refused(wrong)),
            "cluster_network.subnets[0].ipv4_cidr_block");
  EXPECT_EQ(OursIn(api_->load_balancers()).size(), 1);
}

TEST_F(ServingTest, BeforeThereIsAnEndpointAnErrorEndsTheApply) {
  api_->subnets().faults().Fail(cloud::Verb::kCreate,
                                absl::PermissionDeniedError("no role"));
  EXPECT_TRUE(absl::IsPermissionDenied(Refused(spec_)));
  EXPECT_TRUE(OursIn(api_->load_balancers()).empty());
}

}  // namespace
}  // namespace evroc::network
