// ComputeService over gRPC: takes requests apart, lets a ComputeScope do the
// work, and puts the answers together. Thread-safe.

#ifndef SERVICES_COMPUTE_COMPUTE_SERVICE_H_
#define SERVICES_COMPUTE_COMPUTE_SERVICE_H_

#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "evroc/compute/v1/compute_service.grpc.pb.h"
#include "services/compute/compute_scope.h"
#include "services/evroc/connection/scope_pool.h"
#include "services/rpc/service_runtime.h"
#include "services/rpc/watch_streams.h"

namespace evroc::compute {

class ComputeServiceImpl final
    : public v1::ComputeService::WithCallbackMethod_Watch<
          v1::ComputeService::Service> {
 public:
  // `runtime` must outlive the service.
  explicit ComputeServiceImpl(cloud::ServiceRuntime& runtime);

  // Ends all Watches, for the program to end.
  void EndWatches();

  // For each scope when the cloud last confirmed it: ScopeCollector::Confirmed.
  std::vector<absl::Time> ConfirmedTimes() const;

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
  cloud::ServiceRuntime& runtime_;
  cloud::ScopePool<ComputeScope> scopes_;
  cloud::WatchStreams<v1::WatchResponse> watches_;
};

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_COMPUTE_SERVICE_H_
