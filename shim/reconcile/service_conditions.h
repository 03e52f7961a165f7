// Copies conditions of the services into our objects. A pure function.

#ifndef SHIM_RECONCILE_SERVICE_CONDITIONS_H_
#define SHIM_RECONCILE_SERVICE_CONDITIONS_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "evroc/common/v1/resources.pb.h"
#include "google/protobuf/repeated_field.h"
#include "shim/cache/conditions.h"

namespace evroc::shim {

// Sets each condition of `from` in `to` under its own type, but "Ready" as
// `ready_as`, or not at all if that is empty. Fields in messages get their CRD
// names.
void CopyConditions(
    const google::protobuf::RepeatedPtrField<common::v1::Condition>& from,
    absl::string_view ready_as, int64_t generation, absl::Time now,
    Conditions& to);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_SERVICE_CONDITIONS_H_
