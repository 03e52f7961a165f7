#include "shim/rpc/grpc_network_service_client.h"

#include <utility>

#include "common/status/status_macros.h"
#include "shim/rpc/grpc_watch_call.h"

namespace evroc::shim {
namespace {

namespace v1 = network::v1;

template <typename Response>
std::vector<common::v1::RemainingObject> RemainingOf(const Response& response) {
  return {response.remaining().begin(), response.remaining().end()};
}

template <typename Request>
Request TakeOverRequest(const common::v1::CloudScope& scope,
                        const TakeOverInput& input) {
  Request request;
  *request.mutable_scope() = scope;
  *request.mutable_owner() = input.owner;
  *request.mutable_previous_owner() = input.previous_owner;
  request.set_action(input.action);
  return request;
}

template <typename Response>
std::vector<common::v1::TakeOverObject> ObjectsOf(const Response& response) {
  return {response.objects().begin(), response.objects().end()};
}

}  // namespace

GrpcNetworkServiceClient::GrpcNetworkServiceClient(
    std::string address, ServiceChannel::OnCall on_call)
    : service_("network-service", std::move(address), std::move(on_call)),
      stub_(service_.unary()) {}

absl::StatusOr<v1::ClusterNetwork>
GrpcNetworkServiceClient::ApplyClusterNetwork(
    const CallContext& context, const common::v1::CloudScope& scope,
    const v1::ClusterNetwork& desired) {
  v1::ApplyClusterNetworkRequest request;
  *request.mutable_scope() = scope;
  *request.mutable_cluster_network() = desired;
  v1::ApplyClusterNetworkResponse response;
  EVROC_RETURN_IF_ERROR(service_.Call(
      context, "ApplyClusterNetwork", [&](grpc::ClientContext& client) {
        return stub_.ApplyClusterNetwork(&client, request, &response);
      }));
  return std::move(*response.mutable_cluster_network());
}

absl::StatusOr<v1::ClusterNetwork> GrpcNetworkServiceClient::GetClusterNetwork(
    const CallContext& context, const common::v1::CloudScope& scope,
    const std::string& cluster_id) {
  v1::GetClusterNetworkRequest request;
  *request.mutable_scope() = scope;
  request.set_cluster_id(cluster_id);
  v1::GetClusterNetworkResponse response;
  EVROC_RETURN_IF_ERROR(service_.Call(
      context, "GetClusterNetwork", [&](grpc::ClientContext& client) {
        return stub_.GetClusterNetwork(&client, request, &response);
      }));
  return std::move(*response.mutable_cluster_network());
}

absl::StatusOr<std::vector<common::v1::RemainingObject>>
GrpcNetworkServiceClient::DeleteClusterNetwork(
    const CallContext& context, const common::v1::CloudScope& scope,
    const WholeNetwork& network) {
  v1::DeleteClusterNetworkRequest request;
  *request.mutable_scope() = scope;
  request.set_cluster_id(network.owner.cluster_id());
  request.set_cluster_name(network.owner.cluster_name());
  request.set_resource_prefix(network.owner.resource_prefix());
  request.set_workload_identifier(network.workload_identifier);
  request.set_load_balancer_id(network.load_balancer_id);
  v1::DeleteClusterNetworkResponse response;
  EVROC_RETURN_IF_ERROR(service_.Call(
      context, "DeleteClusterNetwork", [&](grpc::ClientContext& client) {
        return stub_.DeleteClusterNetwork(&client, request, &response);
      }));
  return RemainingOf(response);
}

absl::StatusOr<v1::PublicIp> GrpcNetworkServiceClient::ApplyPublicIp(
    const CallContext& context, const common::v1::CloudScope& scope,
    const v1::PublicIp& desired) {
  v1::ApplyPublicIpRequest request;
  *request.mutable_scope() = scope;
  *request.mutable_public_ip() = desired;
  v1::ApplyPublicIpResponse response;
  EVROC_RETURN_IF_ERROR(
      service_.Call(context, "ApplyPublicIp", [&](grpc::ClientContext& client) {
        return stub_.ApplyPublicIp(&client, request, &response);
      }));
  return std::move(*response.mutable_public_ip());
}

absl::StatusOr<std::vector<common::v1::RemainingObject>>
GrpcNetworkServiceClient::DeletePublicIp(const CallContext& context,
                                         const common::v1::CloudScope& scope,
                                         const common::v1::Owner& owner) {
  v1::DeletePublicIpRequest request;
  *request.mutable_scope() = scope;
  *request.mutable_owner() = owner;
  v1::DeletePublicIpResponse response;
  EVROC_RETURN_IF_ERROR(service_.Call(
      context, "DeletePublicIp", [&](grpc::ClientContext& client) {
        return stub_.DeletePublicIp(&client, request, &response);
      }));
  return RemainingOf(response);
}

absl::StatusOr<std::vector<common::v1::TakeOverObject>>
GrpcNetworkServiceClient::TakeOverClusterNetwork(
    const CallContext& context, const common::v1::CloudScope& scope,
    const TakeOverInput& input) {
  const auto request =
      TakeOverRequest<v1::TakeOverClusterNetworkRequest>(scope, input);
  v1::TakeOverClusterNetworkResponse response;
  EVROC_RETURN_IF_ERROR(service_.Call(
      context, "TakeOverClusterNetwork", [&](grpc::ClientContext& client) {
        return stub_.TakeOverClusterNetwork(&client, request, &response);
      }));
  return ObjectsOf(response);
}

absl::StatusOr<std::vector<common::v1::TakeOverObject>>
GrpcNetworkServiceClient::TakeOverPublicIp(const CallContext& context,
                                           const common::v1::CloudScope& scope,
                                           const TakeOverInput& input) {
  auto request = TakeOverRequest<v1::TakeOverPublicIpRequest>(scope, input);
  request.set_uses_existing(input.uses_existing);
  v1::TakeOverPublicIpResponse response;
  EVROC_RETURN_IF_ERROR(service_.Call(
      context, "TakeOverPublicIp", [&](grpc::ClientContext& client) {
        return stub_.TakeOverPublicIp(&client, request, &response);
      }));
  return ObjectsOf(response);
}

absl::StatusOr<v1::PlanClusterNetworkResponse>
GrpcNetworkServiceClient::PlanClusterNetwork(
    const CallContext& context, const common::v1::CloudScope& scope,
    const common::v1::PreviousOwner& previous_owner,
    const v1::ClusterNetwork& desired) {
  v1::PlanClusterNetworkRequest request;
  *request.mutable_scope() = scope;
  *request.mutable_previous_owner() = previous_owner;
  *request.mutable_cluster_network() = desired;
  v1::PlanClusterNetworkResponse response;
  EVROC_RETURN_IF_ERROR(service_.Call(
      context, "PlanClusterNetwork", [&](grpc::ClientContext& client) {
        return stub_.PlanClusterNetwork(&client, request, &response);
      }));
  return response;
}

absl::StatusOr<v1::PlanPublicIpResponse> GrpcNetworkServiceClient::PlanPublicIp(
    const CallContext& context, const common::v1::CloudScope& scope,
    const common::v1::PreviousOwner& previous_owner,
    const v1::PublicIp& desired, bool deleted) {
  v1::PlanPublicIpRequest request;
  *request.mutable_scope() = scope;
  *request.mutable_previous_owner() = previous_owner;
  *request.mutable_public_ip() = desired;
  request.set_deleted(deleted);
  v1::PlanPublicIpResponse response;
  EVROC_RETURN_IF_ERROR(
      service_.Call(context, "PlanPublicIp", [&](grpc::ClientContext& client) {
        return stub_.PlanPublicIp(&client, request, &response);
      }));
  return response;
}

absl::StatusOr<common::v1::CredentialCheck>
GrpcNetworkServiceClient::CheckCredentials(
    const CallContext& context, const common::v1::CloudScope& scope) {
  v1::CheckCredentialsRequest request;
  *request.mutable_scope() = scope;
  v1::CheckCredentialsResponse response;
  EVROC_RETURN_IF_ERROR(service_.Call(
      context, "CheckCredentials", [&](grpc::ClientContext& client) {
        return stub_.CheckCredentials(&client, request, &response);
      }));
  return std::move(*response.mutable_check());
}

std::unique_ptr<WatchCall> GrpcNetworkServiceClient::Watch(
    const common::v1::CloudScope& scope, const std::string& cursor,
    NetworkObserver& observer) {
  v1::WatchRequest request;
  *request.mutable_scope() = scope;
  request.set_cursor(cursor);
  return std::make_unique<GrpcWatchCall<v1::NetworkService::Stub,
                                        v1::WatchRequest, v1::WatchResponse>>(
      service_, std::move(request), observer);
}

}  // namespace evroc::shim
