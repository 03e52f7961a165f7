// ComputeApi over the Kubernetes-style API: it has no catalogue and no zones.
// Thread-safe.

#ifndef SERVICES_EVROC_KCP_KCP_COMPUTE_API_H_
#define SERVICES_EVROC_KCP_KCP_COMPUTE_API_H_

#include <string>
#include <vector>

#include "services/evroc/api/compute_api.h"
#include "services/evroc/kcp/kcp_collection.h"

namespace evroc::cloud {

class KcpComputeApi : public ComputeApi {
 public:
  explicit KcpComputeApi(const KcpChannel& channel)
      : virtual_machines_(channel),
        disks_(channel),
        placement_groups_(channel),
        hotswap_attachments_(channel) {}

  Capabilities capabilities() const override { return {}; }
  Collection<VirtualMachine>& virtual_machines() override {
    return virtual_machines_;
  }
  Collection<Disk>& disks() override { return disks_; }
  Collection<PlacementGroup>& placement_groups() override {
    return placement_groups_;
  }
  Collection<HotswapAttachment>& hotswap_attachments() override {
    return hotswap_attachments_;
  }

  // All three return UNIMPLEMENTED.
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

 private:
  KcpCollection<VirtualMachine> virtual_machines_;
  KcpCollection<Disk> disks_;
  KcpCollection<PlacementGroup> placement_groups_;
  KcpCollection<HotswapAttachment> hotswap_attachments_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_KCP_KCP_COMPUTE_API_H_
