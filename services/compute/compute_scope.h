// Implements the methods of the compute service for one scope (credential,
// project, region). Thread-safe.

#ifndef SERVICES_COMPUTE_COMPUTE_SCOPE_H_
#define SERVICES_COMPUTE_COMPUTE_SCOPE_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "evroc/compute/v1/compute_service.pb.h"
#include "services/compute/apply_machine.h"
#include "services/compute/compute_inventories.h"
#include "services/compute/delete_machine.h"
#include "services/compute/describe.h"
#include "services/compute/machine_resources.h"
#include "services/compute/machine_spec.h"
#include "services/compute/take_over_machine.h"
#include "services/evroc/connection/connection.h"
#include "services/inventory/removal.h"
#include "services/inventory/take_over.h"
#include "services/watch/resource_feed.h"

namespace evroc::compute {

class ComputeScope {
 public:
  // `clock` must outlive the scope.
  ComputeScope(std::shared_ptr<cloud::Connection> connection,
               const cloud::PollIntervals& poll_intervals, Clock& clock);

  cloud::Connection& connection() { return *connection_; }

  // The methods of ComputeService. Errors as compute_service.proto documents
  // them.
  absl::StatusOr<v1::VirtualMachine> Apply(const CallContext& context,
                                           const v1::VirtualMachine& machine,
                                           bool provisioned_before);
  absl::StatusOr<v1::VirtualMachine> Get(const CallContext& context,
                                         const cloud::OwnerKey& owner);
  // An empty `cluster_id` means all clusters.
  absl::StatusOr<std::vector<v1::VirtualMachine>> List(
      const CallContext& context, const std::string& cluster_id);
  absl::StatusOr<std::vector<cloud::Remaining>> Delete(
      const CallContext& context, const cloud::OwnerKey& owner,
      const MachineTraces& traces = {});
  absl::StatusOr<std::vector<cloud::Remaining>> DeleteCluster(
      const CallContext& context, const std::string& cluster_id,
      const WorkloadObjects& workload = {}, const ClusterTraces& traces = {});
  absl::StatusOr<MachineTakeOver> TakeOver(
      const CallContext& context, const cloud::TakeOverRequest& request);
  absl::StatusOr<v1::PlanVirtualMachineResponse> Plan(
      const CallContext& context, const v1::PlanVirtualMachineRequest& request);

  // OK if the credentials work.
  absl::Status CheckCredentials(const CallContext& context);

  // The feed of WatchResponses, with only the machine set.
  cloud::ResourceFeed& feed() { return feed_; }

 private:
  // State of a machine that the cloud does not store. It may be lost with the
  // process: the caller repeats the essentials at each Apply.
  struct Memory {
    std::string request;  // MachineSpec::request, serialised to save memory
    bool provisioned = false;
    bool deleting = false;
    DeletionProgress deletion;
    // Why the cloud refused to make the machine, a digest of what was
    // requested, and when; OK: it did not.
    absl::Status refusal;
    std::string refused_request;
    absl::Time refused_at;
    // By a try to make the machine that goes on.
    std::vector<cloud::Known<cloud::Disk>> made_disks;
  };

  MachineHistory HistoryOf(const cloud::OwnerKey& owner) const;
  void RecordSpec(const MachineSpec& spec, bool provisioned);
  // After a refusal the same request is not tried again for a while: each try
  // makes the machine's disks and deletes them.
  absl::Status RecentRefusal(const MachineSpec& spec) const;
  void RecordRefusal(const MachineSpec& spec, const absl::Status& refusal);
  // Return and keep what the calls of a try to make the machine have made.
  MachineTry ResumeTry(const cloud::OwnerKey& owner) const;
  void RecordTry(const cloud::OwnerKey& owner, MachineTry attempt);
  // Returns what earlier calls for the same deletion have left.
  DeletionProgress BeginDeletion(const cloud::OwnerKey& owner);
  void RecordDeletion(const cloud::OwnerKey& owner,
                      const DeletionProgress& progress, bool is_over);
  void Forget(const cloud::OwnerKey& owner);
  v1::VirtualMachine Describe(const MachineResources& resources,
                              const cloud::OwnerKey& owner);
  std::optional<std::string> Publish(const cloud::OwnerKey& owner);
  // Before all was listed: a machine of which nothing is missing.
  std::optional<std::string> PublishEarly(const cloud::OwnerKey& owner);

  const std::shared_ptr<cloud::Connection> connection_;
  const cloud::Place place_;
  Clock& clock_;

  mutable absl::Mutex mutex_;
  std::map<cloud::OwnerKey, Memory> memory_ ABSL_GUARDED_BY(mutex_);

  cloud::ResourceFeed feed_;
  ComputeInventories inventories_;
};

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_COMPUTE_SCOPE_H_
