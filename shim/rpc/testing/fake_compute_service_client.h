// A compute service in memory, for tests. It behaves like the real one as far
// as the shim needs and tests/contract/services shows. Machines keep their
// state until the test changes it, or are created and deleted at once
// (SetInstant).
//
// Machines are identified by their machine id. Thread-safe.

#ifndef SHIM_RPC_TESTING_FAKE_COMPUTE_SERVICE_CLIENT_H_
#define SHIM_RPC_TESTING_FAKE_COMPUTE_SERVICE_CLIENT_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "shim/rpc/compute_service_client.h"
#include "shim/rpc/testing/fake_access.h"
#include "shim/rpc/testing/fake_faults.h"
#include "shim/rpc/testing/fake_official_machine.h"
#include "shim/rpc/testing/fake_streams.h"
#include "shim/rpc/testing/fake_workload_objects.h"

namespace evroc::shim {

class FakeComputeServiceClient : public ComputeServiceClient {
 public:
  using VirtualMachine = compute::v1::VirtualMachine;

  FakeComputeServiceClient();

  absl::StatusOr<VirtualMachine> ApplyVirtualMachine(
      const CallContext& context, const common::v1::CloudScope& scope,
      const VirtualMachine& desired, bool provisioned_before) override;
  absl::StatusOr<std::vector<common::v1::RemainingObject>> DeleteVirtualMachine(
      const CallContext& context, const common::v1::CloudScope& scope,
      const WholeMachine& machine) override;
  absl::StatusOr<std::vector<common::v1::RemainingObject>>
  DeleteClusterMachines(const CallContext& context,
                        const common::v1::CloudScope& scope,
                        const WholeCluster& cluster) override;
  absl::StatusOr<compute::v1::TakeOverVirtualMachineResponse>
  TakeOverVirtualMachine(const CallContext& context,
                         const common::v1::CloudScope& scope,
                         const TakeOverInput& input) override;
  absl::StatusOr<compute::v1::PlanVirtualMachineResponse> PlanVirtualMachine(
      const CallContext& context, const common::v1::CloudScope& scope,
      const common::v1::PreviousOwner& previous_owner,
      const compute::v1::VirtualMachine& desired,
      bool provisioned_before) override;
  absl::StatusOr<std::vector<compute::v1::ComputeProfile>> ListComputeProfiles(
      const CallContext& context, const common::v1::CloudScope& scope) override;
  std::unique_ptr<WatchCall> Watch(const common::v1::CloudScope& scope,
                                   const std::string& cursor,
                                   ComputeObserver& observer) override;

  // Faults and counts of the methods above, by their names.
  FakeFaults& faults() { return faults_; }
  FakeAccess& access() { return access_; }
  FakeWorkloadObjects& workload() { return workload_; }
  FakeStreams<compute::v1::WatchResponse>& streams() { return streams_; }

  // True: Apply creates running machines, and Delete leaves nothing.
  void SetInstant(bool instant);
  // Sets the available profiles; the default is "c1a.s" and "m1a.l".
  void SetProfiles(std::vector<compute::v1::ComputeProfile> profiles);

  // Evroc's official provider makes a machine.
  void PutOfficial(FakeOfficialMachine official);

  // The machine, with the desired state and user data of the last Apply;
  // nullopt if there is none.
  std::optional<VirtualMachine> Machine(const std::string& machine_id) const;
  std::vector<std::string> MachineIds() const;
  // What the last call of DeleteVirtualMachine said of its machine.
  WholeMachine last_deletion() const;
  // The same of DeleteClusterMachines.
  WholeCluster last_cluster_deletion() const;

  // Change the state of a machine, and notify the Watches. The machine must
  // exist.
  void Run(const std::string& machine_id);   // RUNNING, with addresses
  void Stop(const std::string& machine_id);  // STOPPED
  void Fail(const std::string& machine_id, const std::string& reason,
            const std::string& message);  // FAILED
  // PROVISIONING, without room in its zone since then.
  void AwaitRoom(const std::string& machine_id, absl::Time since);
  // Deletes it behind the service's back: LOST if it ran, and its disks remain;
  // else as if it was never created.
  void Vanish(const std::string& machine_id);
  // Completes a requested deletion.
  void FinishDeletion(const std::string& machine_id);
  // Any other change.
  void Change(const std::string& machine_id,
              const std::function<void(VirtualMachine&)>& change);

 private:
  struct Entry {
    std::string project;
    VirtualMachine machine;
    bool ran = false;
    // False if nothing of the machine was ever seen: it is LOST, and no Watch
    // shows it.
    bool has_disks = true;
  };

  absl::StatusOr<VirtualMachine> ApplyLocked(
      const common::v1::CloudScope& scope, const VirtualMachine& desired,
      bool provisioned_before) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<common::v1::RemainingObject> DeleteLocked(
      const common::v1::Owner& owner) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<common::v1::RemainingObject> DeleteWorkloadLocked(
      const WholeCluster& cluster) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The method of that name.
  absl::StatusOr<std::vector<common::v1::RemainingObject>> Delete(
      const std::string& method, const CallContext& context,
      const common::v1::CloudScope& scope, const common::v1::Owner& owner,
      const WholeCluster& cluster);
  compute::v1::TakeOverVirtualMachineResponse TakeOverLocked(
      const common::v1::CloudScope& scope, const TakeOverInput& input)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeLocked(const common::v1::CloudScope& scope,
                  const common::v1::Owner& owner)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void GiveBackLocked(const TakeOverInput& input)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckProfileLocked(const std::string& name) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  Entry& FindLocked(const std::string& machine_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ChangeLocked(Entry& entry,
                    const std::function<void(VirtualMachine&)>& change)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MoveToLocked(Entry& entry, VirtualMachine::State state)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RunLocked(Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EraseLocked(const std::string& machine_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  FakeFaults faults_;
  FakeAccess access_;
  FakeWorkloadObjects workload_;
  FakeStreams<compute::v1::WatchResponse> streams_;

  mutable absl::Mutex mutex_;
  std::map<std::string, Entry> machines_ ABSL_GUARDED_BY(mutex_);
  // By their ids. Those that are taken over move to machines_.
  std::map<std::string, FakeOfficialMachine> official_ ABSL_GUARDED_BY(mutex_);
  std::vector<compute::v1::ComputeProfile> profiles_ ABSL_GUARDED_BY(mutex_);
  WholeMachine last_deletion_ ABSL_GUARDED_BY(mutex_);
  WholeCluster last_cluster_deletion_ ABSL_GUARDED_BY(mutex_);
  bool instant_ ABSL_GUARDED_BY(mutex_) = false;
  int next_address_ ABSL_GUARDED_BY(mutex_) = 10;
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_TESTING_FAKE_COMPUTE_SERVICE_CLIENT_H_
