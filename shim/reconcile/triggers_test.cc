#include "shim/reconcile/triggers.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;

OwnerReference Owner(const std::string& kind, const std::string& name) {
  return {
      .group = std::string(kCoreGroup), .kind = kind, .name = name, .uid = "u"};
}

class TriggersTest : public ::testing::Test {
 protected:
  TriggersTest()
      : triggers_(stores_, {.cluster = Note("cluster"),
                            .machine = Note("machine"),
                            .machine_template = Note("template"),
                            .cluster_first = Note("first cluster"),
                            .machine_first = Note("first machine")}) {
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

  Triggers::Enqueue Note(const std::string& kind) {
    return [this, kind](const ObjectKey& key) {
      enqueued_.insert(kind + " " + key.name);
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
  triggers_.OnCloudChange("cid", "", false);
  EXPECT_THAT(Take(), ElementsAre("first cluster ec"));
  triggers_.OnCloudChange("cid", "id-w1", true);
  EXPECT_THAT(Take(), ElementsAre("machine e-w1"));
  triggers_.OnCloudChange("cid", "id-w1", false);
  EXPECT_THAT(Take(), ElementsAre("first machine e-w1"));
  triggers_.OnCloudChange("cid", "id-cp1", false);  // perhaps a member now
  EXPECT_THAT(Take(), ElementsAre("first cluster ec", "first machine e-cp1"));
  triggers_.OnCloudChange("cid", "nobody", false);
  triggers_.OnCloudChange("nobody", "", false);
  EXPECT_THAT(Take(), IsEmpty());
  triggers_.OnClusterNews("cid");
  EXPECT_THAT(Take(), IsSupersetOf({"cluster ec", "machine e-w1"}));
}

}  // namespace
}  // namespace evroc::shim
