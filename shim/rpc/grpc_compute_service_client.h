// Calls the compute service over gRPC. Thread-safe.

#ifndef SHIM_RPC_GRPC_COMPUTE_SERVICE_CLIENT_H_
#define SHIM_RPC_GRPC_COMPUTE_SERVICE_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "evroc/compute/v1/compute_service.grpc.pb.h"
#include "shim/rpc/compute_service_client.h"
#include "shim/rpc/service_channel.h"

namespace evroc::shim {

class GrpcComputeServiceClient : public ComputeServiceClient {
 public:
  // `address` must pass CheckServiceAddress. Does not connect yet.
  explicit GrpcComputeServiceClient(std::string address,
                                    ServiceChannel::OnCall on_call = nullptr);

  absl::StatusOr<compute::v1::VirtualMachine> ApplyVirtualMachine(
      const CallContext& context, const common::v1::CloudScope& scope,
      const compute::v1::VirtualMachine& desired,
      bool provisioned_before) override;
  absl::StatusOr<std::vector<common::v1::RemainingObject>> DeleteVirtualMachine(
      const CallContext& context, const common::v1::CloudScope& scope,
      const WholeMachine& machine) override;
  absl::StatusOr<std::vector<common::v1::RemainingObject>>
  DeleteClusterMachines(const CallContext& context,
                        const common::v1::CloudScope& scope,
                        const WholeCluster& cluster) override;
  absl::StatusOr<compute::v1::TakeOverVirtualMachineResponse>
  TakeOverVirtualMachine(const CallContext& context,
                         const common::v1::CloudScope& scope,
                         const TakeOverInput& input) override;
  absl::StatusOr<compute::v1::PlanVirtualMachineResponse> PlanVirtualMachine(
      const CallContext& context, const common::v1::CloudScope& scope,
      const common::v1::PreviousOwner& previous_owner,
      const compute::v1::VirtualMachine& desired,
      bool provisioned_before) override;
  absl::StatusOr<std::vector<compute::v1::ComputeProfile>> ListComputeProfiles(
      const CallContext& context, const common::v1::CloudScope& scope) override;
  std::unique_ptr<WatchCall> Watch(const common::v1::CloudScope& scope,
                                   const std::string& cursor,
                                   ComputeObserver& observer) override;

  // As ServiceChannel::CheckServing.
  absl::Status CheckServing(const CallContext& context) const {
    return service_.CheckServing(context);
  }

 private:
  ServiceChannel service_;
  compute::v1::ComputeService::Stub stub_;
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_GRPC_COMPUTE_SERVICE_CLIENT_H_
