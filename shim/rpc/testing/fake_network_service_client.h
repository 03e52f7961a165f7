// A network service in memory, for tests. It behaves like the real one as far
// as the shim needs and tests/contract/services shows. Networks and public IPs
// keep their state until the test changes it, or are created and deleted at
// once (SetInstant).
//
// Networks are identified by their cluster id, public IPs by their machine id.
// Thread-safe.

#ifndef SHIM_RPC_TESTING_FAKE_NETWORK_SERVICE_CLIENT_H_
#define SHIM_RPC_TESTING_FAKE_NETWORK_SERVICE_CLIENT_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "shim/rpc/network_service_client.h"
#include "shim/rpc/testing/fake_access.h"
#include "shim/rpc/testing/fake_faults.h"
#include "shim/rpc/testing/fake_official_objects.h"
#include "shim/rpc/testing/fake_streams.h"
#include "shim/rpc/testing/fake_workload_objects.h"

namespace evroc::shim {

class FakeNetworkServiceClient : public NetworkServiceClient {
 public:
  using ClusterNetwork = network::v1::ClusterNetwork;
  using PublicIp = network::v1::PublicIp;
  using Remaining = std::vector<common::v1::RemainingObject>;

  FakeNetworkServiceClient();

  absl::StatusOr<ClusterNetwork> ApplyClusterNetwork(
      const CallContext& context, const common::v1::CloudScope& scope,
      const ClusterNetwork& desired) override;
  absl::StatusOr<network::v1::ClusterNetwork> GetClusterNetwork(
      const CallContext& context, const common::v1::CloudScope& scope,
      const std::string& cluster_id) override;
  absl::StatusOr<Remaining> DeleteClusterNetwork(
      const CallContext& context, const common::v1::CloudScope& scope,
      const WholeNetwork& network) override;
  absl::StatusOr<PublicIp> ApplyPublicIp(const CallContext& context,
                                         const common::v1::CloudScope& scope,
                                         const PublicIp& desired) override;
  absl::StatusOr<Remaining> DeletePublicIp(
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

  // Faults and counts of the methods above, by their names.
  FakeFaults& faults() { return faults_; }
  FakeAccess& access() { return access_; }
  FakeWorkloadObjects& workload() { return workload_; }
  // What the official provider has made.
  FakeOfficialObjects& official() { return official_; }
  FakeStreams<network::v1::WatchResponse>& streams() { return streams_; }

  // True: Apply creates READY resources, and Delete leaves nothing.
  void SetInstant(bool instant);
  // False: like the Kubernetes-style API, without load balancers and zones.
  void SetRest(bool rest);

  // The network, with the desired state of the last Apply; nullopt if there is
  // none.
  std::optional<ClusterNetwork> Network(const std::string& cluster_id) const;
  std::optional<PublicIp> Address(const std::string& machine_id) const;
  // What the last call of DeleteClusterNetwork said of its network.
  WholeNetwork last_deletion() const;

  // Change the state of a network, and notify the Watches. The network must
  // exist.
  void FinishNetwork(const std::string& cluster_id);  // READY
  // FAILED, with the condition `type` and Ready false.
  void FailNetwork(const std::string& cluster_id, const std::string& type,
                   const std::string& reason, const std::string& message);
  // Completes a requested deletion.
  void FinishDeletion(const std::string& cluster_id);
  // Any other change.
  void ChangeNetwork(const std::string& cluster_id,
                     const std::function<void(ClusterNetwork&)>& change);

  // The same for a machine's public IP.
  void GiveAddress(const std::string& machine_id);  // READY
  void FinishAddressDeletion(const std::string& machine_id);
  void ChangeAddress(const std::string& machine_id,
                     const std::function<void(PublicIp&)>& change);

 private:
  template <typename R>
  struct Entry {
    std::string project;
    R resource;
  };
  using NetworkEntry = Entry<ClusterNetwork>;
  using AddressEntry = Entry<PublicIp>;

  absl::StatusOr<ClusterNetwork> ApplyNetworkLocked(
      const common::v1::CloudScope& scope, const ClusterNetwork& desired)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<PublicIp> ApplyAddressLocked(
      const common::v1::CloudScope& scope, const PublicIp& desired)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::vector<common::v1::TakeOverObject>> TakeOver(
      const std::string& method, const CallContext& context,
      const common::v1::CloudScope& scope, const TakeOverInput& input);
  void AddOwnObjects(const common::v1::Owner& owner,
                     std::vector<common::v1::TakeOverObject>& objects);
  Remaining DeleteNetworkLocked(const std::string& cluster_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Remaining DeleteAddressLocked(const std::string& machine_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  NetworkEntry& FindNetworkLocked(const std::string& cluster_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  AddressEntry& FindAddressLocked(const std::string& machine_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Describe the resource again, and notify the Watches.
  void PublishLocked(NetworkEntry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PublishLocked(AddressEntry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MakeReadyLocked(NetworkEntry& entry)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void GiveAddressLocked(AddressEntry& entry)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string NextHostLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  FakeFaults faults_;
  FakeAccess access_;
  FakeWorkloadObjects workload_;
  FakeOfficialObjects official_;
  FakeStreams<network::v1::WatchResponse> streams_;

  mutable absl::Mutex mutex_;
  std::map<std::string, NetworkEntry> networks_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, AddressEntry> addresses_ ABSL_GUARDED_BY(mutex_);
  WholeNetwork last_deletion_ ABSL_GUARDED_BY(mutex_);
  bool instant_ ABSL_GUARDED_BY(mutex_) = false;
  bool rest_ ABSL_GUARDED_BY(mutex_) = true;
  int next_host_ ABSL_GUARDED_BY(mutex_) = 1;
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_TESTING_FAKE_NETWORK_SERVICE_CLIENT_H_
