#include "shim/reconcile/triggers.h"

#include <optional>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using Vm = compute::v1::VirtualMachine;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;

OwnerReference Owner(const std::string& kind, const std::string& name) {
  return {
      .group = std::string(kCoreGroup), .kind = kind, .name = name, .uid = "u"};
}

class TriggersTest : public ::testing::Test {
 protected:
  TriggersTest()
      : triggers_(stores_, {.cluster = Note("cluster"),
                            .machine = Note("machine"),
                            .machine_template = Note("template")}) {
    ClusterObject cluster;
    cluster.meta.key = {"ns", "c"};
    stores_.clusters.Upsert(cluster);
    EvrocClusterObject evroc;
    evroc.meta.key = {"ns", "ec"};
    evroc.meta.owners = {Owner("Cluster", "c")};
    evroc.meta.annotations = {{std::string(kOwnerIdAnnotation), "cid"}};
    stores_.evroc_clusters.Upsert(evroc);
    MachineTemplateObject each;
    each.meta.key = {"ns", "t"};
    each.meta.owners = {Owner("Cluster", "c")};
    stores_.templates.Upsert(each);
    AddMachine("cp1", true);
    AddMachine("cp2", true);
    AddMachine("w1", false);
    Take();
  }

  Enqueue Note(const std::string& kind) {
    return [this, kind](const ObjectKey& key, Turn turn) {
      const std::string when = turn == Turn::kFirst  ? "first "
                               : turn == Turn::kLast ? "last "
                                                     : "";
      enqueued_.insert(when + kind + " " + key.name.str());
    };
  }

  std::set<std::string> Take() { return std::exchange(enqueued_, {}); }

  MachineObject Machine(const std::string& name, bool control_plane) {
    MachineObject machine;
    machine.meta.key = {"ns", name};
    machine.meta.control_plane = control_plane;
    machine.cluster_name = "c";
    machine.infrastructure_kind = "EvrocMachine";
    machine.infrastructure_name = "e-" + name;
    return machine;
  }

  EvrocMachineObject EvrocMachine(const std::string& name, bool control_plane) {
    EvrocMachineObject evroc;
    evroc.meta.key = {"ns", "e-" + name};
    evroc.meta.cluster_name = "c";
    evroc.meta.control_plane = control_plane;
    evroc.meta.owners = {Owner("Machine", name)};
    evroc.meta.annotations = {{std::string(kOwnerIdAnnotation), "id-" + name}};
    return evroc;
  }

  // As they are when nothing is to be done.
  template <typename Object>
  static Object AtRest(Object object) {
    object.meta.generation = 2;
    object.status.provisioned = true;
    object.status.observed_generation = 2;
    object.status.conditions.Set("Ready", ConditionStatus::kTrue, "Ready", "",
                                 2, absl::UnixEpoch());
    return object;
  }

  void AddMachine(const std::string& name, bool control_plane) {
    stores_.machines.Upsert(Machine(name, control_plane));
    stores_.evroc_machines.Upsert(EvrocMachine(name, control_plane));
  }

  Stores stores_;
  std::set<std::string> enqueued_;
  Triggers triggers_;
};

TEST_F(TriggersTest, PA03TheEndOfAPauseWakesEverything) {
  ClusterObject cluster = *stores_.clusters.Find({"ns", "c"});
  cluster.paused = true;
  cluster.meta.resource_version = "7";
  stores_.clusters.Upsert(cluster);
  EXPECT_THAT(Take(),
              ElementsAre("cluster ec", "machine e-cp1", "machine e-cp2",
                          "machine e-w1", "template t"));
}

TEST_F(TriggersTest, WhatIsNothingToUsWakesNobody) {
  ClusterObject cluster = *stores_.clusters.Find({"ns", "c"});
  cluster.meta.resource_version = "8";
  stores_.clusters.Upsert(cluster);
  MachineObject machine = *stores_.machines.Find({"ns", "w1"});
  machine.meta.resource_version = "9";
  stores_.machines.Upsert(machine);
  MachineObject other = Machine("docker", true);
  other.infrastructure_kind = "DockerMachine";
  stores_.machines.Upsert(other);
  EXPECT_THAT(Take(), IsEmpty());
}

TEST_F(TriggersTest, AControlPlaneMachineThatGoesWakesItsCluster) {
  MachineObject machine = Machine("cp1", true);
  machine.meta.deleting = true;
  stores_.machines.Upsert(machine);
  EXPECT_THAT(Take(),
              ElementsAre("cluster ec", "machine e-cp1", "machine e-cp2"));
  MachineObject worker = Machine("w1", false);
  worker.meta.deleting = true;
  stores_.machines.Upsert(worker);
  EXPECT_THAT(Take(), ElementsAre("machine e-w1"));
}

