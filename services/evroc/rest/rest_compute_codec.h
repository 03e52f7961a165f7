// Codecs for compute objects of the REST API (compute/v1beta2, evroc-api.md
// B.5). See rest_network_codec.h. User data is sent, never read. Pure
// functions.

#ifndef SERVICES_EVROC_REST_REST_COMPUTE_CODEC_H_
#define SERVICES_EVROC_REST_REST_COMPUTE_CODEC_H_

#include "common/json/json.h"
#include "services/evroc/api/compute.h"
#include "services/evroc/codec/reference.h"

namespace evroc::cloud {

Json RestSpec(const RestScope& scope, const VirtualMachine& machine);
void ReadRest(const RestScope& scope, JsonView object, VirtualMachine& machine);

// The form of the spec that updates are computed from: without osSettings, and
// with every member that an update may have to clear, so that a merge patch
// clears only publicIPRef (evroc-api.md B.8.1).
Json RestPatchForm(const RestScope& scope, const VirtualMachine& machine);

Json RestSpec(const RestScope& scope, const Disk& disk);
void ReadRest(const RestScope& scope, JsonView object, Disk& disk);

Json RestSpec(const RestScope& scope, const PlacementGroup& group);
void ReadRest(const RestScope& scope, JsonView object, PlacementGroup& group);

Json RestSpec(const RestScope& scope, const HotswapAttachment& attachment);
void ReadRest(const RestScope& scope, JsonView object,
              HotswapAttachment& attachment);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_REST_REST_COMPUTE_CODEC_H_
