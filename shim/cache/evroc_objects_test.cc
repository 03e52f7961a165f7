// Decoding of objects as the API server returns them.

#include <map>
#include <string>

#include "gtest/gtest.h"
#include "shim/cache/core_objects.h"
#include "shim/cache/evroc_cluster.h"
#include "shim/cache/evroc_machine.h"

namespace evroc::shim {
namespace {

Json Parse(absl::string_view text) { return Json::Parse(text).value(); }

TEST(EvrocClusterTest, SpecAndStatusSurviveDecoding) {
  const EvrocClusterObject cluster = DecodeEvrocCluster(Parse(R"({
    "metadata": {"namespace": "ns", "name": "c", "uid": "u", "generation": 4,
      "deletionTimestamp": "2026-01-01T00:00:00Z",
      "finalizers": ["a", "b"],
      "labels": {"cluster.x-k8s.io/cluster-name": "k"},
      "annotations": {"evroc.com/owner-id": "id", "other": "x",
                      "cluster.x-k8s.io/paused": "false"},
      "ownerReferences": [
        {"apiVersion": "v1", "kind": "Cluster", "name": "wrong"},
        {"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster",
         "name": "k", "uid": "ku"}]},
    "spec": {"region": "se-sto", "project": "p",
      "credentialsRef": {"name": "s"},
      "controlPlaneEndpoint": {"host": "h", "port": 443},
      "failureDomains": ["a", "b"],
      "network": {"vpcRef": "v", "subnetRefs": {"a": "sa", "b": ""},
                  "stackType": "dual-stack"},
      "controlPlaneConfig": {"loadBalancer": {"enabled": true,
        "ports": [{"port": 9345, "healthCheckPort": 6443}],
        "additionalPorts": [8080, 8080]}},
      "securityGroups": {"worker": {"existingIDs": ["w"],
        "inlineSecurityGroups": [{"name": "g", "rules": [
          {"name": "r", "direction": "Ingress", "protocol": "TCP", "port": 80,
           "remoteCIDR": "0.0.0.0/0"}]}]}},
      "nodeInitialization": "external",
      "cloudConfig": {"configMapName": "m", "organization": "o",
        "ccmServiceAccountID": "ccm", "csiServiceAccountID": "csi"},
      "additionalLabels": {"team": "x"},
      "endpoints": {"apiBaseURL": "https://a"}},
    "status": {"ready": true, "initialization": {"provisioned": true},
      "failureDomains": [{"name": "a", "controlPlane": true}],
      "network": {"vpcId": "v", "endpoint": {"type": "LoadBalancer"}}}})"));
  EXPECT_TRUE(cluster.meta.deleting);
  EXPECT_TRUE(cluster.meta.paused);  // whatever its value (PA-01)
  EXPECT_TRUE(cluster.meta.HasFinalizer("b"));
  EXPECT_EQ(cluster.meta.Annotation(kOwnerIdAnnotation), "id");
  EXPECT_EQ(cluster.meta.Annotation("other"), "");
  EXPECT_EQ(cluster.meta.FindOwner(kCoreGroup, "Cluster")->name, "k");
  EXPECT_EQ(cluster.meta.FindOwner(kCoreGroup, "Machine"), nullptr);
  EXPECT_EQ(cluster.spec.secret_name, "s");
  EXPECT_EQ(cluster.spec.endpoint, (EndpointSpec{"h", 443}));
  EXPECT_TRUE(cluster.spec.vpc_existing);
  EXPECT_EQ(cluster.spec.subnet_refs,
            (std::map<std::string, std::string>{{"a", "sa"}}));
  EXPECT_TRUE(cluster.spec.load_balancer_set);
  ASSERT_EQ(cluster.spec.additional_ports.size(), 2);
  EXPECT_EQ(cluster.spec.additional_ports[0].health_check_port, 6443);
  ASSERT_EQ(cluster.spec.worker_groups.inline_groups.size(), 1);
  EXPECT_EQ(cluster.spec.worker_groups.inline_groups[0].rules[0].remote_cidr,
            "0.0.0.0/0");
  EXPECT_FALSE(cluster.spec.node_initialization);
  EXPECT_EQ(cluster.spec.cloud_config.config_map_name, "m");
  EXPECT_EQ(cluster.spec.cloud_config.organization, "o");
  EXPECT_EQ(cluster.spec.cloud_config.ccm_service_account, "ccm");
  EXPECT_EQ(cluster.spec.cloud_config.csi_service_account, "csi");
  EXPECT_EQ(cluster.spec.api_base_url, "https://a");
  EXPECT_TRUE(cluster.status.provisioned);
  EXPECT_EQ(cluster.status.failure_domains,
            (std::vector<FailureDomain>{{.name = "a", .control_plane = true}}));
  EXPECT_EQ(cluster.status.endpoint_type, "LoadBalancer");
}

TEST(EvrocClusterTest, WhatIsLeftOutHasADefault) {
  const EvrocClusterObject cluster =
      DecodeEvrocCluster(Parse(R"({"spec": {}})"));
  EXPECT_EQ(cluster.spec.region, "se-sto");
  EXPECT_EQ(cluster.spec.vpc_name, "default-se-sto");
  EXPECT_TRUE(cluster.spec.vpc_existing);
  EXPECT_TRUE(cluster.spec.load_balancer);
  EXPECT_FALSE(cluster.spec.load_balancer_set);
  EXPECT_TRUE(cluster.spec.node_initialization);
  EXPECT_EQ(cluster.meta.FindOwner(kCoreGroup, "Cluster"), nullptr);
}

TEST(EvrocClusterTest, AStatusThatIsTheSameNeedsNoPatch) {
  EvrocClusterStatus status;
  status.provisioned = true;
  status.failure_domains = {{.name = "a", .control_plane = true},
                            {.name = "b", .control_plane = false}};
  status.vpc_id = "v";
  status.subnets = {{.name = "s",
                     .zone = "a",
                     .cidr_block = "10.0.0.0/24",
                     .ready = true,
                     .owned = true}};
  status.common_groups = {"g"};
  status.load_balancer_id = "lb";
  const Json encoded = status.Encode();
  Json object = Json::Object();
  object.Set("status", encoded);
  EXPECT_EQ(DecodeEvrocCluster(object).status.Encode(), encoded);
  EvrocClusterStatus other = status;
  other.vpc_id.clear();
  other.provisioned = false;
  EXPECT_EQ(*MergePatchBetween(encoded, other.Encode()),
            Parse(R"({"ready": false, "initialization": null,
                      "network": {"vpcId": null}})"));
}

// Stored by Evroc's official provider, in the shapes of several of its
// versions.
TEST(EvrocClusterTest, OlderNamesAndShapesAreRead) {
  const EvrocClusterObject cluster = DecodeEvrocCluster(Parse(R"({
    "spec": {"controlPlaneEndpoint": {}, "network": {"stackType": "dual-stack"},
      "controlPlaneConfig": {"loadBalancer": {"existingPublicIPID": ""}},
      "securityGroups": {"common": {"existingIDs": [""],
                                    "existingNames": ["", "old"]}}},
    "status": {"ready": true, "initialization": {},
      "conditions": [{"type": "Ready", "status": "True", "severity": "Info",
                      "lastTransitionTime": "2026-01-01T00:00:00Z"}]}})"));
  EXPECT_EQ(cluster.spec.endpoint, EndpointSpec());
  EXPECT_EQ(cluster.spec.vpc_name, "default-se-sto");
  EXPECT_EQ(cluster.spec.common_groups.existing_ids,
            (std::vector<std::string>{"old"}));
  EXPECT_FALSE(cluster.status.provisioned);
  EXPECT_TRUE(cluster.status.conditions.IsTrue("Ready"));
}

TEST(EvrocMachineTest, WhatIsLeftOutHasADefault) {
  const EvrocMachineObject machine =
      DecodeEvrocMachine(Parse(R"({"spec": {}})"));
  EXPECT_EQ(machine.spec.image, "ubuntu.24-04.1");
  EXPECT_EQ(machine.spec.root_disk_size_gb, 20);
  EXPECT_TRUE(machine.spec.inherit_security_groups);
  EXPECT_FALSE(machine.spec.public_ip);
}

TEST(EvrocMachineTest, OlderNamesAndShapesAreRead) {
  const EvrocMachineObject machine = DecodeEvrocMachine(Parse(R"({
    "spec": {"project": "p", "region": "r", "sshKey": " ssh-ed25519 A \n",
      "networkingConfig": {"publicIP": {"enabled": false, "existingName": "ip"},
        "securityGroups": {"existingNames": ["old"]}},
      "placementConfig": {"existingGroupName": "pg"}},
    "status": {"machineID": "u", "availabilityZone": "b"}})"));
  EXPECT_EQ(machine.spec.project, "p");
  EXPECT_EQ(machine.spec.ssh_key, "ssh-ed25519 A");
  EXPECT_TRUE(machine.spec.public_ip);
  EXPECT_EQ(machine.spec.existing_public_ip_id, "ip");
  // Absent beside other groups.
  EXPECT_FALSE(machine.spec.inherit_security_groups);
  EXPECT_EQ(machine.spec.security_groups.existing_ids,
            (std::vector<std::string>{"old"}));
  EXPECT_EQ(machine.spec.placement_group_id, "pg");
  EXPECT_EQ(machine.status.failure_domain, "b");
  EXPECT_EQ(machine.status.Encode().At("availabilityZone").String(), "b");
}

// Without others, "false" means true; an empty name is none.
TEST(EvrocMachineTest, AMachineIsNeverWithoutGroups) {
  for (const char* groups :
       {R"({"inheritFromCluster": false})", R"({"existingIDs": [""]})"}) {
    const EvrocMachineObject machine = DecodeEvrocMachine(
        Parse(R"({"spec": {"networkingConfig": {"securityGroups": )" +
              std::string(groups) + "}}}"));
    EXPECT_TRUE(machine.spec.inherit_security_groups) << groups;
    EXPECT_TRUE(machine.spec.security_groups.existing_ids.empty());
  }
}

TEST(EvrocClusterTest, AReferenceEndsInAName) {
  EXPECT_EQ(NameIn("a"), "a");
  EXPECT_EQ(NameIn("/networking/projects/p/regions/r/subnets/a"), "a");
}

TEST(EvrocMachineTest, SpecAndStatusSurviveDecoding) {
  const EvrocMachineObject machine = DecodeEvrocMachine(Parse(R"({
    "metadata": {"labels": {"cluster.x-k8s.io/control-plane": ""}},
    "spec": {"providerID": "evroc://u", "computeProfile": "c1a.s",
      "image": "ubuntu", "rootDiskSize": 30, "sshKey": "ssh-ed25519 A",
      "subnetName": "s", "userData": "#!/bin/sh\n",
      "networkingConfig": {"publicIP": {"existingID": "ip"},
        "securityGroups": {"inheritFromCluster": false, "existingIDs": ["g"]}},
      "placementConfig": {"existingGroupID": "pg"},
      "additionalDisks": [{"name": "d", "sizeGB": 5}],
      "additionalLabels": {"a": "b"}},
    "status": {"initialization": {"provisioned": true}, "state": "Running",
      "vmID": "vm", "failureDomain": "a",
      "addresses": [{"type": "InternalIP", "address": "10.0.0.2"}]}})"));
  EXPECT_TRUE(machine.meta.control_plane);
  EXPECT_EQ(machine.spec.provider_id, "evroc://u");
  EXPECT_TRUE(machine.spec.public_ip);  // an existing one is requested
  EXPECT_FALSE(machine.spec.inherit_security_groups);
  EXPECT_EQ(machine.spec.user_data, "#!/bin/sh\n");
  EXPECT_EQ(machine.spec.additional_disks[0].size_gb, 5);
  EXPECT_EQ(machine.status.state, "Running");
  EXPECT_EQ(machine.status.addresses[0],
            (MachineAddress{"InternalIP", "10.0.0.2"}));
  Json object = Json::Object();
  object.Set("status", machine.status.Encode());
  EXPECT_EQ(DecodeEvrocMachine(object).status.Encode(),
            machine.status.Encode());
}

TEST(EvrocMachineTest, HasAGroupOrIsSpread) {
  EvrocMachineSpec spec =
      DecodeEvrocMachine(
          Parse(R"({"spec": {"placementConfig": {"existingGroupID": "g"}}})"))
          .spec;
  EXPECT_EQ(spec.placement_group_id, "g");
  EXPECT_FALSE(spec.spread);
  spec = DecodeEvrocMachine(
             Parse(R"({"spec": {"placementConfig": {"strategy": "Spread"}}})"))
             .spec;
  EXPECT_EQ(spec.placement_group_id, "");
  EXPECT_TRUE(spec.spread);
}

TEST(MachineTemplateTest, KeepsWhatCapacityNeeds) {
  const MachineTemplateObject each = DecodeMachineTemplate(Parse(R"({
    "spec": {"template": {"spec": {"computeProfile": "c1a.s",
                                   "rootDiskSize": 20}}},
    "status": {"capacity": {"cpu": "1"}, "other": 1}})"));
  EXPECT_EQ(each.compute_profile, "c1a.s");
  EXPECT_EQ(each.root_disk_size_gb, 20);
  EXPECT_EQ(each.status, Parse(R"({"capacity": {"cpu": "1"}})"));
}

TEST(CoreObjectsTest, AMachinesConditionsPutItsNodeInDoubt) {
  const auto in_doubt = [](const std::string& type, const std::string& status) {
    Json machine = Json::Object();
    machine.SetAt(
        "status.conditions",
        Json::Array(
            {Json::Object({{"type", "NodeReady"}, {"status", "True"}}),
             Json::Object({{"type", Json(type)}, {"status", Json(status)}})}));
    return DecodeMachine(machine).node_in_doubt;
  };
  for (const char* type : {"Ready", "NodeHealthy"}) {
    EXPECT_FALSE(in_doubt(type, "True"));
    EXPECT_TRUE(in_doubt(type, "False"));
    EXPECT_TRUE(in_doubt(type, "Unknown"));
  }
  EXPECT_FALSE(in_doubt("Deleting", "False"));
  EXPECT_FALSE(DecodeMachine(Json::Object()).node_in_doubt);
}

TEST(CoreObjectsTest, KeepsWhatTheReconcilersNeed) {
  const ClusterObject cluster = DecodeCluster(Parse(R"({
    "spec": {"paused": true,
      "clusterNetwork": {"apiServerPort": 8443},
      "infrastructureRef": {"kind": "EvrocCluster", "name": "e"}},
    "status": {"initialization": {"infrastructureProvisioned": true,
                                  "controlPlaneInitialized": true}}})"));
  EXPECT_TRUE(cluster.paused);
  EXPECT_EQ(cluster.infrastructure_name, "e");
  EXPECT_EQ(cluster.api_server_port, 8443);
  EXPECT_TRUE(cluster.infrastructure_provisioned);
  EXPECT_TRUE(cluster.control_plane_initialized);
  const MachineObject machine = DecodeMachine(Parse(R"({
    "metadata": {"labels": {"cluster.x-k8s.io/deployment-name": "md",
                            "cluster.x-k8s.io/set-name": "ms"}},
    "spec": {"clusterName": "c", "failureDomain": "b",
      "bootstrap": {"dataSecretName": "s"},
      "infrastructureRef": {"kind": "EvrocMachine", "name": "m"}}})"));
  EXPECT_EQ(machine.cluster_name, "c");
  EXPECT_EQ(machine.failure_domain, "b");
  EXPECT_EQ(machine.data_secret_name, "s");
  EXPECT_EQ(machine.infrastructure_name, "m");
  EXPECT_EQ(machine.deployment_name, "md");
  EXPECT_EQ(machine.set_name, "ms");
}

}  // namespace
}  // namespace evroc::shim
