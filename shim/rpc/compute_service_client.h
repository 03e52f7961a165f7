// The shim's client of the compute service. GrpcComputeServiceClient is the
// real one, FakeComputeServiceClient the one for tests; both are thread-safe.
//
// Errors and deadlines are as in network_service_client.h, with the prefix
// "compute-service:".

#ifndef SHIM_RPC_COMPUTE_SERVICE_CLIENT_H_
#define SHIM_RPC_COMPUTE_SERVICE_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "evroc/common/v1/resources.pb.h"
#include "evroc/common/v1/take_over.pb.h"
#include "evroc/compute/v1/compute_service.pb.h"
#include "evroc/compute/v1/resources.pb.h"
#include "shim/rpc/network_service_client.h"
#include "shim/rpc/watch_call.h"

namespace evroc::shim {

using ComputeObserver = WatchObserver<compute::v1::WatchResponse>;

class ComputeServiceClient {
 public:
  virtual ~ComputeServiceClient() = default;

  // Creates or changes the machine, and returns its current state.
  // `provisioned_before`: it was seen RUNNING once; if it no longer exists it
  // is LOST, and is not created again. Safe to repeat.
  virtual absl::StatusOr<compute::v1::VirtualMachine> ApplyVirtualMachine(
      const CallContext& context, const common::v1::CloudScope& scope,
      const compute::v1::VirtualMachine& desired, bool provisioned_before) = 0;

  // A machine that is to be deleted: its owner, with the names if they are
  // known, and what was recorded of it.
  struct WholeMachine {
    common::v1::Owner owner;
    std::string vm_uid;
    std::vector<std::string> data_disks;  // only with the names
  };
  // Deletes the machine and returns what remains; empty: confirmed gone. Safe
  // to repeat.
  virtual absl::StatusOr<std::vector<common::v1::RemainingObject>>
  DeleteVirtualMachine(const CallContext& context,
                       const common::v1::CloudScope& scope,
                       const WholeMachine& machine) = 0;

  // A cluster whose machines are all to be deleted.
  struct WholeCluster {
    std::string cluster_id;
    // Of the cluster's own CSI driver, whose disk attachments go too.
    std::string workload_identifier;
    bool with_workload_disks = false;   // and the driver's disks
    std::string cluster_name;           // empty: not known
    bool had_placement_groups = false;  // there may have been some
  };
  // As DeleteVirtualMachine, for every machine of the cluster.
  virtual absl::StatusOr<std::vector<common::v1::RemainingObject>>
  DeleteClusterMachines(const CallContext& context,
                        const common::v1::CloudScope& scope,
                        const WholeCluster& cluster) = 0;

  // Finds a machine of Evroc's official provider, and takes it over or gives it
  // back. Safe to repeat.
  virtual absl::StatusOr<compute::v1::TakeOverVirtualMachineResponse>
  TakeOverVirtualMachine(const CallContext& context,
                         const common::v1::CloudScope& scope,
                         const TakeOverInput& input) = 0;

  // Tells what taking a machine over and applying `desired`, which has the new
  // owner with its resource prefix, would change. Writes nothing.
  virtual absl::StatusOr<compute::v1::PlanVirtualMachineResponse>
  PlanVirtualMachine(const CallContext& context,
                     const common::v1::CloudScope& scope,
                     const common::v1::PreviousOwner& previous_owner,
                     const compute::v1::VirtualMachine& desired,
                     bool provisioned_before) = 0;

  // All compute profiles, sorted by name.
  virtual absl::StatusOr<std::vector<compute::v1::ComputeProfile>>
  ListComputeProfiles(const CallContext& context,
                      const common::v1::CloudScope& scope) = 0;

  // As NetworkServiceClient::Watch.
  virtual std::unique_ptr<WatchCall> Watch(const common::v1::CloudScope& scope,
                                           const std::string& cursor,
                                           ComputeObserver& observer) = 0;
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_COMPUTE_SERVICE_CLIENT_H_
