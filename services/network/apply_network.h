// Brings a cluster's network to its requested state: compares each resource,
// and creates or repairs it.

#ifndef SERVICES_NETWORK_APPLY_NETWORK_H_
#define SERVICES_NETWORK_APPLY_NETWORK_H_

#include "absl/status/status.h"
#include "common/time/call_context.h"
#include "services/evroc/api/network_api.h"
#include "services/network/network_inventories.h"
#include "services/network/spec/network_spec.h"

namespace evroc::network {

// Does all that is possible now and waits for nothing; with nothing to change
// it writes nothing. Safe to repeat. Stops at the first resource that can't be
// created (errors of Collection, FAILED_PRECONDITION for names that are taken
// and for changes that are not possible); the error's metadata has the
// "condition" that the resource belongs to. A security group that is no longer
// the cluster's stops nothing: `blocked_groups` says so then.
absl::Status ApplyNetwork(const CallContext& context,
                          NetworkInventories& inventories,
                          const cloud::Capabilities& capabilities,
                          const NetworkSpec& spec, std::string& blocked_groups);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_APPLY_NETWORK_H_
