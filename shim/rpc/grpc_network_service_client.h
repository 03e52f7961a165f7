// Calls the network service over gRPC. Thread-safe.

#ifndef SHIM_RPC_GRPC_NETWORK_SERVICE_CLIENT_H_
#define SHIM_RPC_GRPC_NETWORK_SERVICE_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "evroc/network/v1/network_service.grpc.pb.h"
#include "shim/rpc/network_service_client.h"
#include "shim/rpc/service_channel.h"

namespace evroc::shim {

class GrpcNetworkServiceClient : public NetworkServiceClient {
 public:
  // `address` must pass CheckServiceAddress. Does not connect yet.
  explicit GrpcNetworkServiceClient(std::string address,
                                    ServiceChannel::OnCall on_call = nullptr);

  absl::StatusOr<network::v1::ClusterNetwork> ApplyClusterNetwork(
      const CallContext& context, const common::v1::CloudScope& scope,
      const network::v1::ClusterNetwork& desired) override;
  absl::StatusOr<network::v1::ClusterNetwork> GetClusterNetwork(
      const CallContext& context, const common::v1::CloudScope& scope,
      const std::string& cluster_id) override;
  absl::StatusOr<std::vector<common::v1::RemainingObject>> DeleteClusterNetwork(
      const CallContext& context, const common::v1::CloudScope& scope,
      const WholeNetwork& network) override;
  absl::StatusOr<network::v1::PublicIp> ApplyPublicIp(
      const CallContext& context, const common::v1::CloudScope& scope,
      const network::v1::PublicIp& desired) override;
  absl::StatusOr<std::vector<common::v1::RemainingObject>> DeletePublicIp(
      const CallContext& context, const common::v1::CloudScope& scope,
      const common::v1::Owner& owner) override;
  absl::StatusOr<std::vector<common::v1::TakeOverObject>>
  TakeOverClusterNetwork(const CallContext& context,
                         const common::v1::CloudScope& scope,
                         const TakeOverInput& input) override;
  absl::StatusOr<std::vector<common::v1::TakeOverObject>> TakeOverPublicIp(
      const CallContext& context, const common::v1::CloudScope& scope,
      const TakeOverInput& input) override;
  absl::StatusOr<network::v1::PlanClusterNetworkResponse> PlanClusterNetwork(
      const CallContext& context, const common::v1::CloudScope& scope,
      const common::v1::PreviousOwner& previous_owner,
      const network::v1::ClusterNetwork& desired) override;
  absl::StatusOr<network::v1::PlanPublicIpResponse> PlanPublicIp(
      const CallContext& context, const common::v1::CloudScope& scope,
      const common::v1::PreviousOwner& previous_owner,
      const network::v1::PublicIp& desired, bool deleted) override;
  absl::StatusOr<common::v1::CredentialCheck> CheckCredentials(
      const CallContext& context, const common::v1::CloudScope& scope) override;
  std::unique_ptr<WatchCall> Watch(const common::v1::CloudScope& scope,
                                   const std::string& cursor,
                                   NetworkObserver& observer) override;

  // As ServiceChannel::CheckServing.
  absl::Status CheckServing(const CallContext& context) const {
    return service_.CheckServing(context);
  }

 private:
  ServiceChannel service_;
  network::v1::NetworkService::Stub stub_;
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_GRPC_NETWORK_SERVICE_CLIENT_H_
