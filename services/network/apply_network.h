// Makes a cluster's network be as wished: each part compared, made or mended.

#ifndef SERVICES_NETWORK_APPLY_NETWORK_H_
#define SERVICES_NETWORK_APPLY_NETWORK_H_

#include "absl/status/status.h"
#include "common/time/call_context.h"
#include "services/evroc/api/network_api.h"
#include "services/network/network_inventories.h"
#include "services/network/network_spec.h"

namespace evroc::network {

// Goes as far as it can now and waits for nothing; with nothing to change it
// writes nothing. A repeat is safe. Stops at the first part that can't be made
// (errors of Collection, FAILED_PRECONDITION for names that are taken and for
// what can't be changed); the error's metadata has the "condition" that the
// part belongs to.
absl::Status ApplyNetwork(const CallContext& context,
                          NetworkInventories& inventories,
                          const cloud::Capabilities& capabilities,
                          const NetworkSpec& spec);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_APPLY_NETWORK_H_
