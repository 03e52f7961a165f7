// Releases Secrets that no cluster uses any more, and keeps those that one was
// last proven to use.

#ifndef SHIM_RECONCILE_CLUSTER_SECRET_RELEASE_H_
#define SHIM_RECONCILE_CLUSTER_SECRET_RELEASE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/time/call_context.h"
#include "shim/kube/resource.h"
#include "shim/reconcile/reconcile_env.h"

namespace evroc::shim {

// Takes our finalizer off the Secret, unless an EvrocCluster names it, was last
// proven to use it, or uses it as its copy, as the API server says. The
// EvrocCluster with the uid `leaving`, if there is one, does not count. Safe to
// repeat.
absl::Status ReleaseUnlessUsed(const CallContext& context, ReconcileEnv& env,
                               const ObjectKey& secret,
                               absl::string_view leaving = "");

// The same, whatever is known of it: the API server says which EvrocClusters
// there are. Returns whether nothing of ours is on the Secret any more. The
// copy of a cluster that there is stays as it is: that one's reconcile releases
// it.
absl::StatusOr<bool> ReleaseIfUnused(const CallContext& context,
                                     ReconcileEnv& env,
                                     const ObjectKey& secret);

// Puts back what is ours on the Secret that the cluster was last proven to use,
// where somebody took it away, whatever becomes of the cluster's reconcile.
// Errors are left to the next one; one of a write that is refused is published.
void KeepProvenSecret(const CallContext& context, ReconcileEnv& env,
                      const EvrocClusterObject& cluster);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_CLUSTER_SECRET_RELEASE_H_
