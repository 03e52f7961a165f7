#include "services/network/network_service.h"

#include <string>
#include <utility>

#include "common/status/status_macros.h"
#include "services/rpc/common_fields.h"
#include "services/rpc/remaining.h"
#include "services/rpc/violations.h"

namespace evroc::network {
namespace {

cloud::OwnerKey CheckMachine(const common::v1::Owner& owner,
                             cloud::Violations& violations) {
  return cloud::KeyOf(cloud::CheckOwner(owner, cloud::OwnerKind::kMachine,
                                        /*names=*/false, "owner", violations));
}

}  // namespace

NetworkServiceImpl::NetworkServiceImpl(cloud::ServiceRuntime& runtime)
    : runtime_(runtime),
      scopes_(
          runtime.resolver(),
          [&runtime](const std::string& key, const cloud::Target& target) {
            return runtime.Dial(key, target);
          },
          [&runtime](std::shared_ptr<cloud::Connection> connection) {
            const Pace pace{.fast = runtime.flags().poll_interval,
                            .slow = runtime.flags().drift_interval};
            return std::make_shared<NetworkScope>(std::move(connection), pace,
                                                  runtime.scheduler(),
                                                  runtime.clock());
          },
          {}, runtime.clock()),
      watches_(runtime.reaper(), runtime.rpc_metrics().watches()) {}

void NetworkServiceImpl::EndWatches() {
  watches_.EndAll(absl::UnavailableError("the service is stopping"));
}

std::vector<absl::Time> NetworkServiceImpl::ConfirmedTimes() const {
  std::vector<absl::Time> times;
  for (const auto& scope : scopes_.All()) {
    times.push_back(scope->feed().confirmed());
  }
  return times;
}

grpc::Status NetworkServiceImpl::ApplyClusterNetwork(
    grpc::ServerContext* context, const v1::ApplyClusterNetworkRequest* request,
    v1::ApplyClusterNetworkResponse* response) {
  return runtime_.unary_calls().Serve(
      *context, "ApplyClusterNetwork",
      [&](const CallContext& call) -> absl::Status {
        EVROC_ASSIGN_OR_RETURN(
            const auto scope, scopes_.Find(cloud::FromProto(request->scope())));
        EVROC_ASSIGN_OR_RETURN(
            *response->mutable_cluster_network(),
            scope->ApplyNetwork(call, request->cluster_network()));
        return absl::OkStatus();
      });
}

grpc::Status NetworkServiceImpl::GetClusterNetwork(
    grpc::ServerContext* context, const v1::GetClusterNetworkRequest* request,
    v1::GetClusterNetworkResponse* response) {
  return runtime_.unary_calls().Serve(
      *context, "GetClusterNetwork",
      [&](const CallContext& call) -> absl::Status {
        cloud::Violations violations;
        cloud::CheckClusterId(request->cluster_id(), "cluster_id", violations);
        EVROC_RETURN_IF_ERROR(violations.ToStatus());
        EVROC_ASSIGN_OR_RETURN(
            const auto scope, scopes_.Find(cloud::FromProto(request->scope())));
        EVROC_ASSIGN_OR_RETURN(*response->mutable_cluster_network(),
                               scope->GetNetwork(call, request->cluster_id()));
        return absl::OkStatus();
      });
}

grpc::Status NetworkServiceImpl::ListClusterNetworks(
    grpc::ServerContext* context, const v1::ListClusterNetworksRequest* request,
    v1::ListClusterNetworksResponse* response) {
  return runtime_.unary_calls().Serve(
      *context, "ListClusterNetworks",
      [&](const CallContext& call) -> absl::Status {
        EVROC_ASSIGN_OR_RETURN(
            const auto scope, scopes_.Find(cloud::FromProto(request->scope())));
        EVROC_ASSIGN_OR_RETURN(auto networks, scope->ListNetworks(call));
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
  return runtime_.unary_calls().Serve(
      *context, "DeleteClusterNetwork",
      [&](const CallContext& call) -> absl::Status {
        cloud::Violations violations;
        cloud::CheckClusterId(request->cluster_id(), "cluster_id", violations);
        EVROC_RETURN_IF_ERROR(violations.ToStatus());
        EVROC_ASSIGN_OR_RETURN(
            const auto scope, scopes_.Find(cloud::FromProto(request->scope())));
        EVROC_ASSIGN_OR_RETURN(
            const auto remaining,
            scope->DeleteNetwork(call, request->cluster_id()));
        cloud::SetRemaining(remaining, *response);
        return absl::OkStatus();
      });
}

grpc::Status NetworkServiceImpl::ApplyPublicIp(
    grpc::ServerContext* context, const v1::ApplyPublicIpRequest* request,
    v1::ApplyPublicIpResponse* response) {
  return runtime_.unary_calls().Serve(
      *context, "ApplyPublicIp", [&](const CallContext& call) -> absl::Status {
        EVROC_ASSIGN_OR_RETURN(
            const auto scope, scopes_.Find(cloud::FromProto(request->scope())));
        EVROC_ASSIGN_OR_RETURN(*response->mutable_public_ip(),
                               scope->ApplyAddress(call, request->public_ip()));
        return absl::OkStatus();
      });
}

grpc::Status NetworkServiceImpl::GetPublicIp(
    grpc::ServerContext* context, const v1::GetPublicIpRequest* request,
    v1::GetPublicIpResponse* response) {
  return runtime_.unary_calls().Serve(
      *context, "GetPublicIp", [&](const CallContext& call) -> absl::Status {
        cloud::Violations violations;
        const cloud::OwnerKey owner =
            CheckMachine(request->owner(), violations);
        EVROC_RETURN_IF_ERROR(violations.ToStatus());
        EVROC_ASSIGN_OR_RETURN(
            const auto scope, scopes_.Find(cloud::FromProto(request->scope())));
        EVROC_ASSIGN_OR_RETURN(*response->mutable_public_ip(),
                               scope->GetAddress(call, owner));
        return absl::OkStatus();
      });
}

grpc::Status NetworkServiceImpl::ListPublicIps(
    grpc::ServerContext* context, const v1::ListPublicIpsRequest* request,
    v1::ListPublicIpsResponse* response) {
  return runtime_.unary_calls().Serve(
      *context, "ListPublicIps", [&](const CallContext& call) -> absl::Status {
        EVROC_ASSIGN_OR_RETURN(
            const auto scope, scopes_.Find(cloud::FromProto(request->scope())));
        EVROC_ASSIGN_OR_RETURN(
            auto addresses, scope->ListAddresses(call, request->cluster_id()));
        for (v1::PublicIp& address : addresses) {
          *response->add_public_ips() = std::move(address);
        }
        return absl::OkStatus();
      });
}

grpc::Status NetworkServiceImpl::DeletePublicIp(
    grpc::ServerContext* context, const v1::DeletePublicIpRequest* request,
    v1::DeletePublicIpResponse* response) {
  return runtime_.unary_calls().Serve(
      *context, "DeletePublicIp", [&](const CallContext& call) -> absl::Status {
        cloud::Violations violations;
        const cloud::OwnerKey owner =
            CheckMachine(request->owner(), violations);
        EVROC_RETURN_IF_ERROR(violations.ToStatus());
        EVROC_ASSIGN_OR_RETURN(
            const auto scope, scopes_.Find(cloud::FromProto(request->scope())));
        EVROC_ASSIGN_OR_RETURN(const auto remaining,
                               scope->DeleteAddress(call, owner));
        cloud::SetRemaining(remaining, *response);
        return absl::OkStatus();
      });
}

grpc::Status NetworkServiceImpl::CheckCredentials(
    grpc::ServerContext* context, const v1::CheckCredentialsRequest* request,
    v1::CheckCredentialsResponse* response) {
  return runtime_.unary_calls().Serve(
      *context, "CheckCredentials",
      [&](const CallContext& call) -> absl::Status {
        EVROC_ASSIGN_OR_RETURN(
            const auto scope, scopes_.Find(cloud::FromProto(request->scope())));
        EVROC_RETURN_IF_ERROR(scope->CheckCredentials(call));
        *response->mutable_check() =
            cloud::DescribeConnection(scope->connection());
        return absl::OkStatus();
      });
}

grpc::ServerWriteReactor<v1::WatchResponse>* NetworkServiceImpl::Watch(
    grpc::CallbackServerContext* /*context*/, const v1::WatchRequest* request) {
  const auto scope = scopes_.Find(cloud::FromProto(request->scope()));
  if (!scope.ok()) return watches_.Refuse(scope.status());
  return watches_.Start(*scope, (*scope)->feed(), request->cursor(),
                        request->cluster_id());
}

}  // namespace evroc::network
