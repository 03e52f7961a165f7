// Sets the Paused condition (cluster-api-contract.md PA-02). A pure function.

#ifndef SHIM_RECONCILE_PAUSED_H_
#define SHIM_RECONCILE_PAUSED_H_

#include <cstdint>

#include "absl/time/time.h"
#include "shim/cache/conditions.h"

namespace evroc::shim {

// `by_cluster`: spec.paused of the Cluster; `by_annotation`: the object's
// annotation.
void SetPaused(bool by_cluster, bool by_annotation, int64_t generation,
               absl::Time now, Conditions& conditions);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_PAUSED_H_
