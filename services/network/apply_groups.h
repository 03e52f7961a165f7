// Applies the security groups of a cluster. A function without state.

#ifndef SERVICES_NETWORK_APPLY_GROUPS_H_
#define SERVICES_NETWORK_APPLY_GROUPS_H_

#include "absl/status/status.h"
#include "common/time/call_context.h"
#include "services/evroc/api/network_api.h"
#include "services/network/network_inventories.h"
#include "services/network/spec/network_spec.h"

namespace evroc::network {

// Creates and repairs the groups that are requested, and deletes others of the
// cluster once no machine has them, unless one is refused, which may be any of
// them. `exists`: as in cloud::Steps. FAILED_PRECONDITION if another owner has
// the name of one; the others are applied all the same.
absl::Status ApplyGroups(const CallContext& context,
                         NetworkInventories& inventories,
                         const cloud::Capabilities& capabilities,
                         const NetworkSpec& spec, bool exists);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_APPLY_GROUPS_H_
