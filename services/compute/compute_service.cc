#include "services/compute/compute_service.h"

#include <string>
#include <utility>

#include "common/status/status_macros.h"
#include "common/status/violations.h"
#include "services/compute/catalogue.h"
#include "services/fields/common_fields.h"
#include "services/fields/remaining.h"
#include "services/fields/take_over_fields.h"
#include "services/inventory/workload_objects.h"

namespace evroc::compute {
namespace {

absl::StatusOr<cloud::OwnerKey> CheckMachine(const common::v1::Owner& owner) {
  Violations violations;
  const cloud::Owner checked = cloud::CheckOwner(
      owner, cloud::OwnerKind::kMachine, /*names=*/false, "owner", violations);
  EVROC_RETURN_IF_ERROR(violations.ToStatus());
  return cloud::KeyOf(checked);
}

absl::StatusOr<MachineTraces> CheckTraces(
    const v1::DeleteVirtualMachineRequest& request) {
  Violations violations;
  MachineTraces traces{
      .owner = cloud::CheckOwner(request.owner(), cloud::OwnerKind::kMachine,
                                 /*names=*/false, "owner", violations),
      .vm_uid = request.vm_uid(),
      .data_disks = {request.data_disks().begin(), request.data_disks().end()}};
  violations.Check(
      request.workload_identifier().empty() && !request.delete_workload_disks(),
      "workload_identifier", "is for DeleteClusterVirtualMachines");
  violations.Check(
      traces.data_disks.empty() || !traces.owner.machine_name.empty(),
      "data_disks", "needs owner.machine_name");
  EVROC_RETURN_IF_ERROR(violations.ToStatus());
  return traces;
}

absl::StatusOr<WorkloadObjects> CheckCluster(
    const v1::DeleteClusterVirtualMachinesRequest& request) {
  Violations violations;
  const std::string& identifier = request.workload_identifier();
  cloud::CheckClusterId(request.cluster_id(), "cluster_id", violations);
  cloud::CheckWorkloadIdentifier(identifier, "workload_identifier", violations);
  violations.Check(!request.delete_workload_disks() || !identifier.empty(),
                   "delete_workload_disks", "needs workload_identifier");
  EVROC_RETURN_IF_ERROR(violations.ToStatus());
  return WorkloadObjects{identifier, request.delete_workload_disks()};
}

}  // namespace

ComputeServiceImpl::ComputeServiceImpl(cloud::ServiceRuntime& runtime)
    : service_(runtime, [&runtime](
                            std::shared_ptr<cloud::Connection> connection) {
        return std::make_shared<ComputeScope>(
            std::move(connection), runtime.poll_intervals(), runtime.clock());
      }) {}

grpc::Status ComputeServiceImpl::ApplyVirtualMachine(
    grpc::ServerContext* context, const v1::ApplyVirtualMachineRequest* request,
    v1::ApplyVirtualMachineResponse* response) {
  return service_.Call(
      *context, "ApplyVirtualMachine", *request, *response,
      [&](const CallContext& call, ComputeScope& scope) -> absl::Status {
        EVROC_ASSIGN_OR_RETURN(*response->mutable_virtual_machine(),
                               scope.Apply(call, request->virtual_machine(),
                                           request->provisioned_before()));
        return absl::OkStatus();
      });
}

grpc::Status ComputeServiceImpl::GetVirtualMachine(
    grpc::ServerContext* context, const v1::GetVirtualMachineRequest* request,
    v1::GetVirtualMachineResponse* response) {
  return service_.Call(
      *context, "GetVirtualMachine", *request, *response,
      [&](const CallContext& call, ComputeScope& scope) -> absl::Status {
        EVROC_ASSIGN_OR_RETURN(const cloud::OwnerKey owner,
                               CheckMachine(request->owner()));
        EVROC_ASSIGN_OR_RETURN(*response->mutable_virtual_machine(),
                               scope.Get(call, owner));
        return absl::OkStatus();
      });
}

grpc::Status ComputeServiceImpl::ListVirtualMachines(
    grpc::ServerContext* context, const v1::ListVirtualMachinesRequest* request,
    v1::ListVirtualMachinesResponse* response) {
  return service_.List(
      *context, "ListVirtualMachines", *request, *response,
      *response->mutable_virtual_machines(),
      [&](const CallContext& call, ComputeScope& scope) -> absl::Status {
        EVROC_ASSIGN_OR_RETURN(auto machines,
                               scope.List(call, request->cluster_id()));
        for (v1::VirtualMachine& machine : machines) {
          *response->add_virtual_machines() = std::move(machine);
        }
        return absl::OkStatus();
      });
}

grpc::Status ComputeServiceImpl::DeleteVirtualMachine(
    grpc::ServerContext* context,
    const v1::DeleteVirtualMachineRequest* request,
    v1::DeleteVirtualMachineResponse* response) {
  return service_.Call(
      *context, "DeleteVirtualMachine", *request, *response,
      [&](const CallContext& call, ComputeScope& scope) -> absl::Status {
        EVROC_ASSIGN_OR_RETURN(const MachineTraces traces,
                               CheckTraces(*request));
        EVROC_ASSIGN_OR_RETURN(
            const auto remaining,
            scope.Delete(call, cloud::KeyOf(traces.owner), traces));
        cloud::SetRemaining(remaining, *response);
        return absl::OkStatus();
      });
}

grpc::Status ComputeServiceImpl::DeleteClusterVirtualMachines(
    grpc::ServerContext* context,
    const v1::DeleteClusterVirtualMachinesRequest* request,
    v1::DeleteClusterVirtualMachinesResponse* response) {
  return service_.Call(
      *context, "DeleteClusterVirtualMachines", *request, *response,
      [&](const CallContext& call, ComputeScope& scope) -> absl::Status {
        EVROC_ASSIGN_OR_RETURN(const WorkloadObjects workload,
                               CheckCluster(*request));
        EVROC_ASSIGN_OR_RETURN(
            const auto remaining,
            scope.DeleteCluster(
                call, request->cluster_id(), workload,
                {.name = request->cluster_name(),
                 .had_groups = request->had_placement_groups()}));
        cloud::SetRemaining(remaining, *response);
        return absl::OkStatus();
      });
}

grpc::Status ComputeServiceImpl::TakeOverVirtualMachine(
    grpc::ServerContext* context,
    const v1::TakeOverVirtualMachineRequest* request,
    v1::TakeOverVirtualMachineResponse* response) {
  return service_.Call(
      *context, "TakeOverVirtualMachine", *request, *response,
      [&](const CallContext& call, ComputeScope& scope) -> absl::Status {
        EVROC_ASSIGN_OR_RETURN(
            const cloud::TakeOverRequest checked,
            cloud::CheckTakeOver(request->owner(), cloud::OwnerKind::kMachine,
                                 request->previous_owner(), request->action()));
        EVROC_ASSIGN_OR_RETURN(const MachineTakeOver taken,
                               scope.TakeOver(call, checked));
        cloud::SetObjects(taken.objects, *response);
        response->set_zone(taken.zone);
        response->set_uid(taken.uid);
        response->set_public_ip_id(taken.public_ip_id);
        return absl::OkStatus();
      });
}

grpc::Status ComputeServiceImpl::PlanVirtualMachine(
    grpc::ServerContext* context, const v1::PlanVirtualMachineRequest* request,
    v1::PlanVirtualMachineResponse* response) {
  return service_.Call(
      *context, "PlanVirtualMachine", *request, *response,
      [&](const CallContext& call, ComputeScope& scope) -> absl::Status {
        EVROC_ASSIGN_OR_RETURN(*response, scope.Plan(call, *request));
        return absl::OkStatus();
      });
}

grpc::Status ComputeServiceImpl::ListComputeProfiles(
    grpc::ServerContext* context, const v1::ListComputeProfilesRequest* request,
    v1::ListComputeProfilesResponse* response) {
  return service_.List(
      *context, "ListComputeProfiles", *request, *response,
      *response->mutable_compute_profiles(),
      [&](const CallContext& call, ComputeScope& scope) -> absl::Status {
        EVROC_ASSIGN_OR_RETURN(*response,
                               ListProfiles(call, *scope.connection().compute));
        return absl::OkStatus();
      });
}

grpc::Status ComputeServiceImpl::ListDiskImages(
    grpc::ServerContext* context, const v1::ListDiskImagesRequest* request,
    v1::ListDiskImagesResponse* response) {
  return service_.List(
      *context, "ListDiskImages", *request, *response,
      *response->mutable_disk_images(),
      [&](const CallContext& call, ComputeScope& scope) -> absl::Status {
        EVROC_ASSIGN_OR_RETURN(*response,
                               ListImages(call, *scope.connection().compute));
        return absl::OkStatus();
      });
}

grpc::Status ComputeServiceImpl::ListZones(grpc::ServerContext* context,
                                           const v1::ListZonesRequest* request,
                                           v1::ListZonesResponse* response) {
  return service_.List(
      *context, "ListZones", *request, *response, *response->mutable_zones(),
      [&](const CallContext& call, ComputeScope& scope) -> absl::Status {
        EVROC_ASSIGN_OR_RETURN(
            *response, compute::ListZones(call, *scope.connection().compute));
        return absl::OkStatus();
      });
}

grpc::Status ComputeServiceImpl::CheckCredentials(
    grpc::ServerContext* context, const v1::CheckCredentialsRequest* request,
    v1::CheckCredentialsResponse* response) {
  return service_.CheckCredentials(*context, *request, *response);
}

grpc::ServerWriteReactor<v1::WatchResponse>* ComputeServiceImpl::Watch(
    grpc::CallbackServerContext* /*context*/, const v1::WatchRequest* request) {
  return service_.Watch(*request);
}

}  // namespace evroc::compute
