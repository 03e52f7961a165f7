#include "shim/reconcile/event_handlers.h"

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

class EventHandlersTest : public ::testing::Test {
 protected:
  EventHandlersTest()
      : event_handlers_(cache_, {.cluster = Note("cluster"),
                                 .machine = Note("machine"),
                                 .machine_template = Note("template")}) {
    ClusterObject cluster;
    cluster.meta.key = {"ns", "c"};
    cache_.clusters.Upsert(cluster);
    EvrocClusterObject evroc;
    evroc.meta.key = {"ns", "ec"};
    evroc.meta.owners = {Owner("Cluster", "c")};
    evroc.meta.annotations = {{std::string(kOwnerIdAnnotation), "cid"}};
    cache_.evroc_clusters.Upsert(evroc);
    MachineTemplateObject each;
    each.meta.key = {"ns", "t"};
    each.meta.owners = {Owner("Cluster", "c")};
    cache_.templates.Upsert(each);
    AddMachine("cp1", true);
    AddMachine("cp2", true);
    AddMachine("w1", false);
    Take();
  }

  Enqueue Note(const std::string& kind) {
    return [this, kind](const ObjectKey& key, Priority priority) {
      const std::string when = priority == Priority::kHigh  ? "first "
                               : priority == Priority::kLow ? "last "
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
  static Object Settled(Object object) {
    object.meta.generation = 2;
    object.status.provisioned = true;
    object.status.observed_generation = 2;
    object.status.conditions.Set("Ready", ConditionStatus::kTrue, "Ready", "",
                                 2, absl::UnixEpoch());
    return object;
  }

  void AddMachine(const std::string& name, bool control_plane) {
    cache_.machines.Upsert(Machine(name, control_plane));
    cache_.evroc_machines.Upsert(EvrocMachine(name, control_plane));
  }

  ObjectCache cache_;
  std::set<std::string> enqueued_;
  EventHandlers event_handlers_;
};

TEST_F(EventHandlersTest, PA03TheEndOfAPauseWakesEverything) {
  ClusterObject cluster = *cache_.clusters.Find({"ns", "c"});
  cluster.paused = true;
  cluster.meta.resource_version = "7";
  cache_.clusters.Upsert(cluster);
  EXPECT_THAT(Take(),
              ElementsAre("cluster ec", "machine e-cp1", "machine e-cp2",
                          "machine e-w1", "template t"));
}

TEST_F(EventHandlersTest, WhatIsNothingToUsWakesNobody) {
  ClusterObject cluster = *cache_.clusters.Find({"ns", "c"});
  cluster.meta.resource_version = "8";
  cache_.clusters.Upsert(cluster);
  MachineObject machine = *cache_.machines.Find({"ns", "w1"});
  machine.meta.resource_version = "9";
  cache_.machines.Upsert(machine);
  MachineObject other = Machine("docker", true);
  other.infrastructure_kind = "DockerMachine";
  cache_.machines.Upsert(other);
  EXPECT_THAT(Take(), IsEmpty());
}

TEST_F(EventHandlersTest, AControlPlaneMachineThatGoesWakesItsCluster) {
  MachineObject machine = Machine("cp1", true);
  machine.meta.deleting = true;
  cache_.machines.Upsert(machine);
  EXPECT_THAT(Take(),
              ElementsAre("cluster ec", "machine e-cp1", "machine e-cp2"));
  MachineObject worker = Machine("w1", false);
  worker.meta.deleting = true;
  cache_.machines.Upsert(worker);
  EXPECT_THAT(Take(), ElementsAre("machine e-w1"));
}

TEST_F(EventHandlersTest, OwnWritesWakeTheClusterOnlyWhereItMatters) {
  EvrocMachineObject machine = EvrocMachine("w1", false);
  machine.status.state = "Running";
  cache_.evroc_machines.Upsert(machine);
  EXPECT_THAT(Take(), ElementsAre("machine e-w1"));
  machine.meta.deleting = true;
  cache_.evroc_machines.Upsert(machine);
  EXPECT_THAT(Take(), ElementsAre("cluster ec", "machine e-w1"));
  cache_.evroc_machines.Remove({"ns", "e-w1"}, "");
  EXPECT_THAT(Take(), ElementsAre("cluster ec", "machine e-w1"));
}

// What it did not know in the meantime, its cluster looks at again.
TEST_F(EventHandlersTest, TheReturnOfAnOwnerOrALabelWakesTheCluster) {
  EvrocMachineObject machine = EvrocMachine("cp1", true);
  machine.meta.owners.clear();
  cache_.evroc_machines.Upsert(machine);
  Take();
  machine.meta.owners = {Owner("Machine", "cp1")};
  cache_.evroc_machines.Upsert(machine);
  EXPECT_THAT(Take(), ElementsAre("cluster ec", "machine e-cp1"));
  machine.meta.control_plane = false;
  cache_.evroc_machines.Upsert(machine);
  EXPECT_THAT(Take(), ElementsAre("cluster ec", "machine e-cp1"));
}

TEST_F(EventHandlersTest, ASecretOrConfigMapWakesTheClustersThatUseIt) {
  EvrocClusterObject evroc = *cache_.evroc_clusters.Find({"ns", "ec"});
  evroc.spec.secret_name = "creds";
  evroc.spec.cloud_config.config_map_name = "cloud";
  cache_.evroc_clusters.Upsert(evroc);
  Take();
  event_handlers_.OnSecretChange({"ns", "creds"});
  EXPECT_THAT(Take(), ElementsAre("cluster ec"));
  event_handlers_.OnSecretChange({"ns", "ec-evroc-credentials"});
  EXPECT_THAT(Take(), ElementsAre("cluster ec"));
  event_handlers_.OnConfigMapChange({"ns", "cloud"});
  EXPECT_THAT(Take(), ElementsAre("cluster ec"));
  event_handlers_.OnSecretChange({"other", "creds"});
  event_handlers_.OnConfigMapChange({"ns", "creds"});
  EXPECT_THAT(Take(), IsEmpty());
}

TEST_F(EventHandlersTest, AnotherSpecOfTheClusterConcernsItsMachines) {
  EvrocClusterObject evroc = *cache_.evroc_clusters.Find({"ns", "ec"});
  evroc.meta.resource_version = "5";
  cache_.evroc_clusters.Upsert(evroc);
  EXPECT_THAT(Take(), ElementsAre("cluster ec"));
  evroc.meta.generation = 2;
  evroc.meta.resource_version = "6";
  cache_.evroc_clusters.Upsert(evroc);
  EXPECT_THAT(Take(), Contains("machine e-w1"));
}

TEST_F(EventHandlersTest, WhereProviderIdsComeFromConcernsMachines) {
  EvrocClusterObject evroc = *cache_.evroc_clusters.Find({"ns", "ec"});
  evroc.meta.annotations.emplace(kExternalCloudProviderAnnotation, "true");
  evroc.meta.resource_version = "5";
  cache_.evroc_clusters.Upsert(evroc);
  EXPECT_THAT(Take(), IsSupersetOf({"machine e-cp1", "machine e-w1"}));
}

TEST_F(EventHandlersTest, ChangesInTheCloudFindTheirObjects) {
  event_handlers_.OnCloudChange("cid", "", std::nullopt);
  EXPECT_THAT(Take(), ElementsAre("first cluster ec"));
  event_handlers_.OnCloudChange("cid", "id-w1", Vm::STATE_PROVISIONING);
  EXPECT_THAT(Take(), ElementsAre("machine e-w1"));
  event_handlers_.OnCloudChange("cid", "id-w1", Vm::STATE_RUNNING);
  EXPECT_THAT(Take(), ElementsAre("first machine e-w1"));
  event_handlers_.OnCloudChange("cid", "id-cp1", Vm::STATE_RUNNING);
  // Perhaps a backend now.
  EXPECT_THAT(Take(), ElementsAre("first cluster ec", "first machine e-cp1"));
  event_handlers_.OnCloudChange("cid", "nobody", std::nullopt);
  event_handlers_.OnCloudChange("nobody", "", std::nullopt);
  EXPECT_THAT(Take(), IsEmpty());
  event_handlers_.OnClusterResync("cid");
  EXPECT_THAT(Take(), IsSupersetOf({"cluster ec", "machine e-w1"}));
}

TEST_F(EventHandlersTest, ACopyTakesNoChangeOfTheCloudFromTheOriginal) {
  EvrocClusterObject copy = *cache_.evroc_clusters.Find({"ns", "ec"});
  copy.meta.key = {"a", "copy"};
  cache_.evroc_clusters.Upsert(copy);
  EvrocMachineObject machine = EvrocMachine("w1", false);
  machine.meta.key = {"a", "e-copy"};
  cache_.evroc_machines.Upsert(machine);
  Take();
  event_handlers_.OnCloudChange("cid", "", std::nullopt);
  EXPECT_THAT(Take(), Contains("first cluster ec"));
  event_handlers_.OnCloudChange("cid", "id-w1", Vm::STATE_STOPPED);
  EXPECT_THAT(Take(), Contains("first machine e-w1"));
  event_handlers_.OnClusterResync("cid");
  EXPECT_THAT(Take(), IsSupersetOf({"cluster ec", "machine e-w1"}));
  EvrocClusterObject deleting = *cache_.evroc_clusters.Find({"ns", "ec"});
  deleting.meta.deleting = true;
  cache_.evroc_clusters.Upsert(deleting);
  Take();
  event_handlers_.OnCloudChange("cid", "nobody", std::nullopt);
  EXPECT_THAT(Take(), ElementsAre("first cluster ec"));
}

TEST_F(EventHandlersTest, AfterAStartSettledObjectsComeLast) {
  cache_.machines.Upsert(Machine("cp3", true));
  EXPECT_THAT(Take(), Not(Contains("machine e-cp3"))) << "it is not there yet";
  cache_.evroc_machines.Upsert(Settled(EvrocMachine("cp3", true)));
  EXPECT_THAT(Take(), ElementsAre("cluster ec", "last machine e-cp3"))
      << "of the cluster nothing has been reported";
  cache_.machines.Upsert(Machine("cp4", true));
  EvrocMachineObject changed = Settled(EvrocMachine("cp4", true));
  changed.meta.generation = 3;
  Take();
  cache_.evroc_machines.Upsert(changed);
  EXPECT_THAT(Take(), Contains("machine e-cp4"));
}

TEST_F(EventHandlersTest, ChangesOfAClusterReachSettledMachinesLast) {
  EvrocClusterObject evroc = Settled(*cache_.evroc_clusters.Find({"ns", "ec"}));
  evroc.meta.resource_version = "3";
  cache_.evroc_clusters.Upsert(evroc);
  EvrocMachineObject machine = Settled(EvrocMachine("w1", false));
  machine.meta.resource_version = "4";
  cache_.evroc_machines.Upsert(machine);
  Take();
  event_handlers_.OnClusterResync("cid");
  EXPECT_THAT(Take(), ElementsAre("cluster ec", "last machine e-w1",
                                  "machine e-cp1", "machine e-cp2"));
}

TEST_F(EventHandlersTest, ASettledMachineThatIsLostComesFirst) {
  EvrocMachineObject machine = Settled(EvrocMachine("w1", false));
  machine.meta.resource_version = "4";
  cache_.evroc_machines.Upsert(machine);
  Take();
  event_handlers_.OnCloudChange("cid", "id-w1", Vm::STATE_RUNNING);
  EXPECT_THAT(Take(), ElementsAre("last machine e-w1"));
  event_handlers_.OnCloudChange("cid", "id-w1", Vm::STATE_STOPPED);
  EXPECT_THAT(Take(), ElementsAre("first machine e-w1"));
  event_handlers_.OnCloudChange("cid", "id-w1", std::nullopt);
  EXPECT_THAT(Take(), ElementsAre("first machine e-w1"));
}

}  // namespace
}  // namespace evroc::shim
