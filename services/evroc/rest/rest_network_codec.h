// Codecs for networking objects of the REST API (networking/v1beta2,
// evroc-api.md B.6).
//
// RestSpec encodes the `spec` of an object; ReadRest decodes spec and status
// members from a whole object, leaving metadata alone. Pure functions.

#ifndef SERVICES_EVROC_REST_REST_NETWORK_CODEC_H_
#define SERVICES_EVROC_REST_REST_NETWORK_CODEC_H_

#include "common/json/json.h"
#include "services/evroc/api/networking.h"
#include "services/evroc/codec/reference.h"

namespace evroc::cloud {

Json RestSpec(const RestScope& scope, const Vpc& vpc);
void ReadRest(const RestScope& scope, JsonView object, Vpc& vpc);

Json RestSpec(const RestScope& scope, const Subnet& subnet);
void ReadRest(const RestScope& scope, JsonView object, Subnet& subnet);

// A rule that can't be decoded is read as one without a remote, which equals no
// desired rule.
Json RestSpec(const RestScope& scope, const SecurityGroup& group);
void ReadRest(const RestScope& scope, JsonView object, SecurityGroup& group);

Json RestSpec(const RestScope& scope, const PublicIp& address);
void ReadRest(const RestScope& scope, JsonView object, PublicIp& address);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_REST_REST_NETWORK_CODEC_H_
