// Evroc's compute API for one credential, project and region. Thread-safe.

#ifndef SERVICES_EVROC_API_COMPUTE_API_H_
#define SERVICES_EVROC_API_COMPUTE_API_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/time/call_context.h"
#include "services/evroc/api/collection.h"
#include "services/evroc/api/compute.h"
#include "services/evroc/api/network_api.h"

namespace evroc::cloud {

// Collections that the dialect lacks return UNIMPLEMENTED and name the API.
// References are valid as long as the API.
class ComputeApi {
 public:
  virtual ~ComputeApi() = default;

  virtual Capabilities capabilities() const = 0;

  virtual Collection<VirtualMachine>& virtual_machines() = 0;
  virtual Collection<Disk>& disks() = 0;
  virtual Collection<PlacementGroup>& placement_groups() = 0;
  virtual Collection<HotswapAttachment>& hotswap_attachments() = 0;

  // The catalogue. NOT_FOUND or UNIMPLEMENTED if the server has no such
  // endpoint, PERMISSION_DENIED if it keeps it from the credential. Errors
  // otherwise as Collection::List. Source: evroc-api.md B.5.7.
  virtual absl::StatusOr<std::vector<ComputeProfile>> ListComputeProfiles(
      const CallContext& context) = 0;
  // Evroc's images.
  virtual absl::StatusOr<std::vector<DiskImage>> ListDiskImages(
      const CallContext& context) = 0;

  // The custom images of the project and region; one of them, by its name
  // without prefix. Errors as above: projects may lack the feature.
  virtual absl::StatusOr<std::vector<DiskImage>> ListCustomImages(
      const CallContext& context) = 0;
  virtual absl::StatusOr<DiskImage> GetCustomImage(const CallContext& context,
                                                   absl::string_view name) = 0;

  // The zones of the project's subnets, sorted, each once.
  virtual absl::StatusOr<std::vector<std::string>> ListZones(
      const CallContext& context) = 0;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_API_COMPUTE_API_H_
