// Sets conditions of our objects: those that the services report, and Paused.
// Pure functions.

#ifndef SHIM_RECONCILE_STATUS_CONDITIONS_H_
#define SHIM_RECONCILE_STATUS_CONDITIONS_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "shim/cache/conditions.h"
#include "shim/rpc/cloud_conditions.h"

namespace evroc::shim {

// Sets each condition of `from` in `to` under its own type. Only "Ready" is set
// as `ready_as`, or left out where that is empty.
void CopyConditions(const CloudConditions& from, absl::string_view ready_as,
                    int64_t generation, absl::Time now, Conditions& to);

// Sets the condition CloudIdentityMatched: the cloud is the object's.
void SetCloudMatched(int64_t generation, absl::Time now,
                     Conditions& conditions);

// Sets the Paused condition (PA-02). `by_cluster`: spec.paused of the Cluster;
// `by_annotation`: on the object.
void SetPaused(bool by_cluster, bool by_annotation, int64_t generation,
               absl::Time now, Conditions& conditions);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_STATUS_CONDITIONS_H_
