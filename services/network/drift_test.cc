// What happens when somebody else changes a cluster's network in the cloud: the
// rows of docs/drift.md.

#include <functional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evroc/api/spec.h"
#include "services/identity/owner_labels.h"
#include "services/network/testing/network_scope_fixture.h"
#include "services/watch/testing/feed_reader.h"

namespace evroc::network {
namespace {

using cloud::BackendPool;
using cloud::BackendService;
using cloud::FakeCollection;
using cloud::L4Route;
using cloud::LoadBalancer;
using cloud::PublicIp;
using cloud::SecurityGroup;
using cloud::SecurityRule;
using cloud::SpecOf;
using testing::ElementsAre;
using testing::SizeIs;

constexpr char kGood[] = "Available";
constexpr char kBalancerUpdating[] =
    "Updating: the load balancer is not as requested yet";

// What the services have written.
using Written = std::tuple<std::vector<cloud::Vpc>, std::vector<cloud::Subnet>,
                           std::vector<SecurityGroup>, std::vector<PublicIp>,
                           std::vector<LoadBalancer>, std::vector<BackendPool>,
                           std::vector<BackendService>, std::vector<L4Route>>;

// The network of a cluster with two backends, and everything of it ready.
class NetworkDriftTest : public NetworkScopeFixture {
 protected:
  NetworkDriftTest() {
    Start();
    spec_ = Request();
    (*spec_.mutable_labels())["team"] = "one";
    spec_.mutable_control_plane_endpoint()->add_member_ids("m1");
    spec_.mutable_control_plane_endpoint()->add_member_ids("m2");
  }
  void SetUp() override {
    ApplyUntilReady(spec_);
    ids_ = {Only(api_->public_ips()), Only(api_->load_balancers()),
            Only(api_->backend_pools()), Only(api_->backend_services()),
            Only(api_->l4_routes())};
    Forget();
    requested_ = Observe();
  }

  // The only object of the cluster in that collection.
  template <typename T>
  Id<T> Only(FakeCollection<T>& collection) {
    const std::vector<std::string> ours = OursIn(collection);
    EXPECT_THAT(ours, SizeIs(1));
    return ours.empty() ? Id<T>() : Id<T>(ours[0]);
  }
  template <typename T>
  Id<T> id() const {
    return std::get<Id<T>>(ids_);
  }
  Id<SecurityGroup> WorkerGroup() {
    return Id<SecurityGroup>(Described().security_group_ids().worker(0));
  }

  template <typename T>
  static std::vector<T> SpecsOf(const FakeCollection<T>& collection) {
    std::vector<T> specs;
    for (const T& each : collection.All()) specs.push_back(SpecOf(each));
    return specs;
  }
  Written Observe() {
    return {SpecsOf(api_->vpcs()),
            SpecsOf(api_->subnets()),
            SpecsOf(api_->security_groups()),
            SpecsOf(api_->public_ips()),
            SpecsOf(api_->load_balancers()),
            SpecsOf(api_->backend_pools()),
            SpecsOf(api_->backend_services()),
            SpecsOf(api_->l4_routes())};
  }

  template <typename T, typename Change>
  void Edit(FakeCollection<T>& collection, const Id<T>& id, Change change) {
    collection.Change(id, change);
    api_->Settle();
    Forget();
  }
  template <typename T>
  void Vanish(FakeCollection<T>& collection, const Id<T>& id) {
    ASSERT_TRUE(collection.Find(id).has_value());
    collection.Vanish(id);
    api_->Settle();
    Forget();
  }
  template <typename T>
  void Disown(FakeCollection<T>& collection, const Id<T>& id) {
    Edit(collection, id, [](T& object) {
      object.metadata.labels.erase(cloud::kClusterIdLabel);
    });
  }

  v1::ClusterNetwork Described() {
    return scope_->GetNetwork({}, "c1").value_or(v1::ClusterNetwork());
  }
  // "reason: message" of the condition, as a client that only looks sees it.
  std::string Told(const std::string& type) {
    const v1::ClusterNetwork network = Described();
    const common::v1::Condition* condition = ConditionOf(network, type);
    if (condition == nullptr) return "absent";
    return condition->message().empty()
               ? condition->reason()
               : absl::StrCat(condition->reason(), ": ", condition->message());
  }

