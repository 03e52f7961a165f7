// What is refused of a network that was made holds up nothing that it does not
// concern (ADR 29): a member that is added at the same time least of all.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "services/network/testing/existing_network.h"
#include "services/network/testing/network_scope_fixture.h"

namespace evroc::network {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class PartialApplyTest : public NetworkScopeFixture {
 protected:
  void SetUp() override {
    Start();
    spec_ = Request();
    endpoint().add_member_ids("m1");
  }

  v1::ControlPlaneEndpoint& endpoint() {
    return *spec_.mutable_control_plane_endpoint();
  }
  v1::SecurityGroups& groups() { return *spec_.mutable_security_groups(); }
  static v1::SecurityRule Rule(const std::string& name) {
    v1::SecurityRule rule;
    rule.set_name(name);
    rule.set_direction(v1::SecurityRule::DIRECTION_INGRESS);
    rule.set_cidr("10.0.0.0/8");
    return rule;
  }
  void AddGroup(const std::string& name) {
    v1::NamedSecurityGroup& group = *groups().add_additional();
    group.set_name(name);
    *group.add_rules() = Rule("in");
  }
  bool HasGroup(const std::string& name) {
    const auto network = scope_->GetNetwork({}, "c1");
    return network.ok() &&
           network->security_group_ids().additional().contains(name);
  }
  cloud::BackendPool Pool() {
    const auto pools = api_->backend_pools().All();
    return pools.empty() ? cloud::BackendPool{} : pools.front();
  }
  std::vector<std::string> Backends() {
    std::vector<std::string> members;
    for (const auto& id : Pool().backends) members.push_back(id.value());
    return members;
  }
  void LoseListeners() {
    api_->load_balancers().Change(
        api_->load_balancers().All().front().metadata.id,
        [](cloud::LoadBalancer& balancer) { balancer.listeners.clear(); });
    Forget();
  }
  size_t Listeners() {
    return api_->load_balancers().All().front().listeners.size();
  }

