// Releases the Secret of a cluster that does not use it any more.

#ifndef SHIM_RECONCILE_CLUSTER_SECRET_RELEASE_H_
#define SHIM_RECONCILE_CLUSTER_SECRET_RELEASE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/time/call_context.h"
#include "shim/kube/resource.h"
#include "shim/reconcile/reconcile_env.h"

namespace evroc::shim {

// Takes our finalizer off the Secret, unless an EvrocCluster names it, or may
// use it as its copy. The EvrocCluster with the uid `leaving`, if there is one,
// does not count. Safe to repeat.
absl::Status ReleaseUnlessUsed(const CallContext& context, ReconcileEnv& env,
                               const ObjectKey& secret,
                               absl::string_view leaving = "");

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_CLUSTER_SECRET_RELEASE_H_
