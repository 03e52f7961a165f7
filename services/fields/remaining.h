// Encodes the remaining objects in deletion responses. A pure function.

#ifndef SERVICES_FIELDS_REMAINING_H_
#define SERVICES_FIELDS_REMAINING_H_

#include <vector>

#include "evroc/common/v1/resources.pb.h"
#include "services/inventory/removal.h"

namespace evroc::cloud {

// Fills `response.remaining`.
template <typename Response>
void SetRemaining(const std::vector<Remaining>& remaining, Response& response) {
  for (const Remaining& each : remaining) {
    common::v1::RemainingObject& object = *response.add_remaining();
    object.set_kind(each.kind);
    object.set_id(each.id);
    object.set_reason(each.reason);
  }
}

}  // namespace evroc::cloud

#endif  // SERVICES_FIELDS_REMAINING_H_