  v1::ClusterNetwork spec_;
};

struct Wrong {
  const char* field;  // below cluster_network
  std::function<void(v1::ClusterNetwork&)> make;
};

constexpr char kOthers[] = "/networking/projects/q/regions/se-sto/";

// What our own checks refuse, and what can't be changed.
std::vector<Wrong> WrongNetworks() {
  return {
      {"owner.resource_prefix",
       [](auto& n) { n.mutable_owner()->set_resource_prefix("other"); }},
      {"labels[a/b]", [](auto& n) { (*n.mutable_labels())["a/b"] = "c"; }},
      {"vpc.name",
       [](auto& n) {
         n.mutable_vpc()->set_existing(true);
         n.mutable_vpc()->set_name(
             absl::StrCat(kOthers, "virtualPrivateClouds/v"));
       }},
      {"vpc.ipv4_cidr_blocks[0]",
       [](auto& n) { n.mutable_vpc()->add_ipv4_cidr_blocks("8.8.8.0/24"); }},
      {"subnets", [](auto& n) { n.clear_subnets(); }},
      {"subnets[0].zone", [](auto& n) { n.mutable_subnets(0)->set_zone("d"); }},
      {"subnets[0].ipv4_cidr_block",
       [](auto& n) {
         n.mutable_subnets(0)->set_ipv4_cidr_block("10.0.77.0/24");
       }},
      {"inner_cidr_blocks[0]",
       [](auto& n) { n.add_inner_cidr_blocks("many"); }},
      {"security_groups.worker.existing_ids[0]",
       [](auto& n) {
         n.mutable_security_groups()->mutable_worker()->add_existing_ids(
             absl::StrCat(kOthers, "securityGroups/g"));
       }},
      {"security_groups.common.rules[0].subnet_id",
       [](auto& n) {
         auto* rule =
             n.mutable_security_groups()->mutable_common()->add_rules();
         rule->set_name("in");
         rule->set_direction(v1::SecurityRule::DIRECTION_INGRESS);
         rule->set_subnet_id(absl::StrCat(kOthers, "subnets/s"));
       }},
      {"security_groups.additional[0].rules[0].direction",
       [](auto& n) {
         auto* group = n.mutable_security_groups()->add_additional();
         group->set_name("g");
         group->add_rules()->set_name("in");
       }},
  };
}

std::vector<Wrong> WrongEndpoints() {
  return {
      {"control_plane_endpoint.existing_public_ip_id",
       [](auto& n) {
         n.mutable_control_plane_endpoint()->set_existing_public_ip_id(
             absl::StrCat(kOthers, "publicIPs/ip"));
       }},
      {"control_plane_endpoint.existing_public_ip_id",
       [](auto& n) {
         n.mutable_control_plane_endpoint()->set_existing_public_ip_id("ip");
       }},
      {"control_plane_endpoint.ports[1].port",
       [](auto& n) {
         auto& endpoint = *n.mutable_control_plane_endpoint();
         endpoint.add_ports()->set_port(6443);
         endpoint.add_ports()->set_port(6443);
         endpoint.mutable_ports(1)->set_target_port(9);
       }},
      {"control_plane_endpoint.api_allowed_cidrs[0]",
       [](auto& n) {
         n.mutable_control_plane_endpoint()->add_api_allowed_cidrs("::/0");
       }},
      {"control_plane_endpoint.type",
       [](auto& n) {
         n.mutable_control_plane_endpoint()->set_type(
             v1::ControlPlaneEndpoint::TYPE_PUBLIC_IP);
       }},
  };
}

std::vector<Wrong> AllWrongs() {
  std::vector<Wrong> all = WrongNetworks();
  for (Wrong& wrong : WrongEndpoints()) all.push_back(std::move(wrong));
  return all;
}

TEST_F(PartialApplyTest, NothingThatIsRefusedHoldsUpAMember) {
  ApplyUntilReady(spec_);
  int next = 2;
  for (const Wrong& wrong : AllWrongs()) {
    for (const bool restarted : {false, true}) {
      if (restarted) Restart();
      endpoint().clear_member_ids();
      endpoint().add_member_ids(absl::StrCat("m", next++));
      v1::ClusterNetwork asked = spec_;
      wrong.make(asked);
      EXPECT_EQ(FieldOf(Refused(asked)),
                absl::StrCat("cluster_network.", wrong.field));
      EXPECT_THAT(Backends(), ElementsAre(endpoint().member_ids(0)))
          << wrong.field << (restarted ? " after a restart" : "");
      Forget();
    }
  }
}

TEST_F(PartialApplyTest,
       BeforeThereIsAnEndpointARefusalComesBeforeAnythingIsMade) {
  for (const Wrong& wrong : AllWrongs()) {
    v1::ClusterNetwork asked = spec_;
    wrong.make(asked);
    // Some of them are only refused as changes.
    if (ReadClusterNetwork(
            asked, {.capabilities = kRestCapabilities, .region = "se-sto"})
            ->refusal.ok()) {
      continue;
    }
    EXPECT_EQ(FieldOf(Refused(asked)),
              absl::StrCat("cluster_network.", wrong.field));
    EXPECT_EQ(api_->writes(), 0) << wrong.field;
  }
}

TEST_F(PartialApplyTest, WhatIsRefusedIsLeftAndTheRestIsRepaired) {
  ApplyUntilReady(spec_);
  for (const Wrong& wrong : AllWrongs()) {
    const std::string field = wrong.field;
    // By another name, or as another type, it would be made a second time, and
    // which ports there are to be is what is refused.
    if (field.starts_with("owner") || field.ends_with("type") ||
        field.find("ports[") != std::string::npos) {
      continue;
    }
    LoseListeners();
    v1::ClusterNetwork asked = spec_;
    wrong.make(asked);
    EXPECT_EQ(FieldOf(Refused(asked)), "cluster_network." + field);
    EXPECT_EQ(Listeners(), 1) << field;
    EXPECT_EQ(OursIn(api_->security_groups()).size(), 3) << field;
    Forget();
    ApplyUntilReady(spec_);
  }
}

TEST_F(PartialApplyTest, ARefusedGroupHoldsUpNoOtherAndRemovesNone) {
  AddGroup("old");
  ApplyUntilReady(spec_);
  groups().clear_additional();
  AddGroup("wrong");
  groups().mutable_additional(0)->mutable_rules(0)->set_cidr("many");
  AddGroup("later");
  EXPECT_EQ(FieldOf(Refused(spec_)),
            "cluster_network.security_groups.additional[0].rules[0].cidr");
  Forget();
  EXPECT_TRUE(HasGroup("later"));
  EXPECT_TRUE(HasGroup("old"));
  EXPECT_FALSE(HasGroup("wrong"));
}

TEST_F(PartialApplyTest, AGroupThatTheCloudRefusesHoldsUpNoOther) {
  ApplyUntilReady(spec_);
  AddGroup("refused");
  AddGroup("later");
  endpoint().add_member_ids("m2");
  api_->security_groups().faults().Fail(
      cloud::Verb::kCreate, absl::PermissionDeniedError("no more of them"));
  EXPECT_TRUE(absl::IsPermissionDenied(Refused(spec_)));
  Forget();
  EXPECT_FALSE(HasGroup("refused"));
  EXPECT_TRUE(HasGroup("later"));
  EXPECT_THAT(Backends(), ElementsAre("m1", "m2"));
}

TEST_F(PartialApplyTest, AnAddressThatCanNotBeHadHoldsUpNoMember) {
  ApplyUntilReady(spec_);
  api_->public_ips().Vanish(api_->public_ips().All().front().metadata.id);
  Forget();
  api_->public_ips().faults().Fail(cloud::Verb::kCreate,
                                   absl::PermissionDeniedError("no quota"));
  endpoint().add_member_ids("m2");
  EXPECT_TRUE(absl::IsPermissionDenied(Refused(spec_)));
  EXPECT_THAT(Backends(), ElementsAre("m1", "m2"));
}

TEST_F(PartialApplyTest, AVpcThatIsNotOursAnyMoreHoldsUpNothing) {
  spec_.mutable_vpc()->set_if_exists(common::v1::IF_EXISTS_REFUSE);
  ApplyUntilReady(spec_);
  api_->vpcs().Change(Id<cloud::Vpc>("net"),
                      [](cloud::Vpc& vpc) { vpc.metadata.labels.clear(); });
  LoseListeners();
  AddGroup("later");
  endpoint().add_member_ids("m2");
  EXPECT_EQ(DetailsOf(Refused(spec_)).reason, "NAME_TAKEN");
  EXPECT_EQ(Listeners(), 1);
  EXPECT_THAT(Backends(), ElementsAre("m1", "m2"));
  Forget();
  EXPECT_TRUE(HasGroup("later"));
}

TEST_F(PartialApplyTest, APortThatCanNotBeHadHoldsUpNoOther) {
  ApplyUntilReady(spec_);
  LoseListeners();
  for (const int port : {6443, 9345, 9346}) {
    endpoint().add_ports()->set_port(port);
  }
  api_->backend_services().faults().Fail(
      cloud::Verb::kCreate, absl::PermissionDeniedError("no quota"));
  EXPECT_TRUE(absl::IsPermissionDenied(Refused(spec_)));
  EXPECT_EQ(Listeners(), 2);
}

// An error that passes comes first: everything is tried again soon.
TEST_F(PartialApplyTest, WhatPassesIsNotHiddenByWhatIsRefused) {
  ApplyUntilReady(spec_);
  groups().mutable_worker()->add_existing_ids("a/b");
  endpoint().add_member_ids("m2");
  api_->backend_pools().faults().Fail(cloud::Verb::kUpdate,
                                      absl::UnavailableError("busy"));
  EXPECT_TRUE(absl::IsUnavailable(Refused(spec_)));
  EXPECT_TRUE(absl::IsInvalidArgument(Refused(spec_)));
  EXPECT_THAT(Backends(), ElementsAre("m1", "m2"));
}

TEST_F(PartialApplyTest, WithoutZonesTooARefusalHoldsUpNoLaterGroup) {
  Start(cloud::FakeDialect::kKcp);
  spec_ = Request();
  ApplyUntilReady(spec_);
  spec_.mutable_subnets(0)->set_zone("a");
  AddGroup("wrong");
  groups().mutable_additional(0)->mutable_rules(0)->set_vpc(true);
  AddGroup("later");
  EXPECT_EQ(FieldOf(Refused(spec_)), "cluster_network.subnets[0].zone");
  Forget();
  EXPECT_TRUE(HasGroup("later"));
}

// What is reported of a network whose spec is refused goes by the machines that
// are asked for now.
TEST_F(PartialApplyTest, TheReportGoesByTheBackendsOfNow) {
  ApplyUntilReady(spec_);
  endpoint().clear_member_ids();
  endpoint().add_member_ids("m2");
  v1::ClusterNetwork asked = spec_;
  asked.mutable_vpc()->add_ipv4_cidr_blocks("8.8.8.0/24");
  EXPECT_FALSE(Refused(asked).ok());
  Forget();
  const auto network = scope_->GetNetwork({}, "c1");
  ASSERT_TRUE(network.ok()) << network.status();
  EXPECT_EQ(network->state(), v1::ClusterNetwork::STATE_READY);
}

// Beside what is refused a subnet was made: machines can be placed in it.
TEST_F(PartialApplyTest, TheReportHasTheSubnetsThatAreThere) {
  ApplyUntilReady(spec_);
  v1::Subnet& added = *spec_.add_subnets();
  added.set_name("net-c");
  added.set_zone("c");
  added.set_ipv4_cidr_block("10.0.12.0/24");
  v1::Subnet& refused = *spec_.add_subnets();
  refused.set_name("net-z");
  refused.set_zone("c");
  refused.set_ipv4_cidr_block("10.0.12.0/24");  // is somebody's already
  groups().mutable_worker()->add_existing_ids(
      absl::StrCat(kOthers, "securityGroups/g"));
  EXPECT_FALSE(Refused(spec_).ok());
  api_->Settle();
  Forget();
  const auto network = scope_->GetNetwork({}, "c1");
  ASSERT_TRUE(network.ok()) << network.status();
  EXPECT_EQ(network->state(), v1::ClusterNetwork::STATE_READY);
  std::vector<std::string> ready;
  for (const v1::SubnetStatus& subnet : network->subnet_statuses()) {
    if (subnet.ready()) ready.push_back(subnet.id() + " " + subnet.zone());
  }
  EXPECT_THAT(ready, ElementsAre("net-a a", "net-b b", "net-c c"));
  EXPECT_EQ(network->failure_domains_size(), 3);
  EXPECT_EQ(network->security_groups().worker().existing_ids_size(), 0);
}

// --- A pool that is made again.

TEST_F(PartialApplyTest, APoolThatIsMadeAgainHasWhatMayHaveBeenInIt) {
  ApplyUntilReady(spec_);
  api_->backend_pools().Vanish(Pool().metadata.id);
  Forget();
  endpoint().add_undecided_ids("m7");
  ApplyUntilReady(spec_);
  EXPECT_THAT(Backends(), UnorderedElementsAre("m1", "m7"));
  endpoint().clear_undecided_ids();
  ApplyUntilReady(spec_);
  EXPECT_THAT(Backends(), ElementsAre("m1"));
}

TEST_F(PartialApplyTest, AMachineThatIsGoneKeepsNoPoolFromBeingMade) {
  ApplyUntilReady(spec_);
  api_->backend_pools().Vanish(Pool().metadata.id);
  Forget();
  endpoint().add_undecided_ids("m7");
  api_->backend_pools().faults().Fail(
      cloud::Verb::kCreate, absl::InvalidArgumentError("there is no m7"));
  ApplyUntilReady(spec_);
  EXPECT_THAT(Backends(), ElementsAre("m1"));
}

}  // namespace
}  // namespace evroc::network
