// Maps EvrocCluster.spec.network.stackType. A pure function.

#ifndef SHIM_RECONCILE_STACK_TYPE_H_
#define SHIM_RECONCILE_STACK_TYPE_H_

#include "absl/strings/string_view.h"
#include "evroc/common/v1/resources.pb.h"

namespace evroc::shim {

// UNSPECIFIED, the default of what it is set on, for any other text.
inline common::v1::StackType StackTypeOf(absl::string_view text) {
  if (text == "dual-stack") return common::v1::STACK_TYPE_DUAL_STACK;
  if (text == "ipv6-only") return common::v1::STACK_TYPE_IPV6_ONLY;
  return common::v1::STACK_TYPE_UNSPECIFIED;
}

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_STACK_TYPE_H_
