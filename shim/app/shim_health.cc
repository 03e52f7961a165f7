#include "shim/app/shim_health.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "shim/diagnostics/health.h"

namespace evroc::shim {
namespace {

// A reconcile has a deadline of minutes at most: one that runs for longer
// hangs, and so does an end of the program that takes so long.
constexpr absl::Duration kHangs = absl::Minutes(10);
constexpr absl::Duration kEndHangs = absl::Minutes(1);

// Any answer to the question for the Lease will do.
Probe::Try AskFor(KubeClient& kube, const ObjectKey& lease) {
  return [&kube, lease](const CallContext& context) {
    const absl::Status asked = kube.Get(context, kLeaseType, lease).status();
    const bool answered = absl::IsNotFound(asked) ||
                          absl::IsPermissionDenied(asked) ||
                          absl::IsResourceExhausted(asked);
    return answered ? absl::OkStatus() : asked;
  };
}

}  // namespace

ShimHealth::ShimHealth(KubeClient& kube, const WatchedResources& watched,
                       std::vector<const Controller*> controllers,
                       const Options& options, Clock& clock)
    : watched_(watched),
      controllers_(std::move(controllers)),
      tolerance_(options.tolerance),
      clock_(clock),
      kubernetes_(AskFor(kube, options.lease), options.tolerance, clock),
      network_service_(options.network_service, options.tolerance, clock),
      compute_service_(options.compute_service, options.tolerance, clock) {}

void ShimHealth::StoppedLeading() {
  const absl::MutexLock lock(&mutex_);
  ending_since_ = clock_.Now();
}

absl::Status ShimHealth::CheckReconciles() const {
  for (const Controller* controller : controllers_) {
    if (controller->queue().stats().longest_processing < kHangs) continue;
    return absl::InternalError(
        absl::StrCat("a reconcile of ", controller->kind(), " hangs"));
  }
  return absl::OkStatus();
}

absl::Status ShimHealth::CheckEnd() const {
  const absl::MutexLock lock(&mutex_);
  if (clock_.Now() < ending_since_ + kEndHangs) return absl::OkStatus();
  return absl::InternalError("the lease is lost, and the program does not end");
}

std::map<std::string, HttpEndpoint::Handler> ShimHealth::Pages() const {
  return HealthPages(
      {{.name = "reconciles", .check = [this] { return CheckReconciles(); }},
       {.name = "leader-election", .check = [this] { return CheckEnd(); }}},
      {{.name = "informers",
        .check = [this] { return watched_.Check(tolerance_); }},
       {.name = "kubernetes", .check = [this] { return kubernetes_.Check(); }},
       {.name = "network-service",
        .check = [this] { return network_service_.Check(); }},
       {.name = "compute-service",
        .check = [this] { return compute_service_.Check(); }}});
}

}  // namespace evroc::shim
