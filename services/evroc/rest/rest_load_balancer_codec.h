// Codecs for load-balancer objects of the REST API (loadbalancer/v1alpha1,
// evroc-api.md B.7). See rest_network_codec.h. Pure functions.

#ifndef SERVICES_EVROC_REST_REST_LOAD_BALANCER_CODEC_H_
#define SERVICES_EVROC_REST_REST_LOAD_BALANCER_CODEC_H_

#include "common/json/json.h"
#include "services/evroc/api/networking.h"
#include "services/evroc/codec/reference.h"

namespace evroc::cloud {

Json RestSpec(const RestScope& scope, const LoadBalancer& balancer);
void ReadRest(const RestScope& scope, JsonView object, LoadBalancer& balancer);

Json RestSpec(const RestScope& scope, const BackendPool& pool);
void ReadRest(const RestScope& scope, JsonView object, BackendPool& pool);

// A health check that is not TCP is read as none.
Json RestSpec(const RestScope& scope, const BackendService& service);
void ReadRest(const RestScope& scope, JsonView object, BackendService& service);

Json RestSpec(const RestScope& scope, const L4Route& route);
void ReadRest(const RestScope& scope, JsonView object, L4Route& route);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_REST_REST_LOAD_BALANCER_CODEC_H_
