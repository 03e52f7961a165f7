// An in-memory ComputeApi for tests: a small realistic cloud with a
// FakeNetworkApi. Disks and machines become ready, or are removed, when the
// test calls Settle().
//
// Thread-safe.

#ifndef SERVICES_EVROC_TESTING_FAKE_COMPUTE_API_H_
#define SERVICES_EVROC_TESTING_FAKE_COMPUTE_API_H_

#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/time/clock.h"
#include "services/evroc/api/compute_api.h"
#include "services/evroc/testing/fake_collection.h"
#include "services/evroc/testing/fake_network_api.h"

namespace evroc::cloud {

class FakeComputeApi : public ComputeApi {
 public:
  // `network` contains the machines, and must outlive this.
  explicit FakeComputeApi(FakeNetworkApi& network,
                          FakeDialect dialect = FakeDialect::kRest,
                          Clock& clock = Clock::Real());
  ~FakeComputeApi() override;

  Capabilities capabilities() const override;

  FakeCollection<VirtualMachine>& virtual_machines() override {
    return virtual_machines_;
  }
  FakeCollection<Disk>& disks() override { return disks_; }
  FakeCollection<PlacementGroup>& placement_groups() override {
    return placement_groups_;
  }
  FakeCollection<HotswapAttachment>& hotswap_attachments() override {
    return hotswap_attachments_;
  }

  absl::StatusOr<std::vector<ComputeProfile>> ListComputeProfiles(
      const CallContext& context) override;
  absl::StatusOr<std::vector<DiskImage>> ListDiskImages(
      const CallContext& context) override;
  absl::StatusOr<std::vector<DiskImage>> ListCustomImages(
      const CallContext& context) override;
  absl::StatusOr<DiskImage> GetCustomImage(const CallContext& context,
                                           absl::string_view name) override;
  absl::StatusOr<std::vector<std::string>> ListZones(
      const CallContext& context) override;

  // Faults and counts of the catalogue's three calls, all as Verb::kList.
  FakeFaults& catalogue_faults() { return catalogue_faults_; }
  FakeFaults& custom_image_faults() { return custom_image_faults_; }

  // Sets the catalogue, which initially has "a1a.s" (2 vCPU), "c1a.s" (2) and
  // "gn-l40s.s" (15, one GPU), and images "ubuntu.24-04.1" and
  // "ubuntu-minimal.24-04.1". If both are empty, both lists return NOT_FOUND
  // and every name is accepted.
  void set_catalogue(std::vector<ComputeProfile> profiles,
                     std::vector<std::string> images);

  // Sets the custom images, of which there are none at first.
  void set_custom_images(std::vector<DiskImage> images);

  // From here on a machine is refused in a placement group that is not Ready.
  void set_needs_ready_groups();

  // Completes all pending changes, in the network too: disks are created,
  // machines reach Running or Stopped, deletions end.
  void Settle();

  // Makes the machine end as "ProvisioningFailed" for good.
  void FailProvisioning(const Id<VirtualMachine>& id);
  // Makes the machine, which has not run, find no room in its zone for good.
  void RefuseRoom(const Id<VirtualMachine>& id);
  // Stops the machine as another client would: in the spec.
  void Stop(const Id<VirtualMachine>& id);

  // Calls of all collections and of the catalogue.
  int reads();
  int writes();
  void ResetCalls();

 private:
  FakeRules<VirtualMachine> MachineRules();
  FakeRules<Disk> DiskRules();
  FakeRules<PlacementGroup> PlacementGroupRules();
  FakeRules<HotswapAttachment> HotswapRules();

  absl::Status CheckMachine(const VirtualMachine& machine) const;
  absl::Status CheckReferences(const VirtualMachine& machine) const;
  absl::Status CheckPlacementGroupOf(const VirtualMachine& machine) const;
  bool needs_ready_groups() const;
  std::vector<Id<VirtualMachine>> MachinesIn(
      const Id<PlacementGroup>& group) const;
  absl::Status CheckDisks(const VirtualMachine& machine) const;
  absl::Status CheckDisk(const Disk& disk) const;
  void SettleMachine(VirtualMachine& machine);
  void Connect(VirtualMachine& machine);
  bool KnowsProfile(absl::string_view name) const;
  bool KnowsImage(absl::string_view name) const;
  absl::Status BeginCatalogueCall(const CallContext& context,
                                  FakeFaults& faults, Verb verb = Verb::kList);

  FakeNetworkApi& network_;
  const FakeDialect dialect_;
  Clock& clock_;
  FakeFaults catalogue_faults_;
  FakeFaults custom_image_faults_;

  mutable absl::Mutex mutex_;
  std::vector<ComputeProfile> profiles_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> images_ ABSL_GUARDED_BY(mutex_);
  std::vector<DiskImage> custom_images_ ABSL_GUARDED_BY(mutex_);
  int addresses_ ABSL_GUARDED_BY(mutex_) = 0;
  bool needs_ready_groups_ ABSL_GUARDED_BY(mutex_) = false;

  FakeCollection<VirtualMachine> virtual_machines_;
  FakeCollection<Disk> disks_;
  FakeCollection<PlacementGroup> placement_groups_;
  FakeCollection<HotswapAttachment> hotswap_attachments_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_TESTING_FAKE_COMPUTE_API_H_
