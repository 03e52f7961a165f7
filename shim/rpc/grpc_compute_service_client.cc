#include "shim/rpc/grpc_compute_service_client.h"

#include <utility>

#include "common/status/status_macros.h"
#include "shim/rpc/grpc_watch_call.h"

namespace evroc::shim {
namespace {

namespace v1 = compute::v1;

template <typename Response>
std::vector<common::v1::RemainingObject> RemainingIn(const Response& response) {
  return {response.remaining().begin(), response.remaining().end()};
}

}  // namespace

GrpcComputeServiceClient::GrpcComputeServiceClient(
    std::string address, ServiceChannel::OnCall on_call)
    : service_("compute-service", std::move(address), std::move(on_call)),
      stub_(service_.unary()) {}

absl::StatusOr<v1::VirtualMachine>
GrpcComputeServiceClient::ApplyVirtualMachine(
    const CallContext& context, const common::v1::CloudScope& scope,
    const v1::VirtualMachine& desired, bool provisioned_before) {
  v1::ApplyVirtualMachineRequest request;
  *request.mutable_scope() = scope;
  *request.mutable_virtual_machine() = desired;
  request.set_provisioned_before(provisioned_before);
  v1::ApplyVirtualMachineResponse response;
  EVROC_RETURN_IF_ERROR(service_.Call(
      context, "ApplyVirtualMachine", [&](grpc::ClientContext& client) {
        return stub_.ApplyVirtualMachine(&client, request, &response);
      }));
  return std::move(*response.mutable_virtual_machine());
}

absl::StatusOr<std::vector<common::v1::RemainingObject>>
GrpcComputeServiceClient::DeleteVirtualMachine(
    const CallContext& context, const common::v1::CloudScope& scope,
    const WholeMachine& machine) {
  v1::DeleteVirtualMachineRequest request;
  *request.mutable_scope() = scope;
  *request.mutable_owner() = machine.owner;
  request.set_vm_uid(machine.vm_uid);
  for (const std::string& name : machine.data_disks) {
    request.add_data_disks(name);
  }
  v1::DeleteVirtualMachineResponse response;
  EVROC_RETURN_IF_ERROR(service_.Call(
      context, "DeleteVirtualMachine", [&](grpc::ClientContext& client) {
        return stub_.DeleteVirtualMachine(&client, request, &response);
      }));
  return RemainingIn(response);
}

absl::StatusOr<std::vector<common::v1::RemainingObject>>
GrpcComputeServiceClient::DeleteClusterMachines(
    const CallContext& context, const common::v1::CloudScope& scope,
    const WholeCluster& cluster) {
  v1::DeleteClusterVirtualMachinesRequest request;
  *request.mutable_scope() = scope;
  request.set_cluster_id(cluster.cluster_id);
  request.set_workload_identifier(cluster.workload_identifier);
  request.set_delete_workload_disks(cluster.with_workload_disks);
  request.set_cluster_name(cluster.cluster_name);
  request.set_had_placement_groups(cluster.had_placement_groups);
  v1::DeleteClusterVirtualMachinesResponse response;
  EVROC_RETURN_IF_ERROR(service_.Call(
      context, "DeleteClusterVirtualMachines",
      [&](grpc::ClientContext& client) {
        return stub_.DeleteClusterVirtualMachines(&client, request, &response);
      }));
  return RemainingIn(response);
}

absl::StatusOr<v1::TakeOverVirtualMachineResponse>
GrpcComputeServiceClient::TakeOverVirtualMachine(
    const CallContext& context, const common::v1::CloudScope& scope,
    const TakeOverInput& input) {
  v1::TakeOverVirtualMachineRequest request;
  *request.mutable_scope() = scope;
  *request.mutable_owner() = input.owner;
  *request.mutable_previous_owner() = input.previous_owner;
  request.set_action(input.action);
  v1::TakeOverVirtualMachineResponse response;
  EVROC_RETURN_IF_ERROR(service_.Call(
      context, "TakeOverVirtualMachine", [&](grpc::ClientContext& client) {
        return stub_.TakeOverVirtualMachine(&client, request, &response);
      }));
  return response;
}

absl::StatusOr<v1::PlanVirtualMachineResponse>
GrpcComputeServiceClient::PlanVirtualMachine(
    const CallContext& context, const common::v1::CloudScope& scope,
    const common::v1::PreviousOwner& previous_owner,
    const v1::VirtualMachine& desired, bool provisioned_before) {
  v1::PlanVirtualMachineRequest request;
  *request.mutable_scope() = scope;
  *request.mutable_previous_owner() = previous_owner;
  *request.mutable_virtual_machine() = desired;
  request.set_provisioned_before(provisioned_before);
  v1::PlanVirtualMachineResponse response;
  EVROC_RETURN_IF_ERROR(service_.Call(
      context, "PlanVirtualMachine", [&](grpc::ClientContext& client) {
        return stub_.PlanVirtualMachine(&client, request, &response);
      }));
  return response;
}

absl::StatusOr<std::vector<v1::ComputeProfile>>
GrpcComputeServiceClient::ListComputeProfiles(
    const CallContext& context, const common::v1::CloudScope& scope) {
  v1::ListComputeProfilesRequest request;
  *request.mutable_scope() = scope;
  std::vector<v1::ComputeProfile> profiles;
  do {
    v1::ListComputeProfilesResponse response;
    EVROC_RETURN_IF_ERROR(service_.Call(
        context, "ListComputeProfiles", [&](grpc::ClientContext& client) {
          return stub_.ListComputeProfiles(&client, request, &response);
        }));
    profiles.insert(profiles.end(), response.compute_profiles().begin(),
                    response.compute_profiles().end());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return profiles;
}

std::unique_ptr<WatchCall> GrpcComputeServiceClient::Watch(
    const common::v1::CloudScope& scope, const std::string& cursor,
    ComputeObserver& observer) {
  v1::WatchRequest request;
  *request.mutable_scope() = scope;
  request.set_cursor(cursor);
  return std::make_unique<GrpcWatchCall<v1::ComputeService::Stub,
                                        v1::WatchRequest, v1::WatchResponse>>(
      service_, std::move(request), observer);
}

}  // namespace evroc::shim
