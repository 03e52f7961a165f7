#include "common/auth/caching_token_source.h"

#include <algorithm>
#include <stop_token>
#include <utility>

#include "absl/strings/ascii.h"
#include "common/auth/bearer_token.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "glog/logging.h"

namespace evroc {
namespace {

// How long before its expiry a token is renewed; at most a fifth of its life.
constexpr absl::Duration kEarly = absl::Seconds(60);
// A token with less life left than this is never returned.
constexpr absl::Duration kLeast = absl::Seconds(10);
constexpr absl::Duration kRetryWhileUsable = absl::Seconds(5);
constexpr absl::Duration kRefusalHolds = absl::Seconds(2);

// Trims a token; UNAUTHENTICATED if it then can't be part of a header.
absl::StatusOr<AccessToken> WithoutBlanks(absl::StatusOr<AccessToken> fetched) {
  if (!fetched.ok() || fetched->value.empty()) return fetched;
  absl::StripAsciiWhitespace(&fetched->value);
  if (IsVisibleWord(fetched->value)) return fetched;
  return absl::UnauthenticatedError(
      "the token has characters that an HTTP header can't hold");
}

}  // namespace

CachingTokenSource::CachingTokenSource(std::unique_ptr<TokenSource> source,
                                       Observer observer, Clock& clock)
    : source_(std::move(source)),
      observer_(std::move(observer)),
      clock_(clock) {
  token_.expiry = absl::InfinitePast();
}

bool CachingTokenSource::IsFreshLocked(absl::Time now) const {
  return IsUsableLocked(now) && now < refresh_at_;
}

bool CachingTokenSource::IsUsableLocked(absl::Time now) const {
  return now + kLeast < token_.expiry;
}

absl::StatusOr<std::string> CachingTokenSource::Get(
    const CallContext& context) {
  const std::stop_callback wake(context.cancel,
                                [this] { absl::MutexLock lock(&mutex_); });
  {
    absl::MutexLock lock(&mutex_);
    struct Waiter {
      const bool& refreshing;
      const std::stop_token& cancel;
      bool IsOver() const { return !refreshing || cancel.stop_requested(); }
    } waiter{refreshing_, context.cancel};
    while (true) {
      const absl::Time now = clock_.Now();
      if (IsFreshLocked(now)) return token_.value;
      if (refreshing_ && IsUsableLocked(now)) return token_.value;
      if (now < refused_until_) return refusal_;
      EVROC_RETURN_IF_ERROR(CheckAlive(context, clock_));
      if (!refreshing_) break;
      clock_.AwaitWithDeadline(
          mutex_, absl::Condition(&waiter, &Waiter::IsOver), context.deadline);
    }
    refreshing_ = true;
  }
  return Refresh(context);
}

absl::StatusOr<std::string> CachingTokenSource::Refresh(
    const CallContext& context) {
  const absl::StatusOr<AccessToken> fetched =
      WithoutBlanks(source_->Fetch(context));
  if (observer_ != nullptr) observer_(fetched.ok());
  LOG_IF(WARNING, !fetched.ok())
      << "Failed to fetch token error=" << ErrorText(fetched.status())
      << " request_id=" << context.request_id;
  absl::MutexLock lock(&mutex_);
  refreshing_ = false;
  StoreLocked(fetched);
  if (fetched.ok() || IsUsableLocked(clock_.Now())) return token_.value;
  return fetched.status();
}

void CachingTokenSource::StoreLocked(
    const absl::StatusOr<AccessToken>& fetched) {
  const absl::Time now = clock_.Now();
  if (fetched.ok()) {
    token_ = *fetched;
    refresh_at_ =
        std::min(token_.renew_at,
                 token_.expiry - std::min(kEarly, (token_.expiry - now) / 5));
    return;
  }
  refresh_at_ = now + kRetryWhileUsable;
  if (absl::IsUnauthenticated(fetched.status())) {
    refusal_ = fetched.status();
    refused_until_ = now + kRefusalHolds;
  }
}

void CachingTokenSource::Invalidate(absl::string_view token) {
  absl::MutexLock lock(&mutex_);
  if (token_.value == token) token_.expiry = absl::InfinitePast();
}

}  // namespace evroc
