#include "services/network/delete_network.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/identity/object_name.h"
#include "services/network/spec/part_names.h"
#include "services/network/testing/network_scope_fixture.h"

namespace evroc::network {
namespace {

using cloud::FakeFaults;
using cloud::OwnerLabels;
using cloud::Verb;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const cloud::Owner kCluster = {"c1", "prod", "", ""};

class DeleteNetworkTest : public NetworkScopeFixture {
 protected:
  void SetUp() override {
    Start();
    ApplyUntilReady(Request());
    api_->set_machines([this] { return compute_->virtual_machines().All(); });
  }

  // "Kind id: why" of what remains, or the error.
  std::vector<std::string> Delete() {
    const auto remaining = scope_->DeleteNetwork({}, kCluster);
    if (!remaining.ok()) return {remaining.status().ToString()};
    std::vector<std::string> texts;
    for (const cloud::Remaining& each : *remaining) {
      texts.push_back(absl::StrCat(each.kind, " ", each.id, ": ", each.reason));
    }
    return texts;
  }
  std::vector<std::string> DeleteUntilItWaits() {
    std::vector<std::string> left;
    for (int i = 0; i < 10; ++i) {
      left = Delete();
      api_->Settle();
      Forget();
    }
    return left;
  }
  void PutMachine(const cloud::Labels& labels) {
    cloud::VirtualMachine machine;
    machine.metadata.id = cloud::Id<cloud::VirtualMachine>("theirs");
    machine.metadata.labels = labels;
    machine.subnet = cloud::Id<cloud::Subnet>("net-a");
    compute_->virtual_machines().Put(machine);
  }
  // An object with a name of the cluster's, and without its labels.
  template <typename T>
  cloud::Id<T> PutNamed(cloud::FakeCollection<T>& collection, const char* kind,
                        const char* name) {
    T object;
    object.metadata.id = cloud::Id<T>(cloud::ObjectName(kCluster, kind, name));
    collection.Put(object);
    return object.metadata.id;
  }
  bool HasSubnet() {
    return api_->subnets().Find(cloud::Id<cloud::Subnet>("net-a")).has_value();
  }
};

// Balancers, their routes, services and pools, and public IPs.
TEST_F(DeleteNetworkTest, WhatProgramsMadeIsListedAtTheBeginningAndAtTheEnd) {
  const auto reads_with = [this](const std::string& identifier) {
    SetUp();
    api_->ResetCalls();
    for (int i = 0; i < 20; ++i) {
      const auto left = scope_->DeleteNetwork({}, kCluster, identifier);
      if (!left.ok() || left->empty()) break;
      api_->Settle();
    }
    return api_->reads();
  };
  EXPECT_EQ(reads_with("8a1f1f3e-5f0c-4b7a-9a51-0d4a8f3f2c11"),
            reads_with("") + 2 * 5);
}

// Their names follow from the cluster's: each costs one GET.
TEST_F(DeleteNetworkTest, WhatTheClusterNamesIsNotLookedForAmongEverybodys) {
  api_->ResetCalls();
  const auto remaining = scope_->DeleteNetwork({}, {"c9", "gone", "", ""});
  ASSERT_TRUE(remaining.ok()) << remaining.status();
  EXPECT_TRUE(remaining->empty());
  EXPECT_EQ(api_->load_balancers().faults().calls(Verb::kList), 1);
  EXPECT_EQ(api_->backend_pools().faults().calls(Verb::kList), 1);
  EXPECT_EQ(api_->public_ips().faults().calls(Verb::kList), 1);
}

TEST_F(DeleteNetworkTest, ASubnetThatSomebodysMachineUsesIsLeft) {
  PutMachine({});
  EXPECT_THAT(DeleteUntilItWaits(),
              Contains(testing::AllOf(HasSubstr("Subnet net-a"),
                                      HasSubstr("VirtualMachine theirs"),
                                      HasSubstr("take the labels"))));
  EXPECT_FALSE(api_->subnets().deleting(cloud::Id<cloud::Subnet>("net-a")));
  compute_->virtual_machines().Vanish(
      cloud::Id<cloud::VirtualMachine>("theirs"));
  EXPECT_THAT(DeleteUntilItWaits(), IsEmpty());
  EXPECT_FALSE(HasSubnet());
}

TEST_F(DeleteNetworkTest, ASubnetThatAnotherClustersMachineUsesIsHandedOver) {
  PutMachine(OwnerLabels({"c2", "other", "m2", "worker-0"}));
  EXPECT_THAT(DeleteUntilItWaits(), IsEmpty());
  EXPECT_THAT(OursIn(api_->subnets(), "c2"), ElementsAre("net-a"));
  EXPECT_THAT(OursIn(api_->vpcs(), "c2"), ElementsAre("net"));
}

TEST_F(DeleteNetworkTest, WithoutTheLabelsASubnetIsLeftAndNotWaitedFor) {
  PutMachine({});
  DeleteUntilItWaits();
  api_->subnets().Change(
      cloud::Id<cloud::Subnet>("net-a"),
      [](cloud::Subnet& subnet) { subnet.metadata.labels.clear(); });
  api_->vpcs().Change(cloud::Id<cloud::Vpc>("net"),
                      [](cloud::Vpc& vpc) { vpc.metadata.labels.clear(); });
  Forget();
  EXPECT_THAT(DeleteUntilItWaits(), IsEmpty());
  EXPECT_TRUE(HasSubnet());
}

TEST_F(DeleteNetworkTest, AVpcWithSomebodysSubnetIsLeft) {
  cloud::Subnet subnet;
  subnet.metadata.id = cloud::Id<cloud::Subnet>("theirs");
  subnet.vpc = cloud::Id<cloud::Vpc>("net");
  subnet.zone = "a";
  subnet.ipv4_cidr_block = "10.0.99.0/24";
  api_->subnets().Put(subnet);
  EXPECT_THAT(DeleteUntilItWaits(),
              ElementsAre(testing::AllOf(HasSubstr("VirtualPrivateCloud net"),
                                         HasSubstr("Subnet theirs"))));
  EXPECT_FALSE(api_->vpcs().deleting(cloud::Id<cloud::Vpc>("net")));
}

TEST_F(DeleteNetworkTest, AnAddressThatSomebodyUsesIsLeft) {
  const cloud::LoadBalancer ours = api_->load_balancers().All().at(0);
  cloud::LoadBalancer theirs;
  theirs.metadata.id = cloud::Id<cloud::LoadBalancer>("theirs");
  theirs.public_ip = ours.public_ip;
  api_->load_balancers().Vanish(ours.metadata.id);
  api_->load_balancers().Put(theirs);
  api_->Settle();
  EXPECT_THAT(DeleteUntilItWaits(),
              Contains(testing::AllOf(HasSubstr("PublicIP"),
                                      HasSubstr("release it there"))));
  EXPECT_EQ(api_->public_ips().faults().calls(Verb::kDelete), 0);
}

TEST_F(DeleteNetworkTest, AGroupThatSomebodysMachineHasIsLeft) {
  const cloud::Id<cloud::SecurityGroup> worker =
      RoleGroupId(kCluster, kWorkerRole);
  cloud::VirtualMachine machine;
  machine.metadata.id = cloud::Id<cloud::VirtualMachine>("theirs");
  machine.security_groups = {worker};
  compute_->virtual_machines().Put(machine);
  api_->Settle();
  Forget();
  EXPECT_THAT(DeleteUntilItWaits(),
              Contains(testing::AllOf(HasSubstr(worker.value()),
                                      HasSubstr("VirtualMachine theirs"))));
  EXPECT_FALSE(api_->security_groups().deleting(worker));
}

// A list that leaves it out, as one that is old does, says nothing about it.
TEST_F(DeleteNetworkTest, AGroupThatIsFoundByItsNameIsLeftIfAMachineHasIt) {
  const cloud::Id<cloud::SecurityGroup> worker =
      RoleGroupId(kCluster, kWorkerRole);
  const cloud::SecurityGroup kept = *api_->security_groups().Find(worker);
  api_->security_groups().Vanish(worker);
  DeleteUntilItWaits();
  api_->security_groups().FreezeLists(true);
  api_->security_groups().Put(kept);
  cloud::VirtualMachine machine;
  machine.metadata.id = cloud::Id<cloud::VirtualMachine>("theirs");
  machine.security_groups = {worker};
  compute_->virtual_machines().Put(machine);
  api_->Settle();
  clock_.Advance(absl::Minutes(2));
  api_->ResetCalls();
  EXPECT_THAT(Delete(), Contains(HasSubstr("VirtualMachine theirs")));
  EXPECT_EQ(api_->security_groups().faults().calls(Verb::kDelete), 0);
}

TEST_F(DeleteNetworkTest, OneErrorDoesNotHoldTheOthers) {
  api_->load_balancers().faults().Fail(
      Verb::kDelete, absl::UnavailableError("down"), FakeFaults::kForever);
  EXPECT_THAT(DeleteUntilItWaits(), ElementsAre("UNAVAILABLE: down"));
  EXPECT_THAT(OursIn(api_->security_groups()), IsEmpty());
  EXPECT_TRUE(HasSubnet()) << "the load balancer is in it";
}

// The users of the one can't be listed, those of the other can.
TEST_F(DeleteNetworkTest, AnErrorOfOneSubnetDoesNotHoldTheOther) {
  const std::vector<std::string> failed = {"UNAVAILABLE: down"};
  compute_->virtual_machines().faults().Fail(Verb::kList,
                                             absl::UnavailableError("down"));
  std::vector<std::string> left;
  for (int i = 0; i < 10 && left != failed; ++i) {
    api_->Settle();
    Forget();
    left = Delete();
  }
  ASSERT_EQ(left, failed);
  EXPECT_NE(api_->subnets().deleting(cloud::Id<cloud::Subnet>("net-a")),
            api_->subnets().deleting(cloud::Id<cloud::Subnet>("net-b")));
}

TEST_F(DeleteNetworkTest, AGroupThatLostItsLabelsIsWaitedFor) {
  const cloud::Id<cloud::SecurityGroup> common =
      RoleGroupId(kCluster, kCommonRole);
  api_->security_groups().Change(common, [](cloud::SecurityGroup& group) {
    group.metadata.labels.clear();
    group.vpc = cloud::Id<cloud::Vpc>("default-se-sto");
  });
  Forget();
  EXPECT_THAT(DeleteUntilItWaits(),
              ElementsAre(testing::AllOf(HasSubstr(common.value()),
                                         HasSubstr("but not its labels"))));
}

// Of ports and additional groups the request alone says which names there are,
// and nobody makes it during a deletion.
TEST_F(DeleteNetworkTest, WhatLostItsLabelsIsRecognisedByItsName) {
  const auto route =
      PutNamed<cloud::L4Route>(api_->l4_routes(), "L4Route", "port-9345");
  const auto extra = PutNamed<cloud::SecurityGroup>(
      api_->security_groups(), "SecurityGroup", "additional/extra");
  const auto cut = PutNamed<cloud::SecurityGroup>(
      api_->security_groups(), "SecurityGroup",
      "additional/a-name-of-which-an-id-has-only-the-beginning");
  const auto service = PutNamed<cloud::BackendService>(
      api_->backend_services(), "BackendService", "port-9345");
  // Services go after routes.
  const auto is_left = [](const auto& id) {
    return AllOf(HasSubstr(id.value()), HasSubstr("but not its labels"));
  };
  EXPECT_THAT(DeleteUntilItWaits(),
              testing::UnorderedElementsAre(is_left(route), is_left(extra),
                                            is_left(cut)));
  // They are given to another cluster, or given back.
  const auto give_away = [](auto& object) {
    object.metadata.labels = OwnerLabels({"c2", "other", "", ""});
  };
  api_->security_groups().Change(extra, give_away);
  api_->security_groups().Change(cut, give_away);
  api_->l4_routes().Change(route, [](auto& object) {
    object.metadata.labels = OwnerLabels(kCluster);
  });
  Forget();
  EXPECT_THAT(DeleteUntilItWaits(), ElementsAre(is_left(service)));
  EXPECT_THAT(api_->l4_routes().All(), IsEmpty());
}

// The load balancer was made with another credential.
TEST_F(DeleteNetworkTest, ABalancerThatTheApiDoesNotShowIsWaitedFor) {
  EXPECT_TRUE(scope_->DeleteNetwork({}, kCluster, "", "lb").ok());
  DeleteUntilItWaits();
  EXPECT_TRUE(scope_->DeleteNetwork({}, kCluster, "", "lb")->empty())
      << "it was looked for";
  Start(cloud::FakeDialect::kKcp);
  v1::ClusterNetwork request = Request();
  request.mutable_control_plane_endpoint()->set_type(
      v1::ControlPlaneEndpoint::TYPE_PUBLIC_IP);
  Apply(request);
  api_->Settle();
  absl::StatusOr<std::vector<cloud::Remaining>> left;
  for (int i = 0; i < 10; ++i) {
    left = scope_->DeleteNetwork({}, kCluster, "", "lb");
    ASSERT_TRUE(left.ok()) << left.status();
    api_->Settle();
    Forget();
  }
  ASSERT_FALSE(left->empty());
  EXPECT_EQ(left->front().kind, "LoadBalancer");
  EXPECT_EQ(left->front().id, "lb");
  EXPECT_THAT(left->front().reason, HasSubstr("REST API"));
  EXPECT_THAT(OursIn(api_->security_groups()), IsEmpty());
  EXPECT_THAT(OursIn(api_->public_ips()), testing::SizeIs(1));
  EXPECT_THAT(OursIn(api_->vpcs()), ElementsAre("net"));
}

TEST_F(DeleteNetworkTest, NamesFollowFromTheIdsAlone) {
  EXPECT_THAT(DeleteUntilItWaits(), IsEmpty());
  const auto balancer = PutNamed<cloud::LoadBalancer>(
      api_->load_balancers(), "LoadBalancer", kEndpointRole);
  const auto worker = PutNamed<cloud::SecurityGroup>(
      api_->security_groups(), "SecurityGroup", kWorkerRole);
  const auto remaining = scope_->DeleteNetwork({}, {.cluster_id = "c1"});
  ASSERT_TRUE(remaining.ok()) << remaining.status();
  std::vector<std::string> left;
  for (const auto& each : *remaining) left.push_back(each.id);
  EXPECT_THAT(left, ElementsAre(balancer.value(), worker.value()));
  EXPECT_TRUE(scope_->DeleteNetwork({}, {.cluster_id = "c3"})->empty())
      << "they are nobody else's";
}

TEST_F(DeleteNetworkTest, AListThatIsStaleDoesNotEndIt) {
  const cloud::Id<cloud::PublicIp> address = EndpointIdsOf(kCluster).address;
  const cloud::PublicIp kept = *api_->public_ips().Find(address);
  api_->public_ips().Vanish(address);
  api_->public_ips().FreezeLists(true);
  DeleteUntilItWaits();
  cloud::PublicIp again = kept;
  again.status.used_by.clear();
  api_->public_ips().Put(again);
  clock_.Advance(absl::Minutes(2));
  EXPECT_THAT(Delete(), ElementsAre(HasSubstr("deletion is under way")));
}

TEST_F(DeleteNetworkTest, AMachinesAddressThatSomebodyUsesIsLeft) {
  const cloud::Owner machine = {"c1", "prod", "m1", "worker-0"};
  cloud::PublicIp address;
  address.metadata.id = MachineAddressId(machine);
  address.metadata.labels = cloud::OwnerLabels(machine);
  api_->public_ips().Put(address);
  cloud::VirtualMachine theirs;
  theirs.metadata.id = cloud::Id<cloud::VirtualMachine>("theirs");
  theirs.public_ip = address.metadata.id;
  compute_->virtual_machines().Put(theirs);
  api_->Settle();
  const auto remaining = scope_->DeleteAddress({}, machine);
  ASSERT_TRUE(remaining.ok()) << remaining.status();
  ASSERT_EQ(remaining->size(), 1);
  EXPECT_THAT(remaining->front().reason, HasSubstr("release it there"));
  EXPECT_EQ(api_->public_ips().faults().calls(Verb::kDelete), 0);
}

TEST_F(DeleteNetworkTest, AMachinesAddressThatLostItsLabelsIsWaitedFor) {
  const cloud::Owner machine = {"c1", "prod", "m1", "worker-0"};
  cloud::PublicIp address;
  address.metadata.id = MachineAddressId(machine);
  api_->public_ips().Put(address);
  const auto remaining = scope_->DeleteAddress({}, machine);
  ASSERT_TRUE(remaining.ok()) << remaining.status();
  ASSERT_EQ(remaining->size(), 1);
  EXPECT_THAT(remaining->front().reason, HasSubstr("but not its labels"));
  EXPECT_EQ(scope_->DeleteAddress({}, {.cluster_id = "c1", .machine_id = "m1"})
                ->size(),
            1U)
      << "its name follows from the ids";
  EXPECT_TRUE(
      scope_->DeleteAddress({}, {.cluster_id = "c1", .machine_id = "m2"})
          ->empty());
}

}  // namespace
}  // namespace evroc::network
