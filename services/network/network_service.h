// The gRPC adapter of the network service: decodes requests, calls a
// NetworkScope, and encodes the answers. Thread-safe.

#ifndef SERVICES_NETWORK_NETWORK_SERVICE_H_
#define SERVICES_NETWORK_NETWORK_SERVICE_H_

#include <vector>

#include "absl/time/time.h"
#include "evroc/network/v1/network_service.grpc.pb.h"
#include "services/network/network_scope.h"
#include "services/rpc/scoped_service.h"
#include "services/rpc/service_runtime.h"

namespace evroc::network {

class NetworkServiceImpl final
    : public v1::NetworkService::WithCallbackMethod_Watch<
          v1::NetworkService::Service> {
 public:
  // `runtime` must outlive the service.
  explicit NetworkServiceImpl(cloud::ServiceRuntime& runtime);

  // See ScopedService.
  void EndWatches() { service_.EndWatches(); }
  std::vector<absl::Time> ConfirmedTimes() const {
    return service_.ConfirmedTimes();
  }

  grpc::Status ApplyClusterNetwork(
      grpc::ServerContext* context,
      const v1::ApplyClusterNetworkRequest* request,
      v1::ApplyClusterNetworkResponse* response) override;
  grpc::Status GetClusterNetwork(
      grpc::ServerContext* context, const v1::GetClusterNetworkRequest* request,
      v1::GetClusterNetworkResponse* response) override;
  grpc::Status ListClusterNetworks(
      grpc::ServerContext* context,
      const v1::ListClusterNetworksRequest* request,
      v1::ListClusterNetworksResponse* response) override;
  grpc::Status DeleteClusterNetwork(
      grpc::ServerContext* context,
      const v1::DeleteClusterNetworkRequest* request,
      v1::DeleteClusterNetworkResponse* response) override;
  grpc::Status TakeOverClusterNetwork(
      grpc::ServerContext* context,
      const v1::TakeOverClusterNetworkRequest* request,
      v1::TakeOverClusterNetworkResponse* response) override;
  grpc::Status TakeOverPublicIp(
      grpc::ServerContext* context, const v1::TakeOverPublicIpRequest* request,
      v1::TakeOverPublicIpResponse* response) override;
  grpc::Status PlanClusterNetwork(
      grpc::ServerContext* context,
      const v1::PlanClusterNetworkRequest* request,
      v1::PlanClusterNetworkResponse* response) override;
  grpc::Status PlanPublicIp(grpc::ServerContext* context,
                            const v1::PlanPublicIpRequest* request,
                            v1::PlanPublicIpResponse* response) override;
  grpc::Status ApplyPublicIp(grpc::ServerContext* context,
                             const v1::ApplyPublicIpRequest* request,
                             v1::ApplyPublicIpResponse* response) override;
  grpc::Status GetPublicIp(grpc::ServerContext* context,
                           const v1::GetPublicIpRequest* request,
                           v1::GetPublicIpResponse* response) override;
  grpc::Status ListPublicIps(grpc::ServerContext* context,
                             const v1::ListPublicIpsRequest* request,
                             v1::ListPublicIpsResponse* response) override;
  grpc::Status DeletePublicIp(grpc::ServerContext* context,
                              const v1::DeletePublicIpRequest* request,
                              v1::DeletePublicIpResponse* response) override;
  grpc::Status CheckCredentials(
      grpc::ServerContext* context, const v1::CheckCredentialsRequest* request,
      v1::CheckCredentialsResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchResponse>* Watch(
      grpc::CallbackServerContext* context,
      const v1::WatchRequest* request) override;

 private:
  cloud::ScopedService<NetworkScope, v1::WatchResponse> service_;
};

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_NETWORK_SERVICE_H_