  // The next Apply makes everything as requested, in that number of writes.
  void ExpectRepaired(int writes = 1) {
    api_->ResetCalls();
    Apply(spec_);
    EXPECT_EQ(api_->writes(), writes);
    ExpectSettled();
    EXPECT_EQ(api_->writes(), writes) << "again";
    EXPECT_TRUE(Observe() == requested_);
  }
  void ExpectSettled() {
    api_->Settle();
    Forget();
    EXPECT_EQ(Apply(spec_).state(), v1::ClusterNetwork::STATE_READY)
        << Described().DebugString();
  }
  // The labels of the object are told in that condition and repaired.
  template <typename T>
  void ExpectLabelsRepaired(FakeCollection<T>& collection, const Id<T>& id,
                            const std::string& condition,
                            const std::string& told) {
    for (const char* key :
         {"team", cloud::kClusterNameLabel, cloud::kPartLabel, "mine"}) {
      const bool additional =
          !collection.Find(id)->metadata.labels.contains(key);
      Edit(collection, id,
           [&](T& object) { object.metadata.labels[key] = "other"; });
      // An additional one goes with the next Apply, and is no reason for it.
      EXPECT_EQ(Told(condition), additional ? "Available" : told) << key;
      EXPECT_EQ(Described().state(), v1::ClusterNetwork::STATE_READY);
      ExpectRepaired();
    }
  }
  // Apply refuses to take the object, and changes nothing.
  template <typename T>
  void ExpectNameTaken(FakeCollection<T>& collection, const Id<T>& id) {
    Disown(collection, id);
    const Written before = Observe();
    api_->ResetCalls();
    const absl::Status refused = Refused(spec_);
    EXPECT_EQ(DetailsOf(refused).reason, "NAME_TAKEN") << refused;
    EXPECT_TRUE(absl::StrContains(refused.message(), id.value())) << refused;
    EXPECT_EQ(api_->writes(), 0);
    EXPECT_TRUE(Observe() == before);
  }
  void ExpectLeft() {
    const Written before = Observe();
    api_->ResetCalls();
    Apply(spec_);
    EXPECT_EQ(api_->writes(), 0);
    EXPECT_TRUE(Observe() == before);
  }

