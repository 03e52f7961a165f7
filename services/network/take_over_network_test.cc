#include "services/network/take_over_network.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evroc/api/spec.h"
#include "services/identity/owner_labels.h"
#include "services/network/testing/network_scope_fixture.h"
#include "services/network/testing/official_network.h"

namespace evroc::network {
namespace {

using cloud::BackendService;
using cloud::Labels;
using cloud::LoadBalancer;
using cloud::PublicIp;
using cloud::SecurityGroup;
using cloud::SpecOf;
using cloud::TakeOverVerdict;
using cloud::Verb;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kBalancer[] = "prod-0123abcd-cp-lb";

std::string Text(TakeOverVerdict verdict) {
  switch (verdict) {
    case TakeOverVerdict::kProven:
      return "proven";
    case TakeOverVerdict::kTaken:
      return "taken";
    case TakeOverVerdict::kNotProven:
      return "not proven";
    case TakeOverVerdict::kNotTheirs:
      return "not theirs";
    case TakeOverVerdict::kGiven:
      return "given back";
  }
}

// A network of the official provider, whose cluster is given to this one.
class TakeOverNetworkTest : public NetworkScopeFixture {
 protected:
  TakeOverNetworkTest() {
    Start();
    MakeOfficialNetwork(*api_);
    api_->ResetCalls();
  }

  using Objects = absl::StatusOr<std::vector<cloud::TakeOverObject>>;

  Objects Try(common::v1::TakeOverAction action) {
    v1::TakeOverClusterNetworkRequest request;
    *request.mutable_owner() = OfficialRequest().owner();
    *request.mutable_previous_owner() = OfficialOwner();
    request.set_action(action);
    return scope_->TakeOverNetwork({}, request);
  }
  Objects TryAddress(common::v1::TakeOverAction action,
                     bool uses_existing = false) {
    v1::TakeOverPublicIpRequest request;
    request.set_uses_existing(uses_existing);
    *request.mutable_owner() = Machine();
    *request.mutable_previous_owner() = OfficialOwner();
    request.mutable_previous_owner()->set_machine_id("m1");
    request.set_action(action);
    return scope_->TakeOverAddress({}, request);
  }
  // "PublicIP id: proven", one for each object.
  static std::vector<std::string> Texts(const Objects& objects) {
    EXPECT_TRUE(objects.ok()) << objects.status();
    std::vector<std::string> texts;
    if (!objects.ok()) return texts;
    for (const cloud::TakeOverObject& each : *objects) {
      EXPECT_FALSE(each.reason.empty());
      texts.push_back(each.kind + " " + each.id + ": " + Text(each.verdict));
    }
    return texts;
  }
  std::vector<std::string> Report() {
    return Texts(Try(common::v1::TAKE_OVER_ACTION_REPORT));
  }
  std::vector<std::string> Take() {
    return Texts(Try(common::v1::TAKE_OVER_ACTION_TAKE));
  }
  std::vector<std::string> GiveBack() {
    return Texts(Try(common::v1::TAKE_OVER_ACTION_GIVE_BACK));
  }

  static common::v1::Owner Machine() {
    common::v1::Owner owner;
    owner.set_cluster_id("c1");
    owner.set_cluster_name("prod");
    owner.set_machine_id("m1");
    owner.set_machine_name("worker");
    owner.set_resource_prefix("worker-0");
    return owner;
  }

  // All of the network, with that verdict.
  static std::vector<std::string> Everything(const std::string& verdict) {
    std::vector<std::string> texts = {
        "BackendPool prod-0123abcd-cp-lb-pool",
        "BackendService prod-0123abcd-cp-lb-svc",
        "BackendService prod-0123abcd-cp-lb-svc-9345",
        "L4Route prod-0123abcd-cp-lb-route",
        "L4Route prod-0123abcd-cp-lb-route-9345",
        "LoadBalancer prod-0123abcd-cp-lb",
        "PublicIP prod-0123abcd-cp-lb-ip",
        "SecurityGroup prod-0123abcd-nodes",
        "SecurityGroup worker-0-web"};
    for (std::string& text : texts) text += ": " + verdict;
    return texts;
  }

