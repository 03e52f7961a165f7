#include "shim/kube/leader_election.h"

#include <algorithm>
#include <stop_token>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "common/time/jitter.h"
#include "common/time/sleep.h"
#include "glog/logging.h"
#include "shim/kube/micro_time.h"

namespace evroc::shim {
namespace {

constexpr absl::Duration kReleaseTimeout = absl::Seconds(2);

std::string HolderOf(JsonView lease) {
  return std::string(lease.At("spec.holderIdentity").String());
}

absl::Duration DurationOf(JsonView lease, absl::Duration otherwise) {
  const int64_t seconds = lease.At("spec.leaseDurationSeconds").Integer();
  return seconds > 0 ? absl::Seconds(seconds) : otherwise;
}

}  // namespace

LeaderElection::LeaderElection(KubeClient& client,
                               LeaderElectionOptions options,
                               Callbacks callbacks, Clock& clock)
    : client_(client),
      options_(std::move(options)),
      callbacks_(std::move(callbacks)),
      clock_(clock) {
  CHECK(options_.retry_period < options_.renew_deadline &&
        options_.renew_deadline < options_.lease_duration);
}

LeaderElection::~LeaderElection() { Stop(); }

void LeaderElection::Stop() {
  stop_.request_stop();
  if (thread_.joinable()) thread_.join();
  on_cancel_.reset();
}

void LeaderElection::Start(const std::stop_token& cancel) {
  CHECK(!thread_.joinable()) << "started twice";
  on_cancel_ = std::make_unique<std::stop_callback<std::function<void()>>>(
      cancel, [this] { stop_.request_stop(); });
  thread_ = std::thread([this] { Run(); });
}

bool LeaderElection::is_leader() const {
  absl::MutexLock lock(&mutex_);
  return leading_ && clock_.Now() < renewed_at_ + options_.renew_deadline;
}

absl::Time LeaderElection::LostAt() const {
  absl::MutexLock lock(&mutex_);
  return renewed_at_ + options_.renew_deadline;
}

void LeaderElection::Run() {
  if (!Acquire()) return;
  LOG(INFO) << "Started leading lease=" << ToString(options_.lease)
            << " identity=" << options_.identity;
  callbacks_.on_started();
  Hold();
  {
    absl::MutexLock lock(&mutex_);
    leading_ = false;
  }
  LOG(INFO) << "Stopped leading lease=" << ToString(options_.lease)
            << " identity=" << options_.identity;
  callbacks_.on_stopped();
  if (stop_.stop_requested()) Release();
}

bool LeaderElection::Acquire() {
  while (!stop_.stop_requested()) {
    const absl::Status status = TryOnce(clock_.Now() + options_.renew_deadline);
    if (status.ok()) {
      absl::MutexLock lock(&mutex_);
      leading_ = true;
      return true;
    }
    VLOG(1) << "Waiting for lease=" << ToString(options_.lease)
            << " reason=" << ErrorText(status);
    if (!SleepFor(Jittered(options_.retry_period, 1.0, 1.2), stop_.get_token(),
                  clock_)) {
      return false;
    }
  }
  return false;
}

void LeaderElection::Hold() {
  while (true) {
    const absl::Duration left = LostAt() - clock_.Now();
    const absl::Duration pause = std::min(options_.retry_period, left);
    if (!SleepFor(pause, stop_.get_token(), clock_)) return;
    const absl::Time lost_at = LostAt();
    if (clock_.Now() >= lost_at) return;
    const absl::Status status = TryOnce(lost_at);
    // Another shim holds it: the deadline no longer matters.
    if (absl::IsFailedPrecondition(status)) return;
    LOG_IF(WARNING, !status.ok())
        << "Failed to renew lease=" << ToString(options_.lease)
        << " error=" << ErrorText(status);
  }
}

absl::Status LeaderElection::TryOnce(absl::Time deadline) {
  const CallContext context{.deadline = deadline, .cancel = stop_.get_token()};
  const bool ours =
      lease_.has_value() && HolderOf(*lease_) == options_.identity;
  if (!ours) {
    absl::StatusOr<Json> read =
        client_.Get(context, kLeaseType, options_.lease);
    if (absl::IsNotFound(read.status())) {
      return Write(context, clock_.Now(), std::nullopt);
    }
    EVROC_RETURN_IF_ERROR(read.status());
    Observe(*std::move(read), clock_.Now());
  }
  const absl::Time now = clock_.Now();
  const std::string holder = HolderOf(*lease_);
  if (!holder.empty() && holder != options_.identity &&
      now < seen_at_ + DurationOf(*lease_, options_.lease_duration)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the lease is held by ", holder));
  }
  absl::Status status = Write(context, now, lease_);
  // The cached lease may be outdated: read it again.
  if (!status.ok() && ours) {
    absl::StatusOr<Json> read =
        client_.Get(context, kLeaseType, options_.lease);
    if (!read.ok()) return status;
    Observe(*std::move(read), clock_.Now());
    if (HolderOf(*lease_) == options_.identity) return status;
    return absl::FailedPreconditionError(
        absl::StrCat("the lease was taken by ", HolderOf(*lease_)));
  }
  return status;
}

absl::Status LeaderElection::Write(const CallContext& context, absl::Time now,
                                   const std::optional<Json>& current) {
  const bool ours =
      current.has_value() && HolderOf(*current) == options_.identity;
  Json lease = current.has_value()
                   ? *current
                   : Json::Object({{"apiVersion", kLeaseType.ApiVersion()},
                                   {"kind", kLeaseType.kind}});
  lease.SetAt("metadata.name", options_.lease.name);
  lease.SetAt("metadata.namespace", options_.lease.name_space);
  lease.SetAt("spec.holderIdentity", options_.identity);
  lease.SetAt("spec.leaseDurationSeconds",
              absl::ToInt64Seconds(options_.lease_duration));
  const std::string written_at = FormatMicroTime(clock_.WallNow());
  lease.SetAt("spec.renewTime", written_at);
  if (!ours) {
    lease.SetAt("spec.acquireTime", written_at);
    const int64_t transitions =
        lease.At("spec.leaseTransitions").Integer(-1) + 1;
    lease.SetAt("spec.leaseTransitions", transitions);
  }
  absl::StatusOr<Json> written =
      current.has_value() ? client_.Update(context, kLeaseType, lease)
                          : client_.Create(context, kLeaseType, lease);
  EVROC_RETURN_IF_ERROR(written.status());
  Observe(*std::move(written), now);
  absl::MutexLock lock(&mutex_);
  // The time before the request: the server wrote the lease no earlier.
  renewed_at_ = now;
  return absl::OkStatus();
}

void LeaderElection::Observe(Json lease, absl::Time now) {
  if (!lease_.has_value() || lease_->At("spec") != lease.At("spec")) {
    seen_at_ = now;
  }
  lease_ = std::move(lease);
}

// The next leader need not wait for the lease to expire. The resourceVersion
// protects a lease that has changed since.
void LeaderElection::Release() {
  if (!lease_.has_value() || HolderOf(*lease_) != options_.identity) return;
  Json lease = *lease_;
  lease.SetAt("spec.holderIdentity", "");
  lease.SetAt("spec.leaseDurationSeconds", 1);
  lease.SetAt("spec.renewTime", FormatMicroTime(clock_.WallNow()));
  const absl::Status status =
      client_
          .Update({.deadline = clock_.Now() + kReleaseTimeout}, kLeaseType,
                  lease)
          .status();
  LOG_IF(WARNING, !status.ok())
      << "Failed to release lease=" << ToString(options_.lease)
      << " error=" << ErrorText(status);
}

}  // namespace evroc::shim
