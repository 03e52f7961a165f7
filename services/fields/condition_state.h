// Computes the conditions of a described resource from cloud objects. Values
// and pure functions.

#ifndef SERVICES_FIELDS_CONDITION_STATE_H_
#define SERVICES_FIELDS_CONDITION_STATE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "evroc/common/v1/resources.pb.h"
#include "services/evroc/api/object.h"
#include "services/inventory/inventory_memory.h"

namespace evroc::cloud {

struct ConditionState {
  bool holds = true;
  std::string reason = "Available";
  std::string message;
  bool hopeless = false;  // it can't recover without a change of the request
  // It is not as requested, and can be used all the same.
  bool usable = false;
};

// Whether it keeps nobody from using the object.
bool IsUsable(const ConditionState& state);

// Sums up: `sum` becomes `next` if that matters more. What keeps the object
// from being used comes before what does not, which comes before what holds; of
// equals the first one stays.
void Add(ConditionState next, ConditionState& sum);

// The state of an existing object, which `name` names in the message: whether
// it is being deleted, else its condition "Ready". An object without that
// condition is available.
ConditionState StateOf(bool deleting, const Conditions& conditions,
                       absl::string_view name);
template <typename T>
ConditionState StateOf(const Known<T>& known, absl::string_view name) {
  return StateOf(known.deleting, known.object.status.conditions, name);
}

common::v1::Condition MakeCondition(absl::string_view type,
                                    const ConditionState& state);

}  // namespace evroc::cloud

#endif  // SERVICES_FIELDS_CONDITION_STATE_H_
