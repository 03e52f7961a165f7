// ComputeApi over the REST API. Thread-safe.

#ifndef SERVICES_EVROC_REST_REST_COMPUTE_API_H_
#define SERVICES_EVROC_REST_REST_COMPUTE_API_H_

#include <string>
#include <vector>

#include "services/evroc/api/compute_api.h"
#include "services/evroc/http/json_calls.h"
#include "services/evroc/rest/rest_collection.h"

namespace evroc::cloud {

class RestComputeApi : public ComputeApi {
 public:
  explicit RestComputeApi(const RestChannel& channel)
      : channel_(channel),
        virtual_machines_(channel),
        disks_(channel),
        placement_groups_(channel),
        hotswap_attachments_(channel),
        subnets_(channel) {}

  Capabilities capabilities() const override {
    return {
        .load_balancers = true, .zones = true, .vpc_in_security_groups = true};
  }
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
  absl::StatusOr<Json> Fetch(const CallContext& context,
                             const std::string& path, const std::string& route,
                             const CallTarget& target);
  // As Fetch; INTERNAL for an answer that is no list.
  absl::StatusOr<Json> FetchList(const CallContext& context,
                                 const std::string& path,
                                 const std::string& route,
                                 const CallTarget& target);
  // `collection`: its path below "global".
  absl::StatusOr<Json> FetchCatalogue(const CallContext& context,
                                      const char* collection);

  const RestChannel channel_;
  RestCollection<VirtualMachine> virtual_machines_;
  RestCollection<Disk> disks_;
  RestCollection<PlacementGroup> placement_groups_;
  RestCollection<HotswapAttachment> hotswap_attachments_;
  RestCollection<Subnet> subnets_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_REST_REST_COMPUTE_API_H_
