// The steps that the deletions of clusters and machines share. Functions
// without state.

#ifndef SHIM_RECONCILE_DELETION_H_
#define SHIM_RECONCILE_DELETION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "evroc/common/v1/resources.pb.h"
#include "shim/cache/conditions.h"
#include "shim/controller/outcome.h"
#include "shim/kube/resource.h"
#include "shim/reconcile/cluster_access.h"
#include "shim/reconcile/deletion_intervals.h"
#include "shim/reconcile/reconcile_env.h"
#include "shim/reconcile/reconcile_error.h"

namespace evroc::shim {

// Writes why the object is still there into its conditions.
using ReportDeletion = absl::FunctionRef<absl::Status(const ReconcileError&)>;

// Keeps the finalizer of an object from which `annotation`, with the id that
// what it has in the cloud is found by, was removed: without it, nothing would
// show any more that objects are left there.
ReconcileResult HoldWithoutId(absl::string_view annotation,
                              ReportDeletion report);

// Keeps the finalizer of an object of which it is not certain that another has
// what is in the cloud, as `doubt` says.
ReconcileResult HoldDoubted(const absl::Status& doubt, ReportDeletion report);

// Ends a reconcile after which `remaining` of the object is still in the cloud.
ReconcileResult StillDeleting(
    const ObjectKey& object,
    const std::vector<common::v1::RemainingObject>& remaining,
    DeletionIntervals& intervals, ReportDeletion report);

// Ends a reconcile whose call for the deletion met `error`, as
// ClusterAccess::Fail does.
ReconcileResult FailDeletion(ClusterAccess& access,
                             const EvrocClusterObject& cluster,
                             const ClusterAccess::SecretWaiter& waiter,
                             const absl::Status& error, ReportDeletion report);

// Ends a reconcile in which a finalizer could not be removed for `error`: the
// object says so for as long as it hangs, where the Kubernetes API refuses it.
ReconcileResult FailRelease(const ReconcileEnv& env, const absl::Status& error,
                            ReportDeletion report);

// Sets the conditions of an object that is being deleted, besides Ready and
// what the contact with the cloud says: nothing is asked for any more.
// `matched`: the cloud has just been proven to be the object's.
void SetDeleting(const ReconcileError& reason, bool matched, int64_t generation,
                 absl::Time now, Conditions& conditions);

// The error of a deletion where `access` leads to another cloud than the one
// that is given up, which nothing is asked of.
absl::Status AbandonedError(const EvrocClusterObject& cluster,
                            const Access& access);
// Whether the deletion ends for want of the cluster's cloud, which the user has
// given up: not for any other error.
bool IsGivenUp(const ClusterAccess& access, const EvrocClusterObject& cluster,
               const absl::Status& error);
// Publishes that the object's cloud was given up by evroc.com/abandon-cloud.
void PublishAbandoned(const ReconcileEnv& env, const ResourceType& type,
                      const ObjectMeta& object);

// "waiting for VirtualMachine x (in use by …), Disk y": names a few and counts
// the rest.
std::string DescribeRemaining(
    const std::vector<common::v1::RemainingObject>& remaining);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_DELETION_H_
