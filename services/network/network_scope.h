// Implements the methods of the network service for one scope (credential,
// project, region). Thread-safe.

#ifndef SERVICES_NETWORK_NETWORK_SCOPE_H_
#define SERVICES_NETWORK_NETWORK_SCOPE_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "evroc/network/v1/network_service.pb.h"
#include "services/evroc/connection/connection.h"
#include "services/inventory/removal.h"
#include "services/inventory/take_over.h"
#include "services/network/describe.h"
#include "services/network/network_inventories.h"
#include "services/network/network_resources.h"
#include "services/network/spec/network_spec.h"
#include "services/watch/resource_feed.h"

namespace evroc::network {

class NetworkScope {
 public:
  // `clock` must outlive the scope.
  NetworkScope(std::shared_ptr<cloud::Connection> connection,
               const cloud::PollIntervals& poll_intervals, Clock& clock);

  cloud::Connection& connection() { return *connection_; }

  // The methods of NetworkService. Errors as network_service.proto documents
  // them.
  absl::StatusOr<v1::ClusterNetwork> ApplyNetwork(
      const CallContext& context, const v1::ClusterNetwork& network);
  absl::StatusOr<v1::ClusterNetwork> GetNetwork(const CallContext& context,
                                                const std::string& cluster_id);
  absl::StatusOr<std::vector<v1::ClusterNetwork>> ListNetworks(
      const CallContext& context);
  absl::StatusOr<std::vector<cloud::Remaining>> DeleteNetwork(
      const CallContext& context, const cloud::Owner& owner,
      const std::string& workload_identifier = "",
      const std::string& load_balancer_id = "");

  absl::StatusOr<std::vector<cloud::TakeOverObject>> TakeOverNetwork(
      const CallContext& context,
      const v1::TakeOverClusterNetworkRequest& request);

  absl::StatusOr<v1::PlanClusterNetworkResponse> PlanNetwork(
      const CallContext& context, const v1::PlanClusterNetworkRequest& request);

  absl::StatusOr<v1::PublicIp> ApplyAddress(const CallContext& context,
                                            const v1::PublicIp& address);
  absl::StatusOr<v1::PublicIp> GetAddress(const CallContext& context,
                                          const cloud::OwnerKey& owner);
  // An empty `cluster_id` means all clusters.
  absl::StatusOr<std::vector<v1::PublicIp>> ListAddresses(
      const CallContext& context, const std::string& cluster_id);
  absl::StatusOr<std::vector<cloud::Remaining>> DeleteAddress(
      const CallContext& context, const cloud::Owner& owner);

  absl::StatusOr<std::vector<cloud::TakeOverObject>> TakeOverAddress(
      const CallContext& context, const v1::TakeOverPublicIpRequest& request);
  absl::StatusOr<v1::PlanPublicIpResponse> PlanAddress(
      const CallContext& context, const v1::PlanPublicIpRequest& request);

  // OK if the credentials work.
  absl::Status CheckCredentials(const CallContext& context);

  // The feed of WatchResponses, with only the resource set.
  cloud::ResourceFeed& feed() { return feed_; }

 private:
  // State of a network that the cloud does not store. It may be lost with the
  // process: the next Apply or Delete repeats it.
  struct Memory {
    std::string request;  // NetworkSpec::request, serialised to save memory
    // Of a request that was refused meanwhile: a ClusterNetwork with the
    // existing subnets that `request` lacks, serialised.
    std::string awaited;
    bool deleting = false;
    // While deleting: what programs in the cluster made was seen gone.
    bool workload_gone = false;
    std::string blocked_groups;  // as in NetworkHistory
  };

  Memory MemoryOf(const std::string& cluster_id) const;
  NetworkHistory HistoryOf(const std::string& cluster_id) const;
  void SetMemory(const std::string& cluster_id, Memory memory);
  // Notes what is there of a request that is refused: the backends, which are
  // applied whatever else is, and new subnets.
  void RememberParts(const CallContext& context, const NetworkSpec& spec);
  using FindSubnet = std::function<std::optional<cloud::Known<cloud::Subnet>>(
      const Id<cloud::Subnet>&)>;
  // Adds the subnets of `asked` that `request` lacks and that are there.
  void AddSubnetsThere(const v1::ClusterNetwork& asked, const FindSubnet& find,
                       v1::ClusterNetwork& request) const;
  // Remembers a request that could not be applied if no other one is known, so
  // that what exists is described with it after a restart as well: without the
  // parts that are refused.
  void NoteUnapplied(const CallContext& context, const NetworkSpec& spec,
                     const std::string& blocked_groups);
  // Notes what the network refers to. What is refused of `spec` refers to what
  // it referred to before.
  void Refer(const NetworkSpec& spec);
  // Serialises the owner's resource for the feed, from memory.
  std::optional<std::string> Publish(const cloud::OwnerKey& owner);
  // Before all was listed: the public IP of a machine. What a network lacks
  // would be told of it.
  std::optional<std::string> PublishEarly(const cloud::OwnerKey& owner);
  absl::StatusOr<v1::ClusterNetwork> ReadNetwork(const CallContext& context,
                                                 const std::string& cluster_id);

  const std::shared_ptr<cloud::Connection> connection_;
  const cloud::Place place_;
  Clock& clock_;

  mutable absl::Mutex mutex_;
  std::map<std::string, Memory> memory_ ABSL_GUARDED_BY(mutex_);

  cloud::ResourceFeed feed_;
  NetworkInventories inventories_;
};

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_NETWORK_SCOPE_H_
