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
// it writes nothing. Safe to repeat. Returns the first refusal (errors of
// Collection, FAILED_PRECONDITION for names that are taken and for changes that
// are not possible, the spec's own); one of the cloud has the "condition" that
// the resource belongs to in its metadata. Until the network has an endpoint
// the first one ends it, and the spec's own comes before anything is created.
// Later none holds up what it does not concern, the backends least of all. A
// security group that is no longer the cluster's is no error: `blocked_groups`
// says so.
absl::Status ApplyNetwork(const CallContext& context,
                          NetworkInventories& inventories,
                          const cloud::Capabilities& capabilities,
                          const NetworkSpec& spec, std::string& blocked_groups);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_APPLY_NETWORK_H_
