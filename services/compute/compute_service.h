// The gRPC adapter of the compute service: decodes requests, calls a
// ComputeScope, and encodes the answers. Thread-safe.

#ifndef SERVICES_COMPUTE_COMPUTE_SERVICE_H_
#define SERVICES_COMPUTE_COMPUTE_SERVICE_H_

#include <vector>

#include "absl/time/time.h"
#include "evroc/compute/v1/compute_service.grpc.pb.h"
#include "services/compute/compute_scope.h"
#include "services/rpc/scoped_service.h"
#include "services/rpc/service_runtime.h"

namespace evroc::compute {

class ComputeServiceImpl final
    : public v1::ComputeService::WithCallbackMethod_Watch<
          v1::ComputeService::Service> {
 public:
  // `runtime` must outlive the service.
  explicit ComputeServiceImpl(cloud::ServiceRuntime& runtime);

  // See ScopedService.
  void EndWatches() { service_.EndWatches(); }
  std::vector<absl::Time> ConfirmedTimes() const {
    return service_.ConfirmedTimes();
  }

  grpc::Status ApplyVirtualMachine(
      grpc::ServerContext* context,
      const v1::ApplyVirtualMachineRequest* request,
      v1::ApplyVirtualMachineResponse* response) override;
  grpc::Status GetVirtualMachine(
      grpc::ServerContext* context, const v1::GetVirtualMachineRequest* request,
      v1::GetVirtualMachineResponse* response) override;
  grpc::Status ListVirtualMachines(
      grpc::ServerContext* context,
      const v1::ListVirtualMachinesRequest* request,
      v1::ListVirtualMachinesResponse* response) override;
  grpc::Status DeleteVirtualMachine(
      grpc::ServerContext* context,
      const v1::DeleteVirtualMachineRequest* request,
      v1::DeleteVirtualMachineResponse* response) override;
  grpc::Status DeleteClusterVirtualMachines(
      grpc::ServerContext* context,
      const v1::DeleteClusterVirtualMachinesRequest* request,
      v1::DeleteClusterVirtualMachinesResponse* response) override;
  grpc::Status TakeOverVirtualMachine(
      grpc::ServerContext* context,
      const v1::TakeOverVirtualMachineRequest* request,
      v1::TakeOverVirtualMachineResponse* response) override;
  grpc::Status PlanVirtualMachine(
      grpc::ServerContext* context,
      const v1::PlanVirtualMachineRequest* request,
      v1::PlanVirtualMachineResponse* response) override;
  grpc::Status ListComputeProfiles(
      grpc::ServerContext* context,
      const v1::ListComputeProfilesRequest* request,
      v1::ListComputeProfilesResponse* response) override;
  grpc::Status ListDiskImages(grpc::ServerContext* context,
                              const v1::ListDiskImagesRequest* request,
                              v1::ListDiskImagesResponse* response) override;
  grpc::Status ListZones(grpc::ServerContext* context,
                         const v1::ListZonesRequest* request,
                         v1::ListZonesResponse* response) override;
  grpc::Status CheckCredentials(
      grpc::ServerContext* context, const v1::CheckCredentialsRequest* request,
      v1::CheckCredentialsResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchResponse>* Watch(
      grpc::CallbackServerContext* context,
      const v1::WatchRequest* request) override;

 private:
  cloud::ScopedService<ComputeScope, v1::WatchResponse> service_;
};

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_COMPUTE_SERVICE_H_