TEST_F(TriggersTest, OwnWritesWakeTheClusterOnlyWhereItMatters) {
  EvrocMachineObject machine = EvrocMachine("w1", false);
  machine.status.state = "Running";
  stores_.evroc_machines.Upsert(machine);
  EXPECT_THAT(Take(), ElementsAre("machine e-w1"));
  machine.meta.deleting = true;
  stores_.evroc_machines.Upsert(machine);
  EXPECT_THAT(Take(), ElementsAre("cluster ec", "machine e-w1"));
  stores_.evroc_machines.Remove({"ns", "e-w1"}, "");
  EXPECT_THAT(Take(), ElementsAre("cluster ec", "machine e-w1"));
}

TEST_F(TriggersTest, AnotherSpecOfTheClusterConcernsItsMachines) {
  EvrocClusterObject evroc = *stores_.evroc_clusters.Find({"ns", "ec"});
  evroc.meta.resource_version = "5";
  stores_.evroc_clusters.Upsert(evroc);
  EXPECT_THAT(Take(), ElementsAre("cluster ec"));
  evroc.meta.generation = 2;
  evroc.meta.resource_version = "6";
  stores_.evroc_clusters.Upsert(evroc);
  EXPECT_THAT(Take(), Contains("machine e-w1"));
}

TEST_F(TriggersTest, NewsOfTheCloudFindTheirObjects) {
  triggers_.OnCloudChange("cid", "", std::nullopt);
  EXPECT_THAT(Take(), ElementsAre("first cluster ec"));
  triggers_.OnCloudChange("cid", "id-w1", Vm::STATE_PROVISIONING);
  EXPECT_THAT(Take(), ElementsAre("machine e-w1"));
  triggers_.OnCloudChange("cid", "id-w1", Vm::STATE_RUNNING);
  EXPECT_THAT(Take(), ElementsAre("first machine e-w1"));
  triggers_.OnCloudChange("cid", "id-cp1", Vm::STATE_RUNNING);
  // Perhaps a member now.
  EXPECT_THAT(Take(), ElementsAre("first cluster ec", "first machine e-cp1"));
  triggers_.OnCloudChange("cid", "nobody", std::nullopt);
  triggers_.OnCloudChange("nobody", "", std::nullopt);
  EXPECT_THAT(Take(), IsEmpty());
  triggers_.OnClusterNews("cid");
  EXPECT_THAT(Take(), IsSupersetOf({"cluster ec", "machine e-w1"}));
}

TEST_F(TriggersTest, AfterAStartWhatIsAtRestComesLast) {
  stores_.machines.Upsert(Machine("cp3", true));
  EXPECT_THAT(Take(), Not(Contains("machine e-cp3"))) << "it is not there yet";
  stores_.evroc_machines.Upsert(AtRest(EvrocMachine("cp3", true)));
  EXPECT_THAT(Take(), ElementsAre("cluster ec", "last machine e-cp3"))
      << "of the cluster nothing has been reported";
  stores_.machines.Upsert(Machine("cp4", true));
  EvrocMachineObject changed = AtRest(EvrocMachine("cp4", true));
  changed.meta.generation = 3;
  Take();
  stores_.evroc_machines.Upsert(changed);
  EXPECT_THAT(Take(), Contains("machine e-cp4"));
}

TEST_F(TriggersTest, WhatConcernsAllOfAClusterConcernsThoseAtRestLast) {
  EvrocClusterObject evroc = AtRest(*stores_.evroc_clusters.Find({"ns", "ec"}));
  evroc.meta.resource_version = "3";
  stores_.evroc_clusters.Upsert(evroc);
  EvrocMachineObject machine = AtRest(EvrocMachine("w1", false));
  machine.meta.resource_version = "4";
  stores_.evroc_machines.Upsert(machine);
  Take();
  triggers_.OnClusterNews("cid");
  EXPECT_THAT(Take(), ElementsAre("cluster ec", "last machine e-w1",
                                  "machine e-cp1", "machine e-cp2"));
}

TEST_F(TriggersTest, AMachineAtRestThatIsLostComesFirst) {
  EvrocMachineObject machine = AtRest(EvrocMachine("w1", false));
  machine.meta.resource_version = "4";
  stores_.evroc_machines.Upsert(machine);
  Take();
  triggers_.OnCloudChange("cid", "id-w1", Vm::STATE_RUNNING);
  EXPECT_THAT(Take(), ElementsAre("last machine e-w1"));
  triggers_.OnCloudChange("cid", "id-w1", Vm::STATE_STOPPED);
  EXPECT_THAT(Take(), ElementsAre("first machine e-w1"));
  triggers_.OnCloudChange("cid", "id-w1", std::nullopt);
  EXPECT_THAT(Take(), ElementsAre("first machine e-w1"));
}

}  // namespace
}  // namespace evroc::shim
