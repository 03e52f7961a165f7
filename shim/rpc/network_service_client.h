// The shim's client of the network service. GrpcNetworkServiceClient is the
// real one, FakeNetworkServiceClient the one for tests; both are thread-safe.
//
// Errors are the service's own, with their ErrorDetails, and "network-service:"
// before the message. UNAVAILABLE with the reason SERVICE_UNREACHABLE if the
// service can't be reached. A call without a deadline gets one of 30 s.

#ifndef SHIM_RPC_NETWORK_SERVICE_CLIENT_H_
#define SHIM_RPC_NETWORK_SERVICE_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "evroc/common/v1/resources.pb.h"
#include "evroc/common/v1/take_over.pb.h"
#include "evroc/network/v1/network_service.pb.h"
#include "evroc/network/v1/resources.pb.h"
#include "shim/rpc/watch_call.h"

namespace evroc::shim {

using NetworkObserver = WatchObserver<network::v1::WatchResponse>;

// What a TakeOver call of either service is about: whose objects become whose,
// and what to do.
struct TakeOverInput {
  common::v1::Owner owner;  // with its resource prefix
  common::v1::PreviousOwner previous_owner;
  common::v1::TakeOverAction action = common::v1::TAKE_OVER_ACTION_REPORT;
  // Only for a machine's public IP: it is to use one that somebody else made.
  bool uses_existing = false;
};

class NetworkServiceClient {
 public:
  virtual ~NetworkServiceClient() = default;

  // Creates or changes the network, and returns its current state. Safe to
  // repeat.
  virtual absl::StatusOr<network::v1::ClusterNetwork> ApplyClusterNetwork(
      const CallContext& context, const common::v1::CloudScope& scope,
      const network::v1::ClusterNetwork& desired) = 0;

  // Returns the network's current state, by its last successful Apply.
  // NOT_FOUND if nothing of it is known.
  virtual absl::StatusOr<network::v1::ClusterNetwork> GetClusterNetwork(
      const CallContext& context, const common::v1::CloudScope& scope,
      const std::string& cluster_id) = 0;

  // A cluster whose network is to be deleted.
  struct WholeNetwork {
    common::v1::Owner owner;
    // Of the cluster's own cloud controller manager: what it made goes before.
    std::string workload_identifier;
    std::string load_balancer_id;  // empty: none that is known
  };
  // Deletes the network, and returns what remains; empty: confirmed gone. Safe
  // to repeat.
  virtual absl::StatusOr<std::vector<common::v1::RemainingObject>>
  DeleteClusterNetwork(const CallContext& context,
                       const common::v1::CloudScope& scope,
                       const WholeNetwork& network) = 0;

  // Creates or changes the public IP of one machine, and returns its current
  // state. Safe to repeat.
  virtual absl::StatusOr<network::v1::PublicIp> ApplyPublicIp(
      const CallContext& context, const common::v1::CloudScope& scope,
      const network::v1::PublicIp& desired) = 0;

  // As DeleteClusterNetwork.
  virtual absl::StatusOr<std::vector<common::v1::RemainingObject>>
  DeletePublicIp(const CallContext& context,
                 const common::v1::CloudScope& scope,
                 const common::v1::Owner& owner) = 0;

  // Reports, takes over or gives back the network objects of a cluster of
  // Evroc's official provider, and returns them. Safe to repeat.
  virtual absl::StatusOr<std::vector<common::v1::TakeOverObject>>
  TakeOverClusterNetwork(const CallContext& context,
                         const common::v1::CloudScope& scope,
                         const TakeOverInput& input) = 0;

  // As TakeOverClusterNetwork, the public IP of one machine.
  virtual absl::StatusOr<std::vector<common::v1::TakeOverObject>>
  TakeOverPublicIp(const CallContext& context,
                   const common::v1::CloudScope& scope,
                   const TakeOverInput& input) = 0;

  // Tells what taking a cluster's network over and applying `desired`, which
  // has the new owner with its resource prefix, would change. Writes nothing.
  virtual absl::StatusOr<network::v1::PlanClusterNetworkResponse>
  PlanClusterNetwork(const CallContext& context,
                     const common::v1::CloudScope& scope,
                     const common::v1::PreviousOwner& previous_owner,
                     const network::v1::ClusterNetwork& desired) = 0;

  // As PlanClusterNetwork, for the public IP of one machine, which is applied
  // or, if `deleted`, deleted.
  virtual absl::StatusOr<network::v1::PlanPublicIpResponse> PlanPublicIp(
      const CallContext& context, const common::v1::CloudScope& scope,
      const common::v1::PreviousOwner& previous_owner,
      const network::v1::PublicIp& desired, bool deleted) = 0;

  // Checks the credentials, and returns the project and region that they work
  // for, and the cloud's capabilities there.
  virtual absl::StatusOr<common::v1::CredentialCheck> CheckCredentials(
      const CallContext& context, const common::v1::CloudScope& scope) = 0;

  // Opens a stream. `cursor` is that of an earlier stream of the same scope, or
  // empty. `observer` must outlive the stream; it may be called before this
  // returns.
  virtual std::unique_ptr<WatchCall> Watch(const common::v1::CloudScope& scope,
                                           const std::string& cursor,
                                           NetworkObserver& observer) = 0;
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_NETWORK_SERVICE_CLIENT_H_
