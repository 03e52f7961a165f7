// Maps EvrocCluster.spec.network.stackType. Pure functions.

#ifndef SHIM_RECONCILE_STACK_TYPE_H_
#define SHIM_RECONCILE_STACK_TYPE_H_

#include "absl/strings/string_view.h"
#include "evroc/common/v1/resources.pb.h"

namespace evroc::shim {

// What a network is without a word.
inline constexpr absl::string_view kDefaultStackType = "dual-stack";

// For machines. UNSPECIFIED, the default of their subnet, for no text.
inline common::v1::StackType MachineStackTypeOf(absl::string_view text) {
  if (text == "dual-stack") return common::v1::STACK_TYPE_DUAL_STACK;
  if (text == "ipv6-only") return common::v1::STACK_TYPE_IPV6_ONLY;
  if (text == "ipv4-only") return common::v1::STACK_TYPE_IPV4_ONLY;
  return common::v1::STACK_TYPE_UNSPECIFIED;
}

// For networks, which never have IPv4 alone.
inline common::v1::StackType NetworkStackTypeOf(absl::string_view text) {
  const common::v1::StackType type = MachineStackTypeOf(text);
  return type == common::v1::STACK_TYPE_IPV4_ONLY
             ? common::v1::STACK_TYPE_DUAL_STACK
             : type;
}

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_STACK_TYPE_H_
