#include "services/network/network_service.h"

#include <string>
#include <utility>

#include "common/status/status_macros.h"
#include "common/status/violations.h"
#include "services/fields/common_fields.h"
#include "services/fields/remaining.h"
#include "services/fields/take_over_fields.h"

namespace evroc::network {
namespace {

cloud::Owner CheckMachine(const common::v1::Owner& owner,
                          Violations& violations) {
  return cloud::CheckOwner(owner, cloud::OwnerKind::kMachine,
                           /*names=*/false, "owner", violations);
}

cloud::Owner CheckClusterToDelete(
    const v1::DeleteClusterNetworkRequest& request, Violations& violations) {
  common::v1::Owner owner;
  owner.set_cluster_name(request.cluster_name());
  owner.set_resource_prefix(request.resource_prefix());
  owner.set_cluster_id(request.cluster_id());
  cloud::CheckClusterId(request.cluster_id(), "cluster_id", violations);
  if (!violations.ToStatus().ok()) return {};
  violations.Check(
      !request.cluster_name().empty() || request.resource_prefix().empty(),
      "cluster_name", "is required with resource_prefix");
  return cloud::CheckOwner(owner, cloud::OwnerKind::kCluster, /*names=*/false,
                           "owner", violations);
}

}  // namespace

NetworkServiceImpl::NetworkServiceImpl(cloud::ServiceRuntime& runtime)
    : service_(runtime, [&runtime](
                            std::shared_ptr<cloud::Connection> connection) {
        return std::make_shared<NetworkScope>(
            std::move(connection), runtime.poll_intervals(), runtime.clock());
      }) {}

grpc::Status NetworkServiceImpl::ApplyClusterNetwork(
    grpc::ServerContext* context, const v1::ApplyClusterNetworkRequest* request,
    v1::ApplyClusterNetworkResponse* response) {
  return service_.Call(
      *context, "ApplyClusterNetwork", *request, *response,
      [&](const CallContext& call, NetworkScope& scope) -> absl::Status {
        EVROC_ASSIGN_OR_RETURN(
            *response->mutable_cluster_network(),
            scope.ApplyNetwork(call, request->cluster_network()));
        return absl::OkStatus();
      });
}

grpc::Status NetworkServiceImpl::GetClusterNetwork(
    grpc::ServerContext* context, const v1::GetClusterNetworkRequest* request,
    v1::GetClusterNetworkResponse* response) {
  return service_.Call(
      *context, "GetClusterNetwork", *request, *response,
      [&](const CallContext& call, NetworkScope& scope) -> absl::Status {
        Violations violations;
        cloud::CheckClusterId(request->cluster_id(), "cluster_id", violations);
        EVROC_RETURN_IF_ERROR(violations.ToStatus());
        EVROC_ASSIGN_OR_RETURN(*response->mutable_cluster_network(),
                               scope.GetNetwork(call, request->cluster_id()));
        return absl::OkStatus();
      });
}

grpc::Status NetworkServiceImpl::ListClusterNetworks(
    grpc::ServerContext* context, const v1::ListClusterNetworksRequest* request,
    v1::ListClusterNetworksResponse* response) {
  return service_.List(
      *context, "ListClusterNetworks", *request, *response,
      *response->mutable_cluster_networks(),
      [&](const CallContext& call, NetworkScope& scope) -> absl::Status {
        EVROC_ASSIGN_OR_RETURN(auto networks, scope.ListNetworks(call));
        for (v1::ClusterNetwork& network : networks) {
          *response->add_cluster_networks() = std::move(network);
        }
        return absl::OkStatus();
      });
}

grpc::Status NetworkServiceImpl::DeleteClusterNetwork(
    grpc::ServerContext* context,
    const v1::DeleteClusterNetworkRequest* request,
    v1::DeleteClusterNetworkResponse* response) {
  return service_.Call(
      *context, "DeleteClusterNetwork", *request, *response,
      [&](const CallContext& call, NetworkScope& scope) -> absl::Status {
        Violations violations;
        const cloud::Owner owner = CheckClusterToDelete(*request, violations);
        EVROC_RETURN_IF_ERROR(violations.ToStatus());
        EVROC_ASSIGN_OR_RETURN(
            const auto remaining,
            scope.DeleteNetwork(call, owner, request->workload_identifier(),
                                request->load_balancer_id()));
        cloud::SetRemaining(remaining, *response);
        return absl::OkStatus();
      });
}

grpc::Status NetworkServiceImpl::TakeOverClusterNetwork(
    grpc::ServerContext* context,
    const v1::TakeOverClusterNetworkRequest* request,
    v1::TakeOverClusterNetworkResponse* response) {
  return service_.Call(
      *context, "TakeOverClusterNetwork", *request, *response,
      [&](const CallContext& call, NetworkScope& scope) -> absl::Status {
        EVROC_ASSIGN_OR_RETURN(const auto objects,
                               scope.TakeOverNetwork(call, *request));
        cloud::SetObjects(objects, *response);
        return absl::OkStatus();
      });
}

grpc::Status NetworkServiceImpl::TakeOverPublicIp(
    grpc::ServerContext* context, const v1::TakeOverPublicIpRequest* request,
    v1::TakeOverPublicIpResponse* response) {
  return service_.Call(
      *context, "TakeOverPublicIp", *request, *response,
      [&](const CallContext& call, NetworkScope& scope) -> absl::Status {
        EVROC_ASSIGN_OR_RETURN(const auto objects,
                               scope.TakeOverAddress(call, *request));
        cloud::SetObjects(objects, *response);
        return absl::OkStatus();
      });
}

grpc::Status NetworkServiceImpl::PlanClusterNetwork(
    grpc::ServerContext* context, const v1::PlanClusterNetworkRequest* request,
    v1::PlanClusterNetworkResponse* response) {
  return service_.Call(
      *context, "PlanClusterNetwork", *request, *response,
      [&](const CallContext& call, NetworkScope& scope) -> absl::Status {
        EVROC_ASSIGN_OR_RETURN(*response, scope.PlanNetwork(call, *request));
        return absl::OkStatus();
      });
}

grpc::Status NetworkServiceImpl::PlanPublicIp(
    grpc::ServerContext* context, const v1::PlanPublicIpRequest* request,
    v1::PlanPublicIpResponse* response) {
  return service_.Call(
      *context, "PlanPublicIp", *request, *response,
      [&](const CallContext& call, NetworkScope& scope) -> absl::Status {
        EVROC_ASSIGN_OR_RETURN(*response, scope.PlanAddress(call, *request));
        return absl::OkStatus();
      });
}

grpc::Status NetworkServiceImpl::ApplyPublicIp(
    grpc::ServerContext* context, const v1::ApplyPublicIpRequest* request,
    v1::ApplyPublicIpResponse* response) {
  return service_.Call(
      *context, "ApplyPublicIp", *request, *response,
      [&](const CallContext& call, NetworkScope& scope) -> absl::Status {
        EVROC_ASSIGN_OR_RETURN(*response->mutable_public_ip(),
                               scope.ApplyAddress(call, request->public_ip()));
        return absl::OkStatus();
      });
}

grpc::Status NetworkServiceImpl::GetPublicIp(
    grpc::ServerContext* context, const v1::GetPublicIpRequest* request,
    v1::GetPublicIpResponse* response) {
  return service_.Call(
      *context, "GetPublicIp", *request, *response,
      [&](const CallContext& call, NetworkScope& scope) -> absl::Status {
        Violations violations;
        const cloud::Owner owner = CheckMachine(request->owner(), violations);
        EVROC_RETURN_IF_ERROR(violations.ToStatus());
        EVROC_ASSIGN_OR_RETURN(*response->mutable_public_ip(),
                               scope.GetAddress(call, cloud::KeyOf(owner)));
        return absl::OkStatus();
      });
}

grpc::Status NetworkServiceImpl::ListPublicIps(
    grpc::ServerContext* context, const v1::ListPublicIpsRequest* request,
    v1::ListPublicIpsResponse* response) {
  return service_.List(
      *context, "ListPublicIps", *request, *response,
      *response->mutable_public_ips(),
      [&](const CallContext& call, NetworkScope& scope) -> absl::Status {
        EVROC_ASSIGN_OR_RETURN(
            auto addresses, scope.ListAddresses(call, request->cluster_id()));
        for (v1::PublicIp& address : addresses) {
          *response->add_public_ips() = std::move(address);
        }
        return absl::OkStatus();
      });
}

grpc::Status NetworkServiceImpl::DeletePublicIp(
    grpc::ServerContext* context, const v1::DeletePublicIpRequest* request,
    v1::DeletePublicIpResponse* response) {
  return service_.Call(
      *context, "DeletePublicIp", *request, *response,
      [&](const CallContext& call, NetworkScope& scope) -> absl::Status {
        Violations violations;
        const cloud::Owner owner = CheckMachine(request->owner(), violations);
        EVROC_RETURN_IF_ERROR(violations.ToStatus());
        EVROC_ASSIGN_OR_RETURN(const auto remaining,
                               scope.DeleteAddress(call, owner));
        cloud::SetRemaining(remaining, *response);
        return absl::OkStatus();
      });
}

grpc::Status NetworkServiceImpl::CheckCredentials(
    grpc::ServerContext* context, const v1::CheckCredentialsRequest* request,
    v1::CheckCredentialsResponse* response) {
  return service_.CheckCredentials(*context, *request, *response);
}

grpc::ServerWriteReactor<v1::WatchResponse>* NetworkServiceImpl::Watch(
    grpc::CallbackServerContext* /*context*/, const v1::WatchRequest* request) {
  return service_.Watch(*request);
}

}  // namespace evroc::network
