// The cloud that a cluster lives in, as it is written down on the EvrocCluster
// (ADR 28). Pure functions.

#ifndef SHIM_RECONCILE_IDENTITY_CLOUD_RECORD_H_
#define SHIM_RECONCILE_IDENTITY_CLOUD_RECORD_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "evroc/common/v1/resources.pb.h"
#include "evroc/network/v1/resources.pb.h"
#include "shim/cache/evroc_cluster.h"
#include "shim/cache/evroc_machine.h"
#include "shim/cache/object_meta.h"

namespace evroc::shim {

// The place as it was proven last, and the objects of the network that were
// seen there. Without an identity nothing is recorded.
using CloudRecord = common::v1::ExpectedCloud;

// Of the annotation; empty if there is none, or none that can be read.
CloudRecord CloudRecordOf(const ObjectMeta& meta);
// The annotation's value, the same for equal records.
std::string EncodeCloudRecord(const CloudRecord& record);

// Records the objects of a network that were seen. A load balancer stays: a
// credential for an API that shows none may have been used.
void RecordObjects(const network::v1::ClusterNetwork& network,
                   CloudRecord& record);
// The id of the recorded load balancer; empty: none.
std::string LoadBalancerOf(const CloudRecord& record);

// Notes that placement groups may be made for the cluster, and tells whether
// that was noted: a role that can't list them any more does not show that there
// are none.
void NotePlacementGroups(CloudRecord& record);
bool HadPlacementGroups(const CloudRecord& record);
// Whether the machine is, or was, in groups that are made for it.
bool IsSpread(const EvrocMachineObject& machine);

// What the value of the annotation evroc.com/abandon-cloud must be to give the
// recorded cloud up.
std::string AbandonWord(const CloudRecord& record);
// Whether the cluster's cloud is to be given up: the annotation names it.
bool IsAbandoned(const EvrocClusterObject& cluster);

// Whether the cluster has, or had, something in a cloud.
// `vm_uids`: of its machines.
bool HasMadeSomething(const EvrocClusterObject& cluster,
                      const std::vector<std::string>& vm_uids);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_IDENTITY_CLOUD_RECORD_H_
