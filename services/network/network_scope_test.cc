#include "services/network/network_scope.h"

#include <algorithm>
#include <functional>

#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evroc/testing/fake_compute_api.h"
#include "services/evroc/testing/fake_network_api.h"
#include "services/identity/owner_labels.h"
#include "services/network/testing/network_scope_fixture.h"
#include "services/watch/testing/feed_reader.h"

namespace evroc::network {
namespace {

using cloud::FakeDialect;
using cloud::Verb;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

using NetworkScopeTest = NetworkScopeFixture;

TEST_F(NetworkScopeTest, MakesEverythingInOneCall) {
  Start();
  const v1::ClusterNetwork network = Apply(Request());
  EXPECT_EQ(network.state(), v1::ClusterNetwork::STATE_PROVISIONING);
  EXPECT_THAT(OursIn(api_->vpcs()), ElementsAre("net"));
  EXPECT_THAT(OursIn(api_->subnets()), ElementsAre("net-a", "net-b"));
  EXPECT_EQ(OursIn(api_->security_groups()).size(), 3);
  EXPECT_EQ(OursIn(api_->public_ips()).size(), 1);
  EXPECT_EQ(OursIn(api_->load_balancers()).size(), 1);
  EXPECT_EQ(OursIn(api_->backend_pools()).size(), 1);
  EXPECT_EQ(OursIn(api_->backend_services()).size(), 1);
  EXPECT_EQ(OursIn(api_->l4_routes()).size(), 1);
}

TEST_F(NetworkScopeTest, ReportsWhatItMade) {
  Start();
  const v1::ClusterNetwork network = ApplyUntilReady(Request());
  EXPECT_EQ(network.vpc_id(), "net");
  ASSERT_EQ(network.subnet_statuses_size(), 2);
  EXPECT_EQ(network.subnet_statuses(1).zone(), "b");
  EXPECT_TRUE(network.subnet_statuses(1).owned());
  EXPECT_EQ(network.security_group_ids().common_size(), 1);
  const v1::ControlPlaneEndpointStatus& endpoint =
      network.control_plane_endpoint_status();
  EXPECT_EQ(endpoint.type(), v1::ControlPlaneEndpoint::TYPE_LOAD_BALANCER);
  EXPECT_FALSE(endpoint.host().empty());
  EXPECT_EQ(endpoint.port(), 6443);
  ASSERT_EQ(network.failure_domains_size(), 2);
  EXPECT_EQ(network.failure_domains(0).name(), "a");
  EXPECT_TRUE(network.failure_domains(0).control_plane());
  EXPECT_EQ(network.conditions_size(), 6);
}

TEST_F(NetworkScopeTest, B10WritesNothingWhereNothingChanges) {
  Start();
  const v1::ClusterNetwork before = ApplyUntilReady(Request());
  Forget();
  api_->ResetCalls();
  const v1::ClusterNetwork after = Apply(Request());
  EXPECT_EQ(api_->writes(), 0);
  EXPECT_EQ(after.etag(), before.etag());
  api_->ResetCalls();
  Apply(Request());
  EXPECT_EQ(api_->reads(), 0) << "read twice within seconds";
}

TEST_F(NetworkScopeTest, SurvivesLostAnswersOfEveryCreation) {
  Start();
  api_->vpcs().faults().LoseAnswer(Verb::kCreate);
  api_->subnets().faults().LoseAnswer(Verb::kCreate);
  api_->security_groups().faults().LoseAnswer(Verb::kCreate);
  api_->public_ips().faults().LoseAnswer(Verb::kCreate);
  api_->load_balancers().faults().LoseAnswer(Verb::kCreate);
  api_->backend_pools().faults().LoseAnswer(Verb::kCreate);
  api_->backend_services().faults().LoseAnswer(Verb::kCreate);
  api_->l4_routes().faults().LoseAnswer(Verb::kCreate);
  int failures = 0;
  while (!scope_->ApplyNetwork({}, Request()).ok()) {
    ASSERT_LT(++failures, 20);
    Restart();
    Forget();
  }
  EXPECT_GT(failures, 0);
  ApplyUntilReady(Request());
  EXPECT_EQ(OursIn(api_->backend_services()).size(), 1);
}

TEST_F(NetworkScopeTest, B7RepairsEveryPartOfTheBalancer) {
  Start();
  ApplyUntilReady(Request());
  api_->l4_routes().Vanish(Id<cloud::L4Route>(OursIn(api_->l4_routes())[0]));
  api_->backend_services().Vanish(
      Id<cloud::BackendService>(OursIn(api_->backend_services())[0]));
  api_->backend_pools().Vanish(
      Id<cloud::BackendPool>(OursIn(api_->backend_pools())[0]));
  api_->load_balancers().Vanish(
      Id<cloud::LoadBalancer>(OursIn(api_->load_balancers())[0]));
  Forget();
  ApplyUntilReady(Request());
  EXPECT_EQ(OursIn(api_->l4_routes()).size(), 1);
  EXPECT_EQ(OursIn(api_->load_balancers()).size(), 1);
}

TEST_F(NetworkScopeTest, B7ChangedPortsTakeEffect) {
  Start();
  ApplyUntilReady(Request());
  v1::ClusterNetwork spec = Request();
  v1::ControlPlaneEndpoint& endpoint = *spec.mutable_control_plane_endpoint();
  v1::EndpointPort* api = endpoint.add_ports();
  api->set_port(443);
  api->set_target_port(6443);
  v1::EndpointPort* registration = endpoint.add_ports();
  registration->set_port(9345);
  registration->set_health_check_port(6443);
  Forget();
  const v1::ClusterNetwork network = ApplyUntilReady(spec);
  EXPECT_EQ(network.control_plane_endpoint_status().port(), 443);
  const std::vector<cloud::LoadBalancer> balancers =
      api_->load_balancers().All();
  ASSERT_EQ(balancers.size(), 1);
  ASSERT_EQ(balancers[0].listeners.size(), 2);
  EXPECT_EQ(balancers[0].listeners[0].port, 443);
  Forget();
  Apply(spec);
  api_->Settle();
  EXPECT_EQ(OursIn(api_->l4_routes()).size(), 2) << "the old one goes";
  EXPECT_EQ(OursIn(api_->backend_services()).size(), 2);
}

TEST_F(NetworkScopeTest, B18HealthChecksAreSentInFull) {
  Start();
  v1::ClusterNetwork spec = Request();
  v1::EndpointPort* registration =
      spec.mutable_control_plane_endpoint()->add_ports();
  registration->set_port(9345);
  registration->set_health_check_port(6443);
  ApplyUntilReady(spec);
  const std::vector<cloud::BackendService> services =
      api_->backend_services().All();
  ASSERT_EQ(services.size(), 1);
  EXPECT_EQ(services[0].port, 9345);
  const cloud::BackendService::HealthCheck wanted = {
      .interval = absl::Seconds(5),
      .timeout = absl::Seconds(3),
      .healthy_threshold = 1,
      .unhealthy_threshold = 3,
      .target_port = 6443};
  EXPECT_EQ(services[0].health_check, wanted);
}

TEST_F(NetworkScopeTest, B19TheBalancerSitsInTheClustersVpc) {
  Start();
  ApplyUntilReady(Request());
  const std::vector<cloud::LoadBalancer> balancers =
      api_->load_balancers().All();
  ASSERT_EQ(balancers.size(), 1);
  ASSERT_TRUE(balancers[0].backend_network.has_value());
  EXPECT_EQ(balancers[0].backend_network->vpc.value(), "net");
  ASSERT_EQ(balancers[0].backend_network->subnets.size(), 2);
  EXPECT_EQ(balancers[0].backend_network->subnets[1].zone, "b");
}

TEST_F(NetworkScopeTest, B20GroupsAdmitTheVpcWhereTheBalancerComesFrom) {
  Start();
  v1::ClusterNetwork spec = Request();
  v1::EndpointPort* port = spec.mutable_control_plane_endpoint()->add_ports();
  port->set_port(9345);
  port->set_health_check_port(6443);
  const v1::ClusterNetwork network = ApplyUntilReady(spec);
  const cloud::SecurityGroup group =
      Group(network.security_group_ids().control_plane(0));
  EXPECT_EQ(group.vpc.value(), "net");
  std::vector<int> from_vpc;
  for (const cloud::SecurityRule& rule : group.rules) {
    if (rule.remote.vpc.value() == "net") from_vpc.push_back(rule.port);
  }
  EXPECT_THAT(from_vpc, UnorderedElementsAre(9345, 6443));
}

TEST_F(NetworkScopeTest, GroupsHaveTheUsersRulesBesideTheBuiltInOnes) {
  Start();
  v1::ClusterNetwork spec = Request();
  v1::SecurityRule* rule =
      spec.mutable_security_groups()->mutable_worker()->add_rules();
  rule->set_name("web");
  rule->set_direction(v1::SecurityRule::DIRECTION_INGRESS);
  rule->set_protocol(v1::SecurityRule::PROTOCOL_TCP);
  rule->set_port(443);
  rule->set_cidr("192.0.2.0/24");
  v1::NamedSecurityGroup* extra =
      spec.mutable_security_groups()->add_additional();
  extra->set_name("bastion");
  spec.mutable_security_groups()->mutable_common()->add_existing_ids("corp");
  v1::ClusterNetwork network = ApplyUntilReady(spec);
  const cloud::SecurityGroup worker =
      Group(network.security_group_ids().worker(0));
  EXPECT_EQ(worker.rules.back().name, "web");
  EXPECT_GT(worker.rules.size(), 1);
  EXPECT_THAT(network.security_group_ids().common(),
              ElementsAre(testing::_, "corp"));
  ASSERT_TRUE(network.security_group_ids().additional().contains("bastion"));
  // Unset means the default: a resource that is no longer requested is deleted.
  Forget();
  Apply(Request());
  api_->Settle();
  EXPECT_EQ(OursIn(api_->security_groups()).size(), 3);
  EXPECT_NE(Group(worker.metadata.id.value()).rules.back().name, "web");
}

TEST_F(NetworkScopeTest, B4AGroupThatMachinesHaveIsReleasedFirst) {
  Start();
  v1::ClusterNetwork spec = Request();
  spec.mutable_security_groups()->add_additional()->set_name("web");
  const std::string id =
      ApplyUntilReady(spec).security_group_ids().additional().at("web");
  api_->security_groups().faults().Fail(
      Verb::kDelete,
      MakeError(absl::StatusCode::kFailedPrecondition, "it has backends",
                {.reason = std::string(kInUse)}));
  const v1::ClusterNetwork network = Apply(Request());
  EXPECT_EQ(network.state(), v1::ClusterNetwork::STATE_PROVISIONING);
  const common::v1::Condition* groups =
      ConditionOf(network, "SecurityGroupsReady");
  ASSERT_NE(groups, nullptr);
  EXPECT_EQ(groups->reason(), "Releasing");
  EXPECT_THAT(groups->message(), testing::HasSubstr(id));
  ApplyUntilReady(Request());
  EXPECT_EQ(OursIn(api_->security_groups()).size(), 3);
}

// A member changes nothing of the group that would be reported.
TEST_F(NetworkScopeTest, B4AGroupIsLookedAtBeforeItIsDeleted) {
  Start();
  v1::ClusterNetwork spec = Request();
  spec.mutable_security_groups()->add_additional()->set_name("web");
  const Id<cloud::SecurityGroup> id(
      ApplyUntilReady(spec).security_group_ids().additional().at("web"));
  const auto set_members = [&](const auto& members) {
    api_->security_groups().Change(id, [&](cloud::SecurityGroup& group) {
      group.status.members = members;
    });
  };
  using Ids = std::vector<Id<cloud::VirtualMachine>>;
  set_members(Ids{Id<cloud::VirtualMachine>("vm")});
  EXPECT_NE(Apply(Request()).state(), v1::ClusterNetwork::STATE_READY);
  EXPECT_EQ(api_->security_groups().faults().calls(Verb::kDelete), 0);
  set_members(Ids{});
  ApplyUntilReady(Request());
  EXPECT_FALSE(api_->security_groups().Find(id).has_value());
}

TEST_F(NetworkScopeTest, WithoutBuiltInGroupsThereAreTheOthersAlone) {
  Start();
  v1::ClusterNetwork spec = Request();
  v1::SecurityGroups& groups = *spec.mutable_security_groups();
  groups.set_without_built_in(true);
  groups.mutable_common()->add_existing_ids("default-allow-ssh");
  v1::NamedSecurityGroup& web = *groups.add_additional();
  web.set_name("web");
  web.set_id("prod-web");
  const v1::SecurityGroupIds ids = ApplyUntilReady(spec).security_group_ids();
  EXPECT_THAT(OursIn(api_->security_groups()), ElementsAre("prod-web"));
  EXPECT_THAT(ids.common(), ElementsAre("default-allow-ssh"));
  EXPECT_EQ(ids.additional().at("web"), "prod-web");
  DeleteAll();
  EXPECT_THAT(OursIn(api_->security_groups()), IsEmpty());
}

// They go as any group that is no longer requested does.
TEST_F(NetworkScopeTest, BuiltInGroupsThatMachinesHaveAreReleasedFirst) {
  Start();
  const std::string common =
      ApplyUntilReady(Request()).security_group_ids().common(0);
  std::vector<cloud::VirtualMachine> machines(1);
  machines[0].metadata.id = Id<cloud::VirtualMachine>("m1");
  machines[0].security_groups = {Id<cloud::SecurityGroup>(common)};
  api_->set_machines([&] { return machines; });
  api_->Settle();
  Forget();
  v1::ClusterNetwork spec = Request();
  spec.mutable_security_groups()->set_without_built_in(true);
  const v1::ClusterNetwork network = Apply(spec);
  EXPECT_EQ(ConditionOf(network, "SecurityGroupsReady")->reason(), "Releasing");
  EXPECT_THAT(network.security_group_ids().common(), IsEmpty());
  api_->Settle();
  Forget();
  EXPECT_EQ(OursIn(api_->security_groups()), std::vector<std::string>{common});
  EXPECT_FALSE(
      api_->security_groups().deleting(Id<cloud::SecurityGroup>(common)));
  machines.clear();
  api_->Settle();
  Forget();
  ApplyUntilReady(spec);
  EXPECT_THAT(OursIn(api_->security_groups()), IsEmpty());
}

TEST_F(NetworkScopeTest, UndecidedBackendsStayAndAreNotAdded) {
  Start();
  v1::ClusterNetwork spec = Request();
  auto& endpoint = *spec.mutable_control_plane_endpoint();
  endpoint.add_member_ids("vm-a");
  ApplyUntilReady(spec);
  endpoint.clear_member_ids();
  endpoint.add_member_ids("vm-b");
  endpoint.add_undecided_ids("vm-a");
  endpoint.add_undecided_ids("vm-c");
  EXPECT_THAT(
      ApplyUntilReady(spec).control_plane_endpoint_status().member_ids(),
      ElementsAre("vm-a", "vm-b"));
  endpoint.clear_undecided_ids();
  EXPECT_THAT(
      ApplyUntilReady(spec).control_plane_endpoint_status().member_ids(),
      ElementsAre("vm-b"));
}

TEST_F(NetworkScopeTest, BackendsAreDeclarative) {
  Start();
  v1::ClusterNetwork spec = Request();
  spec.mutable_control_plane_endpoint()->add_member_ids("b");
  spec.mutable_control_plane_endpoint()->add_member_ids("a");
  spec.mutable_control_plane_endpoint()->add_member_ids("a");
  v1::ClusterNetwork network = ApplyUntilReady(spec);
  EXPECT_THAT(network.control_plane_endpoint_status().member_ids(),
              ElementsAre("a", "b"));
  spec.mutable_control_plane_endpoint()->clear_member_ids();
  Forget();
  network = Apply(spec);
  EXPECT_THAT(network.control_plane_endpoint_status().member_ids(), IsEmpty());
}

TEST_F(NetworkScopeTest, UsesWhatExistsAndLeavesItAlone) {
  Start();
  v1::ClusterNetwork spec = Request();
  spec.mutable_vpc()->set_name("default-se-sto");
  spec.mutable_vpc()->set_existing(true);
  spec.clear_subnets();
  v1::Subnet* subnet = spec.add_subnets();
  subnet->set_name("default-se-sto-a");
  subnet->set_existing(true);
  const v1::ClusterNetwork network = ApplyUntilReady(spec);
  EXPECT_FALSE(network.subnet_statuses(0).owned());
  EXPECT_THAT(OursIn(api_->vpcs()), IsEmpty());
  EXPECT_FALSE(api_->load_balancers().All()[0].backend_network.has_value());
  // A zone whose subnet comes later is reached too.
  spec.add_subnets()->set_name("default-se-sto-b");
  spec.mutable_subnets(1)->set_existing(true);
  EXPECT_TRUE(Apply(spec).failure_domains(1).control_plane());
  DeleteAll();
  EXPECT_TRUE(api_->vpcs().Find(Id<cloud::Vpc>("default-se-sto")).has_value());
  EXPECT_TRUE(
      api_->subnets().Find(Id<cloud::Subnet>("default-se-sto-a")).has_value());
}

// As of the project's default network, and of another VPC's beside it.
TEST_F(NetworkScopeTest, DoesWithoutOptionalSubnets) {
  Start();
  cloud::Vpc other;
  other.metadata.id = Id<cloud::Vpc>("other");
  api_->vpcs().Put(other);
  cloud::Subnet elsewhere;
  elsewhere.metadata.id = Id<cloud::Subnet>("elsewhere");
  elsewhere.vpc = other.metadata.id;
  elsewhere.zone = "c";
  api_->subnets().Put(elsewhere);
  v1::ClusterNetwork spec = Request();
  spec.mutable_vpc()->set_name("default-se-sto");
  spec.mutable_vpc()->set_existing(true);
  spec.clear_subnets();
  for (const char* name : {"default-se-sto-a", "missing", "elsewhere"}) {
    v1::Subnet& subnet = *spec.add_subnets();
    subnet.set_name(name);
    subnet.set_existing(true);
    subnet.set_optional(true);
  }
  const v1::ClusterNetwork network = ApplyUntilReady(spec);
  ASSERT_EQ(network.subnet_statuses_size(), 1);
  ASSERT_EQ(network.failure_domains_size(), 1);
  EXPECT_EQ(network.failure_domains(0).name(), "a");
  EXPECT_EQ(ConditionOf(network, "SubnetsReady")->message(),
            "the VPC has no subnet missing, elsewhere; its zone is left out");
}

TEST_F(NetworkScopeTest, A4AVpcOfTheUsersNameThatIsNotOursStays) {
  Start();
  cloud::Vpc theirs;
  theirs.metadata.id = Id<cloud::Vpc>("net");
  theirs.ipv4_cidr_blocks = {"10.0.0.0/16"};
  api_->vpcs().Put(theirs);
  ApplyUntilReady(Request());
  DeleteAll();
  EXPECT_TRUE(api_->vpcs().Find(theirs.metadata.id).has_value());
  v1::ClusterNetwork strict = Request();
  strict.mutable_vpc()->set_if_exists(common::v1::IF_EXISTS_REFUSE);
  const absl::Status refused = Refused(strict);
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_EQ(DetailsOf(refused).reason, "NAME_TAKEN");
}

TEST_F(NetworkScopeTest, SaysWhatIsMissingOfWhatShouldExist) {
  Start();
  v1::ClusterNetwork spec = Request();
  spec.mutable_vpc()->set_existing(true);
  v1::ClusterNetwork network = Apply(spec);
  EXPECT_EQ(network.state(), v1::ClusterNetwork::STATE_FAILED);
  EXPECT_EQ(ConditionOf(network, "VPCReady")->reason(), "VPCNotFound");
  EXPECT_EQ(api_->writes(), 0);
}

TEST_F(NetworkScopeTest, RefusesChangesThatCantBeMade) {
  Start();
  ApplyUntilReady(Request());
  v1::ClusterNetwork spec = Request();
  spec.mutable_subnets(0)->set_ipv4_cidr_block("10.0.99.0/24");
  EXPECT_EQ(FieldOf(Refused(spec)),
            "cluster_network.subnets[0].ipv4_cidr_block");
  spec = Request();
  spec.mutable_subnets(0)->set_zone("c");
  EXPECT_EQ(FieldOf(Refused(spec)), "cluster_network.subnets[0].zone");
  spec = Request();
  spec.mutable_control_plane_endpoint()->set_type(
      v1::ControlPlaneEndpoint::TYPE_PUBLIC_IP);
  const absl::Status refused = Refused(spec);
  EXPECT_EQ(FieldOf(refused), "cluster_network.control_plane_endpoint.type");
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
}

TEST_F(NetworkScopeTest, APublicIpCanBeTheEndpoint) {
  Start();
  v1::ClusterNetwork spec = Request();
  spec.mutable_control_plane_endpoint()->set_type(
      v1::ControlPlaneEndpoint::TYPE_PUBLIC_IP);
  spec.mutable_control_plane_endpoint()->add_api_allowed_cidrs("192.0.2.0/24");
  const v1::ClusterNetwork network = ApplyUntilReady(spec);
  EXPECT_THAT(OursIn(api_->load_balancers()), IsEmpty());
  EXPECT_FALSE(network.control_plane_endpoint_status().host().empty());
  const cloud::SecurityGroup group =
      Group(network.security_group_ids().control_plane(0));
  EXPECT_TRUE(std::any_of(group.rules.begin(), group.rules.end(),
                          [](const cloud::SecurityRule& rule) {
                            return rule.remote.cidr == "192.0.2.0/24" &&
                                   rule.port == 6443;
                          }));
  DeleteAll();
  EXPECT_THAT(OursIn(api_->public_ips()), IsEmpty());
}

TEST_F(NetworkScopeTest, AnExistingPublicIpIsUsedAndLeftAlone) {
  Start();
  v1::ClusterNetwork spec = Request();
  spec.mutable_control_plane_endpoint()->set_existing_public_ip_id("mine");
  v1::ClusterNetwork network = Apply(spec);
  EXPECT_EQ(network.state(), v1::ClusterNetwork::STATE_FAILED);
  EXPECT_EQ(ConditionOf(network, "ControlPlaneEndpointReady")->reason(),
            "PublicIPNotFound");
  cloud::PublicIp mine;
  mine.metadata.id = Id<cloud::PublicIp>("mine");
  mine.status.address = "192.0.2.9";
  api_->public_ips().Put(mine);
  Forget();
  network = ApplyUntilReady(spec);
  EXPECT_EQ(network.control_plane_endpoint_status().host(), "192.0.2.9");
  EXPECT_EQ(FieldOf(Refused(Request())),
            "cluster_network.control_plane_endpoint.existing_public_ip_id");
  EXPECT_THAT(OursIn(api_->public_ips()), IsEmpty());
  DeleteAll();
  EXPECT_TRUE(api_->public_ips().Find(mine.metadata.id).has_value());
}

TEST_F(NetworkScopeTest, AKubeconfigHasAPublicIpAndNoBalancer) {
  Start(FakeDialect::kKcp);
  const v1::ClusterNetwork network = ApplyUntilReady(Request());
  EXPECT_EQ(network.control_plane_endpoint_status().type(),
            v1::ControlPlaneEndpoint::TYPE_PUBLIC_IP);
  v1::ClusterNetwork spec = Request();
  spec.mutable_control_plane_endpoint()->set_type(
      v1::ControlPlaneEndpoint::TYPE_LOAD_BALANCER);
  EXPECT_TRUE(absl::IsUnimplemented(Refused(spec)));
  spec = Request();
  spec.mutable_subnets(0)->set_zone("a");
  EXPECT_TRUE(absl::IsUnimplemented(Refused(spec)));
  DeleteAll();
  EXPECT_THAT(OursIn(api_->vpcs()), IsEmpty());
}

TEST_F(NetworkScopeTest, DeletesInOrderAndConfirms) {
  Start();
  ApplyUntilReady(Request());
  const auto remaining = scope_->DeleteNetwork({}, {.cluster_id = "c1"});
  ASSERT_TRUE(remaining.ok()) << remaining.status();
  EXPECT_FALSE(remaining->empty());
  const auto network = scope_->GetNetwork({}, "c1");
  ASSERT_TRUE(network.ok()) << network.status();
  EXPECT_EQ(network->state(), v1::ClusterNetwork::STATE_DELETING);
  DeleteAll();
  for (const auto& left :
       {OursIn(api_->vpcs()), OursIn(api_->subnets()),
        OursIn(api_->security_groups()), OursIn(api_->public_ips()),
        OursIn(api_->load_balancers()), OursIn(api_->backend_pools()),
        OursIn(api_->backend_services()), OursIn(api_->l4_routes())}) {
    EXPECT_THAT(left, IsEmpty());
  }
  EXPECT_TRUE(absl::IsNotFound(scope_->GetNetwork({}, "c1").status()));
  EXPECT_TRUE(scope_->DeleteNetwork({}, {.cluster_id = "c1"})->empty())
      << "a repeat is OK";
}

TEST_F(NetworkScopeTest, B8StillInUseIsAWait) {
  Start();
  ApplyUntilReady(Request());
  api_->load_balancers().faults().Fail(
      Verb::kDelete,
      MakeError(absl::StatusCode::kFailedPrecondition, "still referenced",
                {.reason = std::string(kInUse)}));
  const auto remaining = scope_->DeleteNetwork({}, {.cluster_id = "c1"});
  ASSERT_TRUE(remaining.ok()) << remaining.status();
  EXPECT_EQ(remaining->front().kind, "LoadBalancer");
  EXPECT_EQ(remaining->front().reason, "still referenced");
  DeleteAll();
}

TEST_F(NetworkScopeTest, AnotherClustersThingsAreNeverTouched) {
  Start();
  ApplyUntilReady(Request("c1"));
  v1::ClusterNetwork other = Request("c2");
  other.mutable_vpc()->set_name("other");
  other.mutable_subnets(0)->set_name("other-a");
  other.mutable_subnets(1)->set_name("other-b");
  ApplyUntilReady(other);
  DeleteAll("c1");
  EXPECT_EQ(OursIn(api_->security_groups(), "c2").size(), 3);
  EXPECT_THAT(OursIn(api_->vpcs(), "c2"), ElementsAre("other"));
}

TEST_F(NetworkScopeTest, ASharedVpcIsHandedOver) {
  Start();
  ApplyUntilReady(Request("c1"));
  v1::ClusterNetwork second = Request("c2");
  ApplyUntilReady(second);
  DeleteAll("c1");
  EXPECT_THAT(OursIn(api_->vpcs(), "c2"), ElementsAre("net"));
  EXPECT_THAT(OursIn(api_->subnets(), "c2"), ElementsAre("net-a", "net-b"));
  DeleteAll("c2");
  EXPECT_FALSE(api_->vpcs().Find(Id<cloud::Vpc>("net")).has_value());
}

TEST_F(NetworkScopeTest, NamesEveryFieldThatIsWrong) {
  Start();
  const auto field = [&](const std::function<void(v1::ClusterNetwork&)>& edit) {
    v1::ClusterNetwork spec = Request();
    edit(spec);
    const absl::Status refused = Refused(spec);
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
    return FieldOf(refused);
  };
  EXPECT_EQ(field([](auto& w) { w.mutable_owner()->clear_cluster_id(); }),
            "cluster_network.owner.cluster_id");
  EXPECT_EQ(field([](auto& w) { w.mutable_owner()->set_machine_id("m"); }),
            "cluster_network.owner.machine_id");
  EXPECT_EQ(field([](auto& w) { w.mutable_vpc()->set_name("A_B"); }),
            "cluster_network.vpc.name");
  EXPECT_EQ(field([](auto& w) {
              w.mutable_vpc()->add_ipv4_cidr_blocks("8.8.8.0/24");
            }),
            "cluster_network.vpc.ipv4_cidr_blocks[0]");
  EXPECT_EQ(field([](auto& w) { w.clear_subnets(); }),
            "cluster_network.subnets");
  EXPECT_EQ(field([](auto& w) {
              w.mutable_subnets(1)->set_ipv4_cidr_block("10.0.10.128/25");
            }),
            "cluster_network.subnets[1].ipv4_cidr_block");
  EXPECT_EQ(field([](auto& w) { w.mutable_subnets(1)->set_zone("d"); }),
            "cluster_network.subnets[1].zone");
  EXPECT_EQ(field([](auto& w) { w.mutable_subnets(1)->set_name("net-a"); }),
            "cluster_network.subnets[1].name");
  EXPECT_EQ(field([](auto& w) { (*w.mutable_labels())["a/b"] = "c"; }),
            "cluster_network.labels[a/b]");
  EXPECT_EQ(field([](auto& w) { (*w.mutable_labels())["capi-x"] = "c"; }),
            "cluster_network.labels[capi-x]");
  EXPECT_EQ(field([](auto& w) {
              w.mutable_control_plane_endpoint()->add_ports()->set_port(70000);
            }),
            "cluster_network.control_plane_endpoint.ports[0].port");
  EXPECT_EQ(
      field([](auto& w) {
        w.mutable_control_plane_endpoint()->add_api_allowed_cidrs("10.0.0.0/8");
      }),
      "cluster_network.control_plane_endpoint.api_allowed_cidrs[0]");
  EXPECT_EQ(field([](auto& w) {
              auto* rule =
                  w.mutable_security_groups()->mutable_common()->add_rules();
              rule->set_name("x");
              rule->set_vpc(true);
            }),
            "cluster_network.security_groups.common.rules[0].direction");
  EXPECT_EQ(api_->writes(), 0);
}

TEST_F(NetworkScopeTest, MachinesHaveAddressesOfTheirOwn) {
  const cloud::Owner machine = {.cluster_id = "c1", .machine_id = "m1"};
  Start();
  v1::PublicIp spec;
  spec.mutable_owner()->set_cluster_id("c1");
  spec.mutable_owner()->set_cluster_name("prod");
  spec.mutable_owner()->set_machine_id("m1");
  spec.mutable_owner()->set_machine_name("worker-0");
  auto address = scope_->ApplyAddress({}, spec);
  ASSERT_TRUE(address.ok()) << address.status();
  EXPECT_EQ(address->state(), v1::PublicIp::STATE_PROVISIONING);
  api_->Settle();
  Forget();
  address = scope_->GetAddress({}, {"c1", "m1"});
  ASSERT_TRUE(address.ok()) << address.status();
  EXPECT_EQ(address->state(), v1::PublicIp::STATE_READY);
  EXPECT_FALSE(address->address().empty());
  EXPECT_EQ(scope_->ListAddresses({}, "")->size(), 1);
  EXPECT_EQ(scope_->ListAddresses({}, "c1")->size(), 1);
  EXPECT_EQ(scope_->ListAddresses({}, "c2")->size(), 0);
  EXPECT_EQ(scope_->DeleteAddress({}, machine)->size(), 1);
  api_->Settle();
  Forget();
  EXPECT_TRUE(scope_->DeleteAddress({}, machine)->empty());
  EXPECT_TRUE(absl::IsNotFound(scope_->GetAddress({}, {"c1", "m1"}).status()));
}

TEST_F(NetworkScopeTest, AWatchShowsOursAloneAndComesBackAfterARefusal) {
  Start();
  ApplyUntilReady(Request("c1"));
  Restart();
  using Type = cloud::ChangeLog::Event::Type;
  cloud::ChangeLog::Event event;
  cloud::FeedReader first(scope_->feed());
  ASSERT_TRUE(first.Next(&event).ok());
  ASSERT_EQ(event.type, Type::kChanged);
  v1::WatchResponse response;
  ASSERT_TRUE(response.ParseFromString(*event.resource));
  EXPECT_EQ(response.cluster_network().owner().cluster_id(), "c1");
  ASSERT_TRUE(first.Next(&event).ok());
  EXPECT_EQ(event.type, Type::kSynced) << "what is nobody's is not shown";
  // The next full list is refused, and the one after it is not.
  api_->vpcs().faults().Fail(Verb::kList, absl::UnauthenticatedError("no"));
  EXPECT_TRUE(absl::IsUnauthenticated(first.NextInTime(clock_, &event)));
  cloud::FeedReader second(scope_->feed());
  while (!second.Next(&event).ok()) clock_.AdvanceToNextDeadline();
  EXPECT_EQ(event.type, Type::kChanged);
}

TEST_F(NetworkScopeTest, AKindThatCantBeListedHidesNoMachinesAddress) {
  Start();
  ApplyUntilReady(Request("c1"));
  v1::PublicIp address;
  address.mutable_owner()->set_cluster_id("c1");
  address.mutable_owner()->set_cluster_name("prod");
  address.mutable_owner()->set_machine_id("m1");
  address.mutable_owner()->set_machine_name("worker-0");
  ASSERT_TRUE(scope_->ApplyAddress({}, address).ok());
  Restart();
  api_->l4_routes().faults().Fail(Verb::kList,
                                  absl::UnavailableError("HTTP 503"),
                                  cloud::FakeFaults::kForever);
  using Type = cloud::ChangeLog::Event::Type;
  cloud::ChangeLog::Event event;
  cloud::FeedReader watch(scope_->feed());
  do {
    ASSERT_TRUE(watch.NextInTime(clock_, &event).ok());
  } while (event.type == Type::kContact);
  ASSERT_EQ(event.type, Type::kChanged);
  v1::WatchResponse response;
  ASSERT_TRUE(response.ParseFromString(*event.resource));
  EXPECT_EQ(response.public_ip().owner().machine_id(), "m1")
      << "and nothing of the network, of which the route could be missing";
  api_->l4_routes().faults().Clear();
  do {
    ASSERT_TRUE(watch.NextInTime(clock_, &event).ok());
  } while (event.type != Type::kSynced);
}

// Where the memory holds everything, as for a project that has a cluster.
TEST_F(NetworkScopeTest, WhatIsMadeAfterItWasReferredToIsFoundAndTold) {
  Start();
  cloud::FeedReader watch(scope_->feed());
  ASSERT_TRUE(watch.AwaitSynced().ok());
  v1::ClusterNetwork spec = Request();
  spec.mutable_vpc()->set_existing(true);
  spec.mutable_control_plane_endpoint()->set_existing_public_ip_id("mine");
  ASSERT_EQ(ConditionOf(Apply(spec), "VPCReady")->reason(), "VPCNotFound");

  cloud::Vpc vpc;
  vpc.metadata.id = Id<cloud::Vpc>("net");
  api_->vpcs().Put(vpc);
  cloud::PublicIp address;
  address.metadata.id = Id<cloud::PublicIp>("mine");
  address.status.address = "192.0.2.1";
  api_->public_ips().Put(address);
  const absl::Time made_at = clock_.Now();
  const auto told = [&](const char* condition) {
    cloud::ChangeLog::Event event;
    v1::WatchResponse response;
    do {
      EXPECT_TRUE(watch.NextInTime(clock_, &event).ok());
      response.ParseFromString(*event.resource);
    } while (ConditionOf(response.cluster_network(), condition)->reason() ==
             "VPCNotFound");
  };
  told("VPCReady");
  EXPECT_LE(clock_.Now() - made_at, absl::Minutes(1));
  EXPECT_EQ(ConditionOf(Apply(spec), "VPCReady")->status(),
            common::v1::Condition::STATUS_TRUE);
}

TEST_F(NetworkScopeTest, AnAddressThatIsMadeAfterItWasReferredToIsTold) {
  Start();
  cloud::FeedReader watch(scope_->feed());
  ASSERT_TRUE(watch.AwaitSynced().ok());
  v1::ClusterNetwork spec = Request();
  spec.mutable_control_plane_endpoint()->set_existing_public_ip_id("mine");
  const std::string missing =
      ConditionOf(Apply(spec), "ControlPlaneEndpointReady")->reason();
  EXPECT_EQ(missing, "PublicIPNotFound");
  api_->Settle();
  Forget();
  Apply(spec);

  cloud::PublicIp address;
  address.metadata.id = Id<cloud::PublicIp>("mine");
  address.status.address = "192.0.2.1";
  api_->public_ips().Put(address);
  const absl::Time made_at = clock_.Now();
  cloud::ChangeLog::Event event;
  v1::WatchResponse response;
  do {
    ASSERT_TRUE(watch.NextInTime(clock_, &event).ok());
    response.ParseFromString(*event.resource);
  } while (ConditionOf(response.cluster_network(), "ControlPlaneEndpointReady")
               ->reason() == missing);
  EXPECT_LE(clock_.Now() - made_at, absl::Minutes(1));
}

// Also after a restart.
TEST_F(NetworkScopeTest, WhatIsMadeIsFoundAndToldBesideARefusedField) {
  for (const bool restarted : {false, true}) {
    Start();
    v1::ClusterNetwork spec = Request();
    ApplyUntilReady(spec);
    if (restarted) Restart();
    cloud::FeedReader watch(scope_->feed());
    ASSERT_TRUE(watch.AwaitSynced().ok());
    const std::string name = restarted ? "net-later" : "net-c";
    v1::Subnet& awaited = *spec.add_subnets();
    awaited.set_name(name);
    awaited.set_existing(true);
    (*spec.mutable_labels())["a/b"] = "c";
    ASSERT_EQ(FieldOf(Refused(spec)), "cluster_network.labels[a/b]");

    cloud::Subnet subnet;
    subnet.metadata.id = Id<cloud::Subnet>(name);
    subnet.vpc = Id<cloud::Vpc>("net");
    subnet.zone = "c";
    api_->subnets().Put(subnet);
    const absl::Time made_at = clock_.Now();
    const auto is_there = [&](const v1::ClusterNetwork& network) {
      const auto& subnets = network.subnet_statuses();
      return std::any_of(subnets.begin(), subnets.end(), [&](const auto& each) {
        return each.id() == name && each.zone() == "c";
      });
    };
    v1::WatchResponse response;
    do {
      cloud::ChangeLog::Event event;
      ASSERT_TRUE(watch.NextInTime(clock_, &event).ok());
      response.Clear();
      if (event.resource != nullptr) response.ParseFromString(*event.resource);
    } while (!is_there(response.cluster_network()));
    EXPECT_LE(clock_.Now() - made_at, absl::Minutes(1)) << restarted;
  }
}

TEST_F(NetworkScopeTest, ANetworkThatOwnsNothingYetIsToldUntilItIsDeleted) {
  Start();
  cloud::FeedReader watch(scope_->feed());
  ASSERT_TRUE(watch.AwaitSynced().ok());
  v1::ClusterNetwork spec = Request();
  spec.mutable_vpc()->set_existing(true);
  Apply(spec);
  cloud::ChangeLog::Event event;
  ASSERT_TRUE(watch.Next(&event).ok());
  EXPECT_EQ(event.type, cloud::ChangeLog::Event::Type::kChanged);
  DeleteAll();
  ASSERT_TRUE(watch.Next(&event).ok());
  EXPECT_EQ(event.type, cloud::ChangeLog::Event::Type::kDeleted);
}

// Made by somebody else, or with another credential, after this one's list.
TEST_F(NetworkScopeTest, WhatItsMemoryLacksIsNotMissing) {
  Start();
  cloud::FeedReader watch(scope_->feed());
  ASSERT_TRUE(watch.AwaitSynced().ok());
  v1::ClusterNetwork spec = Request();
  spec.mutable_vpc()->set_existing(true);
  for (v1::Subnet& subnet : *spec.mutable_subnets()) subnet.set_existing(true);
  spec.mutable_control_plane_endpoint()->set_existing_public_ip_id("mine");
  api_->ResetCalls();
  v1::ClusterNetwork network = Apply(spec);
  EXPECT_EQ(ConditionOf(network, "VPCReady")->reason(), "VPCNotFound");
  EXPECT_EQ(ConditionOf(network, "SubnetsReady")->reason(), "SubnetNotFound");
  EXPECT_EQ(ConditionOf(network, "ControlPlaneEndpointReady")->reason(),
            "PublicIPNotFound");
  EXPECT_EQ(api_->reads(), 4) << "one GET for each object";
  ASSERT_TRUE(scope_->GetNetwork({}, "c1").ok());
  EXPECT_EQ(api_->reads(), 4);

  cloud::Vpc vpc;
  vpc.metadata.id = Id<cloud::Vpc>("net");
  vpc.ipv4_cidr_blocks = {"10.0.0.0/16"};
  api_->vpcs().Put(vpc);
  for (const v1::Subnet& each : spec.subnets()) {
    cloud::Subnet subnet;
    subnet.metadata.id = Id<cloud::Subnet>(each.name());
    subnet.vpc = vpc.metadata.id;
    subnet.zone = each.zone();
    subnet.ipv4_cidr_block = each.ipv4_cidr_block();
    api_->subnets().Put(subnet);
  }
  cloud::PublicIp address;
  address.metadata.id = Id<cloud::PublicIp>("mine");
  address.status.address = "192.0.2.9";
  api_->public_ips().Put(address);
  api_->ResetCalls();
  network = Apply(spec);
  EXPECT_EQ(network.control_plane_endpoint_status().host(), "192.0.2.9");
  EXPECT_NE(network.state(), v1::ClusterNetwork::STATE_FAILED)
      << network.DebugString();
  EXPECT_EQ(OursIn(api_->load_balancers()).size(), 1);
  EXPECT_EQ(api_->reads(), 4 + 2)
      << "one GET for each object, and before each change of a group";
  Apply(spec);
  EXPECT_EQ(api_->reads(), 4 + 2) << "they are in memory now";
}

TEST_F(NetworkScopeTest, TakesOverWhatAnotherCredentialMade) {
  Start();
  NetworkScope old(connection_, cloud::PollIntervals{.pollers = 1}, clock_);
  cloud::FeedReader watch(scope_->feed());
  ASSERT_TRUE(watch.AwaitSynced().ok());
  ASSERT_TRUE(old.ApplyNetwork({}, Request()).ok());
  api_->Settle();
  v1::ClusterNetwork other = Request();
  other.mutable_control_plane_endpoint()->set_type(
      v1::ControlPlaneEndpoint::TYPE_PUBLIC_IP);
  EXPECT_EQ(FieldOf(Refused(other)),
            "cluster_network.control_plane_endpoint.type");
  EXPECT_EQ(Apply(Request()).state(), v1::ClusterNetwork::STATE_READY);
  EXPECT_EQ(OursIn(api_->load_balancers()).size(), 1);
  EXPECT_EQ(OursIn(api_->public_ips()).size(), 1);
}

// The fake refuses a new group that refers to itself, as the cloud may.
TEST_F(NetworkScopeTest, AGroupThatRefersToItselfIsCompleteAtOnce) {
  Start();
  Apply(Request());
  int complete = 0;
  for (const cloud::SecurityGroup& group : api_->security_groups().All()) {
    for (const cloud::SecurityRule& rule : group.rules) {
      if (rule.remote.security_group == group.metadata.id) ++complete;
    }
  }
  EXPECT_GT(complete, 0);
}

// Each kind that a network is made of: one refused creation, one read at most,
// and the refusal is what is told, also if the read fails.
TEST_F(NetworkScopeTest, ARefusedCreationKeepsItsReason) {
  const absl::Status full =
      MakeError(absl::StatusCode::kResourceExhausted, "not enough quota",
                {.reason = std::string(kQuotaExceeded)});
  Start();
  cloud::FeedReader watch(scope_->feed());
  ASSERT_TRUE(watch.AwaitSynced().ok());
  const auto expect_told = [&](cloud::FakeFaults& faults) {
    for (const bool unreadable : {false, true}) {
      api_->ResetCalls();
      faults.Fail(Verb::kCreate, full);
      if (unreadable) faults.Fail(Verb::kGet, absl::UnavailableError("down"));
      EXPECT_EQ(DetailsOf(Refused(Request())).reason, kQuotaExceeded);
      EXPECT_EQ(faults.calls(Verb::kCreate), 1);
      EXPECT_LE(faults.reads(), 1);
    }
  };
  expect_told(api_->vpcs().faults());
  expect_told(api_->subnets().faults());
  expect_told(api_->security_groups().faults());
  expect_told(api_->public_ips().faults());
  Apply(Request());
}

// The cloud may check anything else before the name.
TEST_F(NetworkScopeTest, NoRefusalHidesWhatAnotherCredentialMade) {
  const absl::Status refusals[] = {
      MakeError(absl::StatusCode::kResourceExhausted, "not enough quota",
                {.reason = std::string(kQuotaExceeded)}),
      absl::PermissionDeniedError("may not create"),
      absl::InvalidArgumentError("denied the request")};
  int cluster = 0;
  for (const absl::Status& refusal : refusals) {
    const v1::ClusterNetwork request = Request(absl::StrCat("c", ++cluster));
    Start();
    NetworkScope old(connection_, cloud::PollIntervals{.pollers = 1}, clock_);
    cloud::FeedReader watch(scope_->feed());
    ASSERT_TRUE(watch.AwaitSynced().ok());
    ASSERT_TRUE(old.ApplyNetwork({}, request).ok());
    api_->Settle();
    api_->vpcs().faults().Fail(Verb::kCreate, refusal);
    api_->public_ips().faults().Fail(Verb::kCreate, refusal);
    api_->load_balancers().faults().Fail(Verb::kCreate, refusal);
    EXPECT_EQ(Apply(request).state(), v1::ClusterNetwork::STATE_READY)
        << refusal;
  }
}

TEST_F(NetworkScopeTest, WhileWatchedACreationReadsNothing) {
  Start();
  cloud::FeedReader watch(scope_->feed());
  ASSERT_TRUE(watch.AwaitSynced().ok());
  api_->ResetCalls();
  Apply(Request());
  EXPECT_EQ(api_->reads(), 2) << "of the two groups that refer to themselves, "
                                 "before they are completed";
}

TEST_F(NetworkScopeTest, ListsAllNetworks) {
  Start();
  ApplyUntilReady(Request("c1"));
  Restart();
  const auto all = scope_->ListNetworks({});
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->size(), 1);
  EXPECT_EQ(all->front().owner().cluster_id(), "c1");
  EXPECT_EQ(all->front().owner().cluster_name(), "prod");
  EXPECT_EQ(all->front().state(), v1::ClusterNetwork::STATE_READY);
}

}  // namespace
}  // namespace evroc::network
