// Caches a token until shortly before it expires, or its source may have
// another one, and fetches the next one once for all waiting callers.
//
// One caller renews the token early, while the old one still works; the others
// keep using the old one. A refusal is cached briefly, so that a bad credential
// does not cause a flood of requests. Thread-safe.

#ifndef COMMON_AUTH_CACHING_TOKEN_SOURCE_H_
#define COMMON_AUTH_CACHING_TOKEN_SOURCE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/auth/token_source.h"
#include "common/time/clock.h"

namespace evroc {

class CachingTokenSource {
 public:
  // Called after each fetch, for metrics.
  using Observer = std::function<void(bool success)>;

  // `clock` must outlive the source. `observer` may be empty.
  CachingTokenSource(std::unique_ptr<TokenSource> source, Observer observer,
                     Clock& clock);

  // Returns a token that stays valid for a while and that a header can hold,
  // without white space around it; UNAUTHENTICATED if the source has no such
  // token. Other errors as TokenSource::Fetch, plus CANCELLED and
  // DEADLINE_EXCEEDED of the caller's own context.
  absl::StatusOr<std::string> Get(const CallContext& context);

  // Records that the server has refused `token`: the next Get fetches another,
  // unless that has already happened.
  void Invalidate(absl::string_view token);

 private:
  bool IsFreshLocked(absl::Time now) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  bool IsUsableLocked(absl::Time now) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::string> Refresh(const CallContext& context);
  void StoreLocked(const absl::StatusOr<AccessToken>& fetched)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::unique_ptr<TokenSource> source_;
  const Observer observer_;
  Clock& clock_;

  absl::Mutex mutex_;
  AccessToken token_ ABSL_GUARDED_BY(mutex_);
  absl::Time refresh_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  bool refreshing_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status refusal_ ABSL_GUARDED_BY(mutex_);
  absl::Time refused_until_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace evroc

#endif  // COMMON_AUTH_CACHING_TOKEN_SOURCE_H_