  // Without labels, the specs of one collection.
  template <typename T>
  static std::vector<T> Specs(const cloud::FakeCollection<T>& collection) {
    std::vector<T> specs;
    for (T each : collection.All()) {
      each.metadata.labels.clear();
      specs.push_back(SpecOf(std::move(each)));
    }
    return specs;
  }
  auto AllSpecs() {
    return std::tuple(
        Specs(api_->vpcs()), Specs(api_->subnets()),
        Specs(api_->security_groups()), Specs(api_->public_ips()),
        Specs(api_->load_balancers()), Specs(api_->backend_pools()),
        Specs(api_->backend_services()), Specs(api_->l4_routes()));
  }
  // The labels of all objects, by kind and id.
  std::map<std::string, Labels> AllLabels() {
    std::map<std::string, Labels> all;
    const auto add = [&](const auto& collection) {
      for (const auto& each : collection.All()) {
        all[cloud::DescribeId(each.metadata.id)] = each.metadata.labels;
      }
    };
    add(api_->security_groups());
    add(api_->public_ips());
    add(api_->load_balancers());
    add(api_->backend_pools());
    add(api_->backend_services());
    add(api_->l4_routes());
    return all;
  }
  BackendService Service(const std::string& id) {
    return api_->backend_services()
        .Find(Id<BackendService>(id))
        .value_or(BackendService{});
  }
};

TEST_F(TakeOverNetworkTest, AReportWritesNothing) {
  EXPECT_EQ(Report(), Everything("proven"));
  EXPECT_EQ(api_->writes(), 0);
}

TEST_F(TakeOverNetworkTest, TakingAddsOurLabelsAndNothingElse) {
  const auto labels = AllLabels();
  const auto specs = AllSpecs();
  EXPECT_EQ(Take(), Everything("taken"));
  EXPECT_EQ(api_->writes(), 9);
  EXPECT_EQ(AllSpecs(), specs);
  for (const auto& [object, now] : AllLabels()) {
    EXPECT_EQ(cloud::WithoutOurs(now), labels.at(object)) << object;
  }
  EXPECT_FALSE(cloud::OwnerOf(AllLabels().at("PublicIP worker-0-public-ip")));
  EXPECT_FALSE(
      cloud::OwnerOf(AllLabels().at("SecurityGroup test-4567cdef-nodes")));
  EXPECT_EQ(Take(), Everything("taken"));
  EXPECT_EQ(api_->writes(), 9);
}

TEST_F(TakeOverNetworkTest, ThenApplyWritesNothing) {
  Take();
  for (int i = 0; i < 3; ++i) {
    Forget();
    if (i == 2) Restart();
    api_->ResetCalls();
    const v1::ClusterNetwork network = Apply(OfficialRequest());
    EXPECT_EQ(network.state(), v1::ClusterNetwork::STATE_READY)
        << network.DebugString();
    EXPECT_EQ(api_->writes(), 0);
    const v1::SecurityGroupIds& ids = network.security_group_ids();
    EXPECT_THAT(ids.common(), IsEmpty());
    EXPECT_EQ(ids.additional().at("nodes"), "prod-0123abcd-nodes");
    EXPECT_EQ(ids.additional().at("worker-0-web"), "worker-0-web");
    EXPECT_EQ(ids.additional_size(), 2);
    EXPECT_EQ(network.control_plane_endpoint_status().load_balancer_id(),
              kBalancer);
  }
}

// As the service sees it that has not been asked to apply anything.
TEST_F(TakeOverNetworkTest, WithoutARequestItIsDescribedToo) {
  Take();
  const auto network = scope_->GetNetwork({}, "c1");
  ASSERT_TRUE(network.ok()) << network.status();
  EXPECT_EQ(ConditionOf(*network, "SecurityGroupsReady")->reason(),
            "Available");
  EXPECT_EQ(ConditionOf(*network, "ControlPlaneEndpointReady")->reason(),
            "Available");
  EXPECT_EQ(network->control_plane_endpoint_status().port(), 6443);
}

TEST_F(TakeOverNetworkTest, TheOrderOfListenersHasNoMeaning) {
  api_->load_balancers().Change(
      Id<LoadBalancer>(kBalancer), [](auto& balancer) {
        std::swap(balancer.listeners[0], balancer.listeners[1]);
      });
  Take();
  EXPECT_EQ(
      scope_->GetNetwork({}, "c1")->control_plane_endpoint_status().port(),
      6443);
  api_->ResetCalls();
  EXPECT_EQ(Apply(OfficialRequest()).state(), v1::ClusterNetwork::STATE_READY);
  EXPECT_EQ(api_->writes(), 0);
}

TEST_F(TakeOverNetworkTest, WhatIsNotProvenKeepsAllFromBeingTaken) {
  for (const char* key : {"capi_cluster-id", "capi_managed-by"}) {
    const Id<LoadBalancer> id(kBalancer);
    const Labels before = api_->load_balancers().Find(id)->metadata.labels;
    api_->load_balancers().Change(
        id, [&](auto& object) { object.metadata.labels[key] = "other"; });
    std::vector<std::string> expected = Everything("proven");
    expected[5] = "LoadBalancer prod-0123abcd-cp-lb: not proven";
    EXPECT_EQ(Take(), expected) << key;
    EXPECT_EQ(api_->writes(), 0);
    api_->load_balancers().Change(
        id, [&](auto& object) { object.metadata.labels = before; });
  }
}

// The machine's label says that it is not the endpoint's, whatever its name.
TEST_F(TakeOverNetworkTest, APublicIpOfAMachineIsNotTheEndpoints) {
  api_->public_ips().Change(Id<PublicIp>("prod-0123abcd-cp-lb-ip"),
                            [](PublicIp& address) {
                              address.metadata.labels["capi_machine-id"] = "m1";
                            });
  EXPECT_THAT(Take(),
              testing::Contains("PublicIP prod-0123abcd-cp-lb-ip: not proven"));
  EXPECT_EQ(api_->writes(), 0);
}

TEST_F(TakeOverNetworkTest, WhatAnotherClusterOfOursHasIsLeft) {
  api_->security_groups().Change(
      Id<SecurityGroup>("worker-0-web"), [](SecurityGroup& group) {
        group.metadata.labels.merge(cloud::OwnerLabels({"c3", "third"}));
      });
  EXPECT_THAT(Take(),
              testing::Contains("SecurityGroup worker-0-web: not proven"));
  EXPECT_EQ(api_->writes(), 0);
}

TEST_F(TakeOverNetworkTest, GoesOnAfterAnInterruption) {
  api_->load_balancers().faults().Fail(Verb::kUpdate,
                                       absl::UnavailableError("away"));
  EXPECT_FALSE(Try(common::v1::TAKE_OVER_ACTION_TAKE).ok());
  EXPECT_GT(api_->writes(), 1);
  Restart();
  EXPECT_THAT(Report(),
              testing::Contains("PublicIP prod-0123abcd-cp-lb-ip: proven"));
  EXPECT_EQ(Take(), Everything("taken"));
  api_->ResetCalls();
  EXPECT_EQ(Apply(OfficialRequest()).state(), v1::ClusterNetwork::STATE_READY);
  EXPECT_EQ(api_->writes(), 0);
}

// After a move that lost it nothing says which one it was.
TEST_F(TakeOverNetworkTest, AnEndpointWithAnotherPrefixIsNotTaken) {
  v1::TakeOverClusterNetworkRequest request;
  *request.mutable_owner() = OfficialRequest().owner();
  request.mutable_owner()->set_resource_prefix("prod-99999999");
  *request.mutable_previous_owner() = OfficialOwner();
  request.set_action(common::v1::TAKE_OVER_ACTION_TAKE);
  std::vector<std::string> expected = Everything("not proven");
  expected[7] = "SecurityGroup prod-0123abcd-nodes: proven";
  expected[8] = "SecurityGroup worker-0-web: proven";
  const Objects objects = scope_->TakeOverNetwork({}, request);
  EXPECT_EQ(Texts(objects), expected);
  EXPECT_THAT(objects->front().reason, testing::HasSubstr("another resource "
                                                          "prefix"));
  EXPECT_EQ(api_->writes(), 0);
}

// The endpoint of a cluster from before version 0.2.0 is an address that a
// machine has. A later version makes a balancer beside it.
TEST_F(TakeOverNetworkTest, AClusterFromBeforeTheBalancersIsNotTaken) {
  PublicIp address;
  address.metadata.id = Id<PublicIp>("prod-0123abcd-cp-ip");
  address.metadata.labels = {{"capi_managed-by", "cluster-api-provider-evroc"},
                             {"capi_cluster-id", "c1"}};
  api_->public_ips().Put(address);
  EXPECT_EQ(Report(), Everything("proven"));
  api_->load_balancers().Vanish(Id<LoadBalancer>(kBalancer));
  const Objects objects = Try(common::v1::TAKE_OVER_ACTION_TAKE);
  EXPECT_THAT(Texts(objects),
              testing::Contains("PublicIP prod-0123abcd-cp-ip: not proven"));
  EXPECT_TRUE(
      std::any_of(objects->begin(), objects->end(), [](const auto& object) {
        return absl::StrContains(object.reason, "before version 0.2.0");
      }));
  EXPECT_EQ(api_->writes(), 0);
}

// A cluster of ours that lost its owner id has such objects, and keeps names of
// ours.
TEST_F(TakeOverNetworkTest, WhatThisProviderMadeIsNotTheOfficialOnes) {
  api_->load_balancers().Change(
      Id<LoadBalancer>(kBalancer), [](LoadBalancer& balancer) {
        balancer.metadata.labels = cloud::OwnerLabels({"c1", "prod"});
      });
  std::vector<std::string> expected = Everything("taken");
  expected[5] = "LoadBalancer prod-0123abcd-cp-lb: not theirs";
  EXPECT_EQ(Take(), expected);
}

// Of people and of programs, which the official provider left alone.
TEST_F(TakeOverNetworkTest, LabelsOfOthersStay) {
  api_->load_balancers().Change(Id<LoadBalancer>(kBalancer),
                                [](LoadBalancer& balancer) {
                                  balancer.metadata.labels["billing"] = "7";
                                });
  Take();
  api_->ResetCalls();
  v1::ClusterNetwork spec = OfficialRequest();
  ApplyUntilReady(spec);
  EXPECT_EQ(api_->writes(), 0);
  (*spec.mutable_labels())["team"] = "two";
  ApplyUntilReady(spec);
  const Labels labels =
      api_->load_balancers().Find(Id<LoadBalancer>(kBalancer))->metadata.labels;
  EXPECT_EQ(cloud::LabelOf(labels, "team"), "two");
  EXPECT_EQ(cloud::LabelOf(labels, "billing"), "7");
}

// Without it a second endpoint would be made.
TEST_F(TakeOverNetworkTest, ThePrefixCantBeLeftOut) {
  Take();
  v1::ClusterNetwork spec = OfficialRequest();
  spec.mutable_owner()->clear_resource_prefix();
  api_->ResetCalls();
  const absl::Status refused = Refused(spec);
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_EQ(FieldOf(refused), "cluster_network.owner.resource_prefix");
  EXPECT_EQ(api_->writes(), 0);
}

TEST_F(TakeOverNetworkTest, DeletionRemovesAllOfIt) {
  Take();
  DeleteAll();
  EXPECT_THAT(api_->load_balancers().All(), IsEmpty());
  EXPECT_THAT(api_->l4_routes().All(), IsEmpty());
  EXPECT_THAT(api_->backend_services().All(), IsEmpty());
  EXPECT_THAT(api_->backend_pools().All(), IsEmpty());
  std::vector<std::string> left;
  for (const auto& [object, labels] : AllLabels()) left.push_back(object);
  EXPECT_THAT(left, ElementsAre("PublicIP test-4567cdef-cp-lb-ip",
                                "PublicIP worker-0-public-ip",
                                "SecurityGroup default-allow-egress",
                                "SecurityGroup default-allow-ssh",
                                "SecurityGroup test-4567cdef-nodes"));
}

TEST_F(TakeOverNetworkTest, GivingBackRestoresTheLabels) {
  const auto labels = AllLabels();
  Take();
  Apply(OfficialRequest());
  EXPECT_EQ(GiveBack(), Everything("given back"));
  EXPECT_EQ(AllLabels(), labels);
  EXPECT_TRUE(absl::IsNotFound(scope_->GetNetwork({}, "c1").status()));
  EXPECT_THAT(GiveBack(), IsEmpty());
  EXPECT_EQ(Report(), Everything("proven"));
}

// It would neither find the group nor ever delete it.
TEST_F(TakeOverNetworkTest, WhatTheOfficialProviderWouldNotFindIsNotGivenBack) {
  Take();
  SecurityGroup group;
  group.metadata.id = Id<SecurityGroup>("made-by-hand");
  group.metadata.labels = cloud::OwnerLabels({"c1", "prod"});
  group.vpc = Id<cloud::Vpc>("default-se-sto");
  api_->security_groups().Put(group);
  std::vector<std::string> expected = Everything("given back");
  expected.insert(expected.begin() + 7,
                  "SecurityGroup made-by-hand: not theirs");
  EXPECT_EQ(GiveBack(), expected);
  EXPECT_TRUE(cloud::OwnerOf(Group("made-by-hand").metadata.labels));
}

TEST_F(TakeOverNetworkTest, WhatIsMadeLaterHasItsLabelsAndNamesToo) {
  Take();
  v1::ClusterNetwork spec = OfficialRequest();
  spec.mutable_control_plane_endpoint()->add_ports()->set_port(80);
  v1::NamedSecurityGroup& group =
      *spec.mutable_security_groups()->add_additional();
  group.set_name("new");
  group.set_id("prod-0123abcd-new");
  ApplyUntilReady(spec);
  EXPECT_EQ(Service("prod-0123abcd-cp-lb-svc-80").port, 80);
  EXPECT_THAT(GiveBack(),
              testing::IsSupersetOf(
                  {"BackendService prod-0123abcd-cp-lb-svc-80: given back",
                   "L4Route prod-0123abcd-cp-lb-route-80: given back",
                   "SecurityGroup prod-0123abcd-new: given back"}));
  const Labels labels = Group("prod-0123abcd-new").metadata.labels;
  EXPECT_EQ(cloud::LabelOf(labels, "capi_cluster-id"), "c1");
  EXPECT_EQ(cloud::LabelOf(labels, "capi_cluster-name"), "prod");
}

// Its health check has no port: the cloud takes the service's. A port that is
// requested is set, with all that belongs to a check.
TEST_F(TakeOverNetworkTest, AHealthCheckIsKeptUntilAPortIsChosen) {
  Take();
  const auto kept = Service("prod-0123abcd-cp-lb-svc").health_check;
  EXPECT_EQ(kept->target_port, 0);
  v1::ClusterNetwork spec = OfficialRequest();
  spec.mutable_control_plane_endpoint()
      ->mutable_ports(1)
      ->set_health_check_port(6443);
  api_->ResetCalls();
  ApplyUntilReady(spec);
  EXPECT_EQ(api_->writes(), 1);
  EXPECT_EQ(Service("prod-0123abcd-cp-lb-svc").health_check, kept);
  EXPECT_EQ(Service("prod-0123abcd-cp-lb-svc-9345").health_check->target_port,
            6443);
  EXPECT_EQ(Service("prod-0123abcd-cp-lb-svc-9345").health_check->timeout,
            absl::Seconds(3));
}

TEST_F(TakeOverNetworkTest, AnUpdateOfEachChangeableFieldWorks) {
  Take();
  v1::ClusterNetwork spec = OfficialRequest();
  v1::ControlPlaneEndpoint& endpoint = *spec.mutable_control_plane_endpoint();
  endpoint.clear_member_ids();
  endpoint.add_member_ids("cp-2");
  endpoint.mutable_ports()->RemoveLast();
  spec.mutable_security_groups()
      ->mutable_additional(0)
      ->mutable_rules(0)
      ->set_port(2222);
  (*spec.mutable_labels())["team"] = "two";
  const v1::ClusterNetwork network = ApplyUntilReady(spec);
  EXPECT_THAT(network.control_plane_endpoint_status().member_ids(),
              ElementsAre("cp-2"));
  EXPECT_EQ(api_->load_balancers().All()[0].listeners.size(), 1);
  EXPECT_THAT(OursIn(api_->backend_services()),
              ElementsAre("prod-0123abcd-cp-lb-svc"));
  EXPECT_EQ(Group("prod-0123abcd-nodes").rules[0].port, 2222);
  for (const auto& [object, labels] : AllLabels()) {
    if (!cloud::OwnerOf(labels)) continue;
    EXPECT_EQ(cloud::LabelOf(labels, "team"), "two") << object;
    EXPECT_EQ(cloud::LabelOf(labels, "capi_cluster-id"), "c1") << object;
  }
}

TEST_F(TakeOverNetworkTest, APublicIpOfAMachineIsTakenWithIt) {
  const auto labels = AllLabels();
  const char* const id = "PublicIP worker-0-public-ip";
  EXPECT_THAT(Texts(TryAddress(common::v1::TAKE_OVER_ACTION_REPORT)),
              ElementsAre(std::string(id) + ": proven"));
  EXPECT_THAT(Texts(TryAddress(common::v1::TAKE_OVER_ACTION_TAKE)),
              ElementsAre(std::string(id) + ": taken"));
  EXPECT_EQ(api_->writes(), 1);
  v1::PublicIp desired;
  *desired.mutable_owner() = Machine();
  (*desired.mutable_labels())["team"] = "one";
  const auto applied = scope_->ApplyAddress({}, desired);
  ASSERT_TRUE(applied.ok()) << applied.status();
  EXPECT_EQ(applied->id(), "worker-0-public-ip");
  EXPECT_EQ(api_->writes(), 1);
  EXPECT_EQ(Report(), Everything("proven"));
  EXPECT_THAT(Texts(TryAddress(common::v1::TAKE_OVER_ACTION_GIVE_BACK)),
              ElementsAre(std::string(id) + ": given back"));
  EXPECT_EQ(AllLabels(), labels);
}

// Somebody made the address that the machine uses, under a name of its own.
TEST_F(TakeOverNetworkTest, AnExistingPublicIpMayHaveTheMachinesName) {
  const auto report = [&](bool uses_existing) {
    return Texts(
        TryAddress(common::v1::TAKE_OVER_ACTION_REPORT, uses_existing));
  };
  EXPECT_THAT(report(true), ElementsAre("PublicIP worker-0-public-ip: proven"))
      << "by its labels";
  api_->public_ips().Change(
      Id<PublicIp>("worker-0-public-ip"),
      [](PublicIp& address) { address.metadata.labels = {}; });
  EXPECT_THAT(report(true), IsEmpty());
  EXPECT_THAT(report(false),
              ElementsAre("PublicIP worker-0-public-ip: not proven"));
}

TEST_F(TakeOverNetworkTest, APublicIpThatIsMadeLaterHasItsLabelsToo) {
  api_->public_ips().Vanish(Id<PublicIp>("worker-0-public-ip"));
  v1::PublicIp desired;
  *desired.mutable_owner() = Machine();
  ASSERT_TRUE(scope_->ApplyAddress({}, desired).ok());
  const Labels labels = AllLabels().at("PublicIP worker-0-public-ip");
  EXPECT_EQ(cloud::LabelOf(labels, "capi_machine-id"), "m1");
  EXPECT_EQ(cloud::LabelOf(labels, "capi_cluster-id"), "c1");
}

TEST_F(TakeOverNetworkTest, NamesEveryFieldAtFault) {
  const absl::Status network = scope_->TakeOverNetwork({}, {}).status();
  EXPECT_TRUE(absl::IsInvalidArgument(network)) << network;
  EXPECT_EQ(FieldOf(network), "owner.cluster_id");
  const absl::Status address = scope_->TakeOverAddress({}, {}).status();
  EXPECT_TRUE(absl::IsInvalidArgument(address)) << address;
}

// That API has no load balancers, which the official provider needs.
TEST_F(TakeOverNetworkTest, WithAKubeconfigThereAreGroupsAndAddressesAlone) {
  Start(cloud::FakeDialect::kKcp);
  MakeOfficialNetwork(*api_);
  EXPECT_THAT(Report(), ElementsAre("PublicIP prod-0123abcd-cp-lb-ip: proven",
                                    "SecurityGroup prod-0123abcd-nodes: proven",
                                    "SecurityGroup worker-0-web: proven"));
}

}  // namespace
}  // namespace evroc::network
