#include "shim/rpc/scope_contact.h"

#include <algorithm>
#include <utility>

namespace evroc::shim {
namespace {

// What fails once is tried again before it is told.
constexpr absl::Duration kRetries = absl::Seconds(30);

// The failure that began first, and any refusal.
void Add(const CloudContact& next, CloudContact& sum) {
  if (next.failing_since < sum.failing_since) {
    sum.failing_since = next.failing_since;
    sum.message = next.message;
  }
  sum.stale_at = std::min(sum.stale_at, next.stale_at);
  sum.refusal.Update(next.refusal);
}

}  // namespace

void ScopeContact::Report(size_t service,
                          const common::v1::CloudContact& report,
                          absl::Time since, absl::Time now) {
  CloudContact& reported = sides_[service].reported;
  const CloudContact before = std::exchange(reported, {});
  if (!report.has_failing_since()) return;
  const absl::Status error(static_cast<absl::StatusCode>(report.code()),
                           report.message());
  if (absl::IsUnauthenticated(error) || absl::IsPermissionDenied(error)) {
    reported.refusal = error;
    return;
  }
  // A time to come is that of a clock which is ahead of ours.
  reported.failing_since = std::min({since, now, before.failing_since});
  reported.message = report.message();
  reported.stale_at = std::min(
      before.stale_at, std::max(reported.failing_since + stale_after_,
                                now + std::min(kRetries, stale_after_)));
}

void ScopeContact::Lost(size_t service, const absl::Status& status,
                        bool refused, absl::Time now) {
  Side& side = sides_[service];
  if (refused) {
    side.lost = {.refusal = status};
  } else if (now < side.lost.failing_since) {
    side.lost = {.failing_since = now,
                 .stale_at = now + stale_after_,
                 .message = std::string(status.message())};
  }
  // The next stream says it again.
  Add(std::exchange(side.reported, {}), side.lost);
}

void ScopeContact::Synced(size_t service) { sides_[service].lost = {}; }

CloudContact ScopeContact::current() const {
  CloudContact sum;
  for (const Side& side : sides_) {
    Add(side.reported, sum);
    Add(side.lost, sum);
  }
  return sum;
}

bool ScopeContact::IsStale(absl::Time now) const {
  return current().stale_at <= now;
}

bool ScopeContact::TakeChange(absl::Time now) {
  const bool stale = IsStale(now);
  const bool refused = !current().refusal.ok();
  const bool changed = stale != told_stale_ || refused != told_refused_;
  told_stale_ = stale;
  told_refused_ = refused;
  return changed;
}

absl::Time ScopeContact::due() const {
  return told_stale_ ? absl::InfiniteFuture() : current().stale_at;
}

}  // namespace evroc::shim