  v1::ClusterNetwork spec_;
  std::tuple<Id<PublicIp>, Id<LoadBalancer>, Id<BackendPool>,
             Id<BackendService>, Id<L4Route>>
      ids_;
  Written requested_;
};

// --- VirtualPrivateCloud and Subnet.

const Id<cloud::Vpc>& Net() {
  static const auto* const id = new Id<cloud::Vpc>("net");
  return *id;
}
const Id<cloud::Subnet>& NetA() {
  static const auto* const id = new Id<cloud::Subnet>("net-a");
  return *id;
}

TEST_F(NetworkDriftTest, LabelsOfTheVpcAreRepaired) {
  ExpectLabelsRepaired(api_->vpcs(), Net(), "VPCReady",
                       "Updating: net is not as requested yet");
}

TEST_F(NetworkDriftTest, BlocksThatWereAddedToTheVpcAreLeft) {
  spec_.mutable_vpc()->add_ipv4_cidr_blocks("10.0.0.0/16");
  Edit(api_->vpcs(), Net(), [](cloud::Vpc& vpc) {
    vpc.ipv4_cidr_blocks.emplace_back("192.168.0.0/16");
  });
  EXPECT_EQ(Told("VPCReady"), kGood);
  ExpectLeft();
  Edit(api_->vpcs(), Net(),
       [](cloud::Vpc& vpc) { vpc.ipv4_cidr_blocks = {"192.168.0.0/16"}; });
  EXPECT_EQ(FieldOf(Refused(spec_)), "cluster_network.vpc.ipv4_cidr_blocks");
}

TEST_F(NetworkDriftTest, AVpcWithoutOurLabelsIsUsedAndNotOursAnyMore) {
  Disown(api_->vpcs(), Net());
  EXPECT_EQ(Told("VPCReady"), kGood);
  ExpectLeft();
  DeleteAll();
  EXPECT_TRUE(api_->vpcs().Find(Net()).has_value());
}

TEST_F(NetworkDriftTest, ADeletedVpcIsMadeAgain) {
  Vanish(api_->vpcs(), Net());
  EXPECT_EQ(Told("VPCReady"), "Creating: the VPC does not exist yet");
  ExpectRepaired();
}

TEST_F(NetworkDriftTest, LabelsOfASubnetAreRepaired) {
  ExpectLabelsRepaired(api_->subnets(), NetA(), "SubnetsReady",
                       "Updating: net-a is not as requested yet");
}

TEST_F(NetworkDriftTest, ASubnetWithoutOurLabelsIsUsedAndNotOursAnyMore) {
  Disown(api_->subnets(), NetA());
  EXPECT_EQ(Told("SubnetsReady"), kGood);
  EXPECT_FALSE(Described().subnet_statuses(0).owned());
  EXPECT_TRUE(Described().subnet_statuses(1).owned());
  ExpectLeft();
  // The VPC would wait for it.
  Disown(api_->vpcs(), Net());
  DeleteAll();
  EXPECT_TRUE(api_->subnets().Find(NetA()).has_value());
}

TEST_F(NetworkDriftTest, ADeletedSubnetIsMadeAgain) {
  Vanish(api_->subnets(), NetA());
  EXPECT_EQ(Told("SubnetsReady"), "Creating: subnet net-a does not exist yet");
  ASSERT_EQ(Described().failure_domains_size(), 1);
  ExpectRepaired();
}

// --- SecurityGroup.

TEST_F(NetworkDriftTest, RulesAreRepaired) {
  const Id<SecurityGroup> worker = WorkerGroup();
  const std::function<void(SecurityGroup&)> changes[] = {
      [](SecurityGroup& group) { group.rules.pop_back(); },
      [](SecurityGroup& group) { group.rules.clear(); },
      [](SecurityGroup& group) {
        group.rules.push_back(
            SecurityRule{.name = "mine", .remote = {.cidr = "0.0.0.0/0"}});
      },
      [](SecurityGroup& group) { group.rules[0].port = 22; },
      [](SecurityGroup& group) {
        group.rules[0].remote = {.cidr = "192.0.2.0/24"};
      }};
  for (const auto& change : changes) {
    Edit(api_->security_groups(), worker, change);
    EXPECT_EQ(
        Told("SecurityGroupsReady"),
        absl::StrCat("Updating: ", worker.value(), " is not as requested yet"));
    ExpectRepaired();
  }
}

TEST_F(NetworkDriftTest, LabelsOfAGroupAreRepaired) {
  const Id<SecurityGroup> worker = WorkerGroup();
  ExpectLabelsRepaired(
      api_->security_groups(), worker, "SecurityGroupsReady",
      absl::StrCat("Updating: ", worker.value(), " is not as requested yet"));
}

TEST_F(NetworkDriftTest, AGroupWithoutOurLabelsIsNotOursAnyMore) {
  Disown(api_->security_groups(), WorkerGroup());
  const Written before = Observe();
  api_->ResetCalls();
  const v1::ClusterNetwork network = Apply(spec_);
  const auto* groups = ConditionOf(network, "SecurityGroupsReady");
  EXPECT_EQ(groups->reason(), "Blocked");
  EXPECT_TRUE(absl::StrContains(groups->message(), WorkerGroup().value()));
  EXPECT_EQ(network.state(), v1::ClusterNetwork::STATE_PROVISIONING);
  EXPECT_THAT(network.security_group_ids().worker(),
              ElementsAre(WorkerGroup().value()))
      << "machines stay in it";
  EXPECT_EQ(Told("SecurityGroupsReady"),
            absl::StrCat("Blocked: ", groups->message()));
  EXPECT_EQ(api_->writes(), 0);
  EXPECT_TRUE(Observe() == before);
}

// Or nobody could join or leave the control plane.
TEST_F(NetworkDriftTest, AGroupThatIsNotOursDoesNotHoldUpTheEndpoint) {
  Disown(api_->security_groups(), WorkerGroup());
  spec_.mutable_control_plane_endpoint()->add_member_ids("m3");
  Apply(spec_);
  EXPECT_THAT(api_->backend_pools().Find(id<BackendPool>())->backends,
              SizeIs(3));
}

TEST_F(NetworkDriftTest, ADeletedGroupIsMadeAgain) {
  Vanish(api_->security_groups(), WorkerGroup());
  EXPECT_EQ(Told("SecurityGroupsReady"),
            "Creating: the group for worker does not exist yet");
  EXPECT_EQ(Described().security_group_ids().worker_size(), 0);
  ExpectRepaired();
}

// --- PublicIP of the endpoint.

TEST_F(NetworkDriftTest, LabelsOfTheEndpointsPublicIpAreRepaired) {
  ExpectLabelsRepaired(api_->public_ips(), id<PublicIp>(),
                       "ControlPlaneEndpointReady",
                       absl::StrCat("Updating: ", id<PublicIp>().value(),
                                    " is not as requested yet"));
}

TEST_F(NetworkDriftTest, APublicIpWithoutOurLabelsIsNotOursAnyMore) {
  ExpectNameTaken(api_->public_ips(), id<PublicIp>());
}

TEST_F(NetworkDriftTest, ADeletedPublicIpIsMadeAgainWithAnotherAddress) {
  const std::string host = Described().control_plane_endpoint_status().host();
  Vanish(api_->public_ips(), id<PublicIp>());
  EXPECT_EQ(Told("ControlPlaneEndpointReady"),
            "Creating: the public IP does not exist yet");
  EXPECT_EQ(Described().control_plane_endpoint_status().host(), "");
  ExpectRepaired();
  EXPECT_NE(Described().control_plane_endpoint_status().host(), host);
}

TEST_F(NetworkDriftTest, APublicIpThatSomethingElseTookIsTold) {
  LoadBalancer theirs;
  theirs.metadata.id = Id<LoadBalancer>("theirs");
  theirs.public_ip = id<PublicIp>();
  api_->load_balancers().Put(theirs);
  Edit(api_->load_balancers(), id<LoadBalancer>(),
       [](LoadBalancer& balancer) { balancer.public_ip = {}; });
  EXPECT_EQ(Told("ControlPlaneEndpointReady"), kBalancerUpdating);
  // Requested again, and not given while the other one has it.
  Apply(spec_);
  api_->Settle();
  Forget();
  EXPECT_EQ(api_->load_balancers().Find(id<LoadBalancer>())->public_ip,
            id<PublicIp>());
  EXPECT_EQ(Told("ControlPlaneEndpointReady"),
            absl::StrCat("InUse: public IP ", id<PublicIp>().value(),
                         " is used by /loadbalancer/projects/p/regions/se-sto/"
                         "loadBalancers/theirs"));
  EXPECT_EQ(Described().state(), v1::ClusterNetwork::STATE_PROVISIONING);
  Vanish(api_->load_balancers(), Id<LoadBalancer>("theirs"));
  ExpectRepaired(0);
}

TEST_F(NetworkDriftTest, AnAddressThatABalancerTookFromTheMachineIsTold) {
  v1::ClusterNetwork spec = Request("c2");
  spec.mutable_control_plane_endpoint()->set_type(
      v1::ControlPlaneEndpoint::TYPE_PUBLIC_IP);
  const std::string ip =
      ApplyUntilReady(spec).control_plane_endpoint_status().public_ip_id();
  LoadBalancer theirs;
  theirs.metadata.id = Id<LoadBalancer>("theirs");
  theirs.public_ip = Id<PublicIp>(ip);
  api_->load_balancers().Put(theirs);
  api_->Settle();
  Forget();
  const v1::ClusterNetwork network = Apply(spec);
  EXPECT_EQ(ConditionOf(network, "ControlPlaneEndpointReady")->reason(),
            "InUse");
}

// --- PublicIP of a machine.

v1::PublicIp AddressOfWorker() {
  v1::PublicIp address;
  address.mutable_owner()->set_cluster_id("c1");
  address.mutable_owner()->set_cluster_name("prod");
  address.mutable_owner()->set_machine_id("m1");
  address.mutable_owner()->set_machine_name("worker-0");
  (*address.mutable_labels())["team"] = "one";
  return address;
}

TEST_F(NetworkDriftTest, ADeletedPublicIpOfAMachineIsMadeAgain) {
  const auto made = scope_->ApplyAddress({}, AddressOfWorker());
  ASSERT_TRUE(made.ok()) << made.status();
  api_->public_ips().Vanish(Id<PublicIp>(made->id()));
  Forget();
  EXPECT_TRUE(absl::IsNotFound(scope_->GetAddress({}, {"c1", "m1"}).status()));
  api_->ResetCalls();
  const auto again = scope_->ApplyAddress({}, AddressOfWorker());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(api_->writes(), 1);
  EXPECT_EQ(again->id(), made->id());
}

TEST_F(NetworkDriftTest, LabelsOfAMachinesPublicIpAreRepaired) {
  const v1::PublicIp address = AddressOfWorker();
  const auto made = scope_->ApplyAddress({}, address);
  ASSERT_TRUE(made.ok()) << made.status();
  const Id<PublicIp> id(made->id());
  Edit(api_->public_ips(), id,
       [](PublicIp& object) { object.metadata.labels["team"] = "two"; });
  EXPECT_EQ(scope_->GetAddress({}, {"c1", "m1"})->labels().at("team"), "two");
  api_->ResetCalls();
  ASSERT_TRUE(scope_->ApplyAddress({}, address).ok());
  EXPECT_EQ(api_->writes(), 1);
  EXPECT_EQ(
      cloud::LabelOf(api_->public_ips().Find(id)->metadata.labels, "team"),
      "one");
  Edit(api_->public_ips(), id,
       [](PublicIp& object) { object.metadata.labels.clear(); });
  const absl::Status refused = scope_->ApplyAddress({}, address).status();
  EXPECT_EQ(DetailsOf(refused).reason, "NAME_TAKEN") << refused;
}

// --- The parts of the load balancer.

TEST_F(NetworkDriftTest, BackendsAreRepaired) {
  const std::vector<std::vector<const char*>> changes = {
      {}, {"m1"}, {"m1", "m2", "theirs"}};
  for (const auto& backends : changes) {
    Edit(api_->backend_pools(), id<BackendPool>(), [&](BackendPool& pool) {
      pool.backends.clear();
      for (const char* each : backends) pool.backends.emplace_back(each);
    });
    EXPECT_EQ(Told("ControlPlaneEndpointReady"), kBalancerUpdating);
    EXPECT_EQ(Described().control_plane_endpoint_status().member_ids_size(),
              backends.size());
    ExpectRepaired();
  }
}

TEST_F(NetworkDriftTest, ABackendServiceIsRepaired) {
  const std::function<void(BackendService&)> changes[] = {
      [](BackendService& service) { service.port = 443; },
      [](BackendService& service) {
        service.ip_protocol = cloud::IpProtocol::kIpv6;
      },
      [](BackendService& service) { service.pool = {}; },
      [](BackendService& service) { service.proxy_protocol = true; },
      [](BackendService& service) { service.health_check.reset(); },
      [](BackendService& service) {
        service.health_check->interval = absl::Minutes(5);
      },
      [](BackendService& service) {
        service.health_check->timeout = absl::Minutes(5);
      },
      [](BackendService& service) { service.health_check->target_port = 22; },
      [](BackendService& service) {
        service.health_check->healthy_threshold = 9;
      },
      [](BackendService& service) {
        service.health_check->unhealthy_threshold = 9;
      },
      [](BackendService& service) {
        service.health_check->probe = BackendService::HealthCheck::Probe::kHttp;
      }};
  for (const auto& change : changes) {
    Edit(api_->backend_services(), id<BackendService>(), change);
    EXPECT_EQ(Told("ControlPlaneEndpointReady"), kBalancerUpdating);
    ExpectRepaired();
  }
}

TEST_F(NetworkDriftTest, ARouteIsRepaired) {
  BackendService theirs;
  theirs.metadata.id = Id<BackendService>("theirs");
  theirs.status.conditions = {
      {.type = "Ready", .status = cloud::ConditionStatus::kTrue}};
  api_->backend_services().Put(theirs);
  requested_ = Observe();
  Edit(api_->l4_routes(), id<L4Route>(), [](L4Route& route) {
    route.default_service = Id<BackendService>("theirs");
  });
  EXPECT_EQ(Told("ControlPlaneEndpointReady"),
            "Repairing: port 6443 leads nowhere");
  ExpectRepaired();
}

TEST_F(NetworkDriftTest, ListenersAreRepaired) {
  const std::function<void(LoadBalancer&)> changes[] = {
      [](LoadBalancer& balancer) { balancer.listeners.clear(); },
      [](LoadBalancer& balancer) { balancer.listeners[0].port = 443; },
      [](LoadBalancer& balancer) { balancer.listeners[0].name = "mine"; },
      [](LoadBalancer& balancer) { balancer.listeners[0].routes.clear(); },
      [](LoadBalancer& balancer) {
        balancer.listeners.push_back({"mine", 22, {}});
      }};
  for (const auto& change : changes) {
    Edit(api_->load_balancers(), id<LoadBalancer>(), change);
    EXPECT_EQ(Told("ControlPlaneEndpointReady"), kBalancerUpdating);
    ExpectRepaired();
  }
}

TEST_F(NetworkDriftTest, ThePublicIpOfTheBalancerIsRepaired) {
  PublicIp other;
  other.metadata.id = Id<PublicIp>("other");
  api_->public_ips().Put(other);
  requested_ = Observe();
  Edit(api_->load_balancers(), id<LoadBalancer>(), [](LoadBalancer& balancer) {
    balancer.public_ip = Id<PublicIp>("other");
  });
  EXPECT_EQ(Told("ControlPlaneEndpointReady"), kBalancerUpdating);
  ExpectRepaired();
  Restart();
  Edit(api_->load_balancers(), id<LoadBalancer>(), [](LoadBalancer& balancer) {
    balancer.public_ip = Id<PublicIp>("other");
  });
  ExpectRepaired();
}

// It may as well be a change of the request, which can't be carried out.
TEST_F(NetworkDriftTest, AnotherPublicIpThanTheExistingOneIsLeftAndTold) {
  for (const char* name : {"mine", "other"}) {
    PublicIp address;
    address.metadata.id = Id<PublicIp>(name);
    api_->public_ips().Put(address);
  }
  api_->Settle();
  v1::ClusterNetwork spec = Request("c2");
  spec.mutable_control_plane_endpoint()->set_existing_public_ip_id("mine");
  const v1::ClusterNetwork network = ApplyUntilReady(spec);
  const Id<LoadBalancer> balancer(
      network.control_plane_endpoint_status().load_balancer_id());
  Edit(api_->load_balancers(), balancer,
       [](LoadBalancer& each) { each.public_ip = Id<PublicIp>("other"); });
  const absl::Status refused = Refused(spec);
  EXPECT_EQ(FieldOf(refused),
            "cluster_network.control_plane_endpoint.existing_public_ip_id");
  EXPECT_TRUE(absl::StrContains(refused.message(), "has public IP other"))
      << refused;
  const auto described = scope_->GetNetwork({}, "c2");
  EXPECT_EQ(ConditionOf(*described, "ControlPlaneEndpointReady")->reason(),
            "Updating");
  EXPECT_EQ(api_->load_balancers().Find(balancer)->public_ip.value(), "other");
}

TEST_F(NetworkDriftTest, LabelsOfTheBalancersPartsAreRepaired) {
  const auto check = [&](auto& collection, const auto& id) {
    ExpectLabelsRepaired(collection, id, "ControlPlaneEndpointReady",
                         kBalancerUpdating);
  };
  check(api_->load_balancers(), id<LoadBalancer>());
  check(api_->backend_pools(), id<BackendPool>());
  check(api_->backend_services(), id<BackendService>());
  check(api_->l4_routes(), id<L4Route>());
}

TEST_F(NetworkDriftTest, ABalancerWithoutOurLabelsIsNotOursAnyMore) {
  ExpectNameTaken(api_->load_balancers(), id<LoadBalancer>());
}

TEST_F(NetworkDriftTest, APoolWithoutOurLabelsIsNotOursAnyMore) {
  ExpectNameTaken(api_->backend_pools(), id<BackendPool>());
}

TEST_F(NetworkDriftTest, AServiceWithoutOurLabelsIsNotOursAnyMore) {
  ExpectNameTaken(api_->backend_services(), id<BackendService>());
}

TEST_F(NetworkDriftTest, ARouteWithoutOurLabelsIsNotOursAnyMore) {
  ExpectNameTaken(api_->l4_routes(), id<L4Route>());
}

TEST_F(NetworkDriftTest, DeletedPartsOfTheBalancerAreMadeAgain) {
  Vanish(api_->load_balancers(), id<LoadBalancer>());
  EXPECT_EQ(Told("ControlPlaneEndpointReady"),
            "Creating: the load balancer does not exist yet");
  EXPECT_EQ(Described().control_plane_endpoint_status().load_balancer_id(), "");
  ExpectRepaired();
  Vanish(api_->backend_pools(), id<BackendPool>());
  EXPECT_EQ(Told("ControlPlaneEndpointReady"), kBalancerUpdating);
  EXPECT_EQ(Described().control_plane_endpoint_status().member_ids_size(), 0);
  ExpectRepaired();
  Vanish(api_->backend_services(), id<BackendService>());
  EXPECT_EQ(Told("ControlPlaneEndpointReady"),
            "Repairing: port 6443 leads nowhere");
  ExpectRepaired();
  Vanish(api_->l4_routes(), id<L4Route>());
  EXPECT_EQ(Told("ControlPlaneEndpointReady"),
            "Repairing: port 6443 leads nowhere");
  ExpectRepaired();
}

// --- What the cluster only uses.

TEST_F(NetworkDriftTest, ExistingNetworksAreFollowedAndNeverChanged) {
  const Id<cloud::Vpc> vpc("default-se-sto");
  const Id<cloud::Subnet> subnet("default-se-sto-a");
  spec_ = Request("c2");
  spec_.mutable_vpc()->set_name(vpc.value());
  spec_.mutable_vpc()->set_existing(true);
  spec_.clear_subnets();
  spec_.add_subnets()->set_name(subnet.value());
  spec_.mutable_subnets(0)->set_existing(true);
  ApplyUntilReady(spec_);
  const auto relabel = [](auto& object) { object.metadata.labels["a"] = "b"; };
  Edit(api_->vpcs(), vpc, relabel);
  Edit(api_->subnets(), subnet, relabel);
  ExpectLeft();
  const auto told = [&](const std::string& type) {
    return ConditionOf(Apply(spec_), type)->reason();
  };
  api_->ResetCalls();
  Vanish(api_->subnets(), subnet);
  EXPECT_EQ(told("SubnetsReady"), "SubnetNotFound");
  Vanish(api_->vpcs(), vpc);
  EXPECT_EQ(told("VPCReady"), "VPCNotFound");
  EXPECT_EQ(api_->writes(), 0);
}

TEST_F(NetworkDriftTest, AnExistingPublicIpIsFollowedAndNeverChanged) {
  PublicIp mine;
  mine.metadata.id = Id<PublicIp>("mine");
  api_->public_ips().Put(mine);
  api_->Settle();
  spec_ = Request("c2");
  spec_.mutable_control_plane_endpoint()->set_existing_public_ip_id("mine");
  ApplyUntilReady(spec_);
  Edit(api_->public_ips(), mine.metadata.id,
       [](PublicIp& object) { object.metadata.labels["a"] = "b"; });
  ExpectLeft();
  Vanish(api_->public_ips(), mine.metadata.id);
  const v1::ClusterNetwork network = Apply(spec_);
  EXPECT_EQ(ConditionOf(network, "ControlPlaneEndpointReady")->reason(),
            "PublicIPNotFound");
  EXPECT_EQ(network.control_plane_endpoint_status().host(), "");
}

// --- While watched, a difference is a change, so that the caller applies
// again.

TEST_F(NetworkDriftTest, TheWatchTellsADifference) {
  cloud::FeedReader watch(scope_->feed());
  ASSERT_TRUE(watch.AwaitSynced().ok());
  const auto next_reason = [&](const std::string& type) {
    cloud::ChangeLog::Event event;
    v1::WatchResponse told;
    EXPECT_TRUE(watch.NextInTime(clock_, &event).ok());
    EXPECT_TRUE(told.ParseFromString(*event.resource));
    return ConditionOf(told.cluster_network(), type)->reason();
  };
  const std::pair<std::string, std::function<void()>> changes[] = {
      {"VPCReady",
       [&] {
         api_->vpcs().Change(Net(), [](cloud::Vpc& vpc) {
           vpc.metadata.labels["team"] = "two";
         });
       }},
      {"ControlPlaneEndpointReady", [&] {
         api_->backend_services().Change(
             id<BackendService>(),
             [](BackendService& service) { service.proxy_protocol = true; });
       }}};
  for (const auto& [type, change] : changes) {
    change();
    EXPECT_EQ(next_reason(type), "Updating");
    Apply(spec_);
    EXPECT_EQ(next_reason(type), "Available");
  }
}

}  // namespace
}  // namespace evroc::network
