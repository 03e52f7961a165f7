// Reads the catalogue of profiles, images and zones: from the cloud, or from
// built-in tables where the cloud has no such endpoint or keeps it from the
// credential (evroc-api.md B.5.7, ADR 20).

#ifndef SERVICES_COMPUTE_CATALOGUE_H_
#define SERVICES_COMPUTE_CATALOGUE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "evroc/compute/v1/compute_service.pb.h"
#include "services/compute/machine_resources.h"
#include "services/compute/machine_spec.h"
#include "services/evroc/api/compute_api.h"

namespace evroc::compute {

absl::StatusOr<v1::ListComputeProfilesResponse> ListProfiles(
    const CallContext& context, cloud::ComputeApi& api);
absl::StatusOr<v1::ListDiskImagesResponse> ListImages(
    const CallContext& context, cloud::ComputeApi& api);
absl::StatusOr<v1::ListZonesResponse> ListZones(const CallContext& context,
                                                cloud::ComputeApi& api);

// Asks the cloud for the custom images of the disks that do not exist yet,
// since a disk of an image that can't be used never becomes ready.
// INVALID_ARGUMENT if there is none of that name, FAILED_PRECONDITION if it is
// not ready, PERMISSION_DENIED if it can't be read; each names the field.
absl::Status CheckCustomImages(const CallContext& context,
                               cloud::ComputeApi& api, const MachineSpec& spec,
                               const MachineResources& resources);

// Turns a refusal by the cloud (INVALID_ARGUMENT) into an error that names the
// field, if it is one of ipv4-only, or if the spec has a profile or image that
// the cloud does not list.
// Returns any other error unchanged.
absl::Status Explain(const CallContext& context, cloud::ComputeApi& api,
                     const MachineSpec& spec, const absl::Status& error);

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_CATALOGUE_H_
