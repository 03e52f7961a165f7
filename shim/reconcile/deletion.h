// The steps that the deletions of clusters and machines share. Functions
// without state.

#ifndef SHIM_RECONCILE_DELETION_H_
#define SHIM_RECONCILE_DELETION_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "evroc/common/v1/resources.pb.h"
#include "shim/controller/outcome.h"
#include "shim/reconcile/cluster_access.h"

namespace evroc::shim {

// Writes a reason and a message into the conditions of the object.
using ReportDeletion =
    absl::FunctionRef<absl::Status(absl::string_view, absl::string_view)>;

// Keeps the finalizer of an object whose ownership id was removed: without it,
// nothing would show any more that objects are left in the cloud.
ReconcileResult HoldWithoutId(ReportDeletion report);

// Ends a reconcile after which `remaining` is still in the cloud.
ReconcileResult StillDeleting(
    const std::vector<common::v1::RemainingObject>& remaining,
    ReportDeletion report);

// Ends a reconcile whose call for the deletion met `error`, as
// ClusterAccess::Fail does.
ReconcileResult FailDeletion(ClusterAccess& access,
                             const EvrocClusterObject& cluster,
                             const ClusterAccess::SecretWaiter& waiter,
                             const absl::Status& error, ReportDeletion report);

// "waiting for VirtualMachine x (in use by …), Disk y": names a few and counts
// the rest.
std::string DescribeRemaining(
    const std::vector<common::v1::RemainingObject>& remaining);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_DELETION_H_
