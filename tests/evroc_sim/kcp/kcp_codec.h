// Converts specs and statuses of dialect A to those of the store, which are the
// REST API's, and back (evroc-api.md A.3): names for references, other names
// for some members. Pure functions.

#ifndef TESTS_EVROC_SIM_KCP_KCP_CODEC_H_
#define TESTS_EVROC_SIM_KCP_KCP_CODEC_H_

#include "common/json/json.h"
#include "tests/evroc_sim/kcp/kcp_kind.h"
#include "tests/evroc_sim/model/object.h"

namespace evroc::sim {

// Returns the store's spec for an object of `key`. Members that dialect A lacks
// come from `current` (null in a POST), else from the default placement of that
// dialect: zone a and its default subnet (D.17).
Json SpecFromKcp(const Key& key, JsonView spec, const Object* current);

// Returns the whole object in dialect A.
Json ToKcpJson(const Object& object, const KcpKind& kind);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_KCP_KCP_CODEC_H_
