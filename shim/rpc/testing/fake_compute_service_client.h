// A compute service in memory, for tests: it behaves as the real one does as
// far as the shim needs, and is as strict. Machines stay as they are until the
// test moves them on, or come and go at once (SetInstant).
//
// Thread-safe. Machines are named by their machine id.

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
#include "shim/rpc/testing/fake_streams.h"

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
      const common::v1::Owner& owner) override;
  absl::StatusOr<std::vector<compute::v1::ComputeProfile>> ListComputeProfiles(
      const CallContext& context, const common::v1::CloudScope& scope) override;
  std::unique_ptr<WatchCall> Watch(const common::v1::CloudScope& scope,
                                   const std::string& cursor,
                                   ComputeObserver& observer) override;

  // What goes wrong, and what was called: the methods above, by their names.
  FakeFaults& faults() { return faults_; }
  FakeAccess& access() { return access_; }
  FakeStreams<compute::v1::WatchResponse>& streams() { return streams_; }

  // True: Apply makes machines that run, and Delete leaves nothing.
  void SetInstant(bool instant);
  // What can be had; the default is "c1a.s" and "m1a.l".
  void SetProfiles(std::vector<compute::v1::ComputeProfile> profiles);

  // The machine as it is, with the desired state and its user data as they were
  // last applied; nothing if there is none.
  std::optional<VirtualMachine> Machine(const std::string& machine_id) const;
  std::vector<std::string> MachineIds() const;

  // Each moves a machine on, and tells the Watches. The machine must exist.
  void Run(const std::string& machine_id);   // RUNNING, with addresses
  void Stop(const std::string& machine_id);  // STOPPED
  void Fail(const std::string& machine_id, const std::string& reason,
            const std::string& message);  // FAILED
  // Somebody else deletes it: LOST if it ran, else as if never made.
  void Vanish(const std::string& machine_id);
  // A deletion that was asked for comes to its end.
  void FinishDeletion(const std::string& machine_id);
  // Anything else.
  void Change(const std::string& machine_id,
              const std::function<void(VirtualMachine&)>& change);

 private:
  struct Entry {
    std::string project;
    VirtualMachine machine;
    bool ran = false;
  };

  absl::StatusOr<VirtualMachine> ApplyLocked(
      const common::v1::CloudScope& scope, const VirtualMachine& desired,
      bool provisioned_before) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<common::v1::RemainingObject> DeleteLocked(
      const common::v1::Owner& owner) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckDesiredLocked(const VirtualMachine& desired) const
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
  FakeStreams<compute::v1::WatchResponse> streams_;

  mutable absl::Mutex mutex_;
  std::map<std::string, Entry> machines_ ABSL_GUARDED_BY(mutex_);
  std::vector<compute::v1::ComputeProfile> profiles_ ABSL_GUARDED_BY(mutex_);
  bool instant_ ABSL_GUARDED_BY(mutex_) = false;
  int next_address_ ABSL_GUARDED_BY(mutex_) = 10;
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_TESTING_FAKE_COMPUTE_SERVICE_CLIENT_H_
