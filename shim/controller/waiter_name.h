// The name of one of our objects among those that wait for something. A value.

#ifndef SHIM_CONTROLLER_WAITER_NAME_H_
#define SHIM_CONTROLLER_WAITER_NAME_H_

#include <utility>

#include "common/text/interned_string.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

class WaiterName {
 public:
  WaiterName(const ResourceType& type, ObjectKey key)
      : kind_(type.kind), key_(std::move(key)) {}

  friend bool operator==(const WaiterName&, const WaiterName&) = default;
  friend auto operator<=>(const WaiterName&, const WaiterName&) = default;

 private:
  InternedString kind_;
  ObjectKey key_;
};

}  // namespace evroc::shim

#endif  // SHIM_CONTROLLER_WAITER_NAME_H_
