// Holds an object of type T for each scope (credential, project, region),
// created at the first use and released when it has been unused for a while.
//
// T is created from a Connection. Thread-safe.

#ifndef SERVICES_EVROC_CONNECTION_SCOPE_POOL_H_
#define SERVICES_EVROC_CONNECTION_SCOPE_POOL_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "common/time/clock.h"
#include "services/evroc/connection/connection.h"
#include "services/evroc/connection/scope_resolver.h"

namespace evroc::cloud {

template <typename T>
class ScopePool {
 public:
  using Dial = std::function<std::shared_ptr<Connection>(
      const std::string& credential_key, const Target& target)>;
  using Make =
      std::function<std::shared_ptr<T>(std::shared_ptr<Connection> connection)>;

  struct Limits {
    size_t max_scopes = 5000;
    absl::Duration idle_time = absl::Minutes(10);
  };

  // `clock` must outlive the pool.
  ScopePool(ScopeResolver resolver, Dial dial, Make make, const Limits& limits,
            Clock& clock)
      : resolver_(std::move(resolver)),
        dial_(std::move(dial)),
        make_(std::move(make)),
        limits_(limits),
        clock_(clock) {}

  // Errors of ScopeResolver; RESOURCE_EXHAUSTED if too many scopes are in use.
  absl::StatusOr<std::shared_ptr<T>> Find(const ScopeRequest& request);

  // The number of scopes.
  size_t size() const {
    absl::MutexLock lock(&mutex_);
    return scopes_.size();
  }

  // All objects that exist now.
  std::vector<std::shared_ptr<T>> All() const {
    absl::MutexLock lock(&mutex_);
    std::vector<std::shared_ptr<T>> all;
    for (const auto& [key, scope] : scopes_) all.push_back(scope.value);
    return all;
  }

 private:
  struct Scope {
    std::shared_ptr<T> value;
    absl::Time used;
  };

  std::shared_ptr<T> UseLocked(const std::string& key)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EvictLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const ScopeResolver resolver_;
  const Dial dial_;
  const Make make_;
  const Limits limits_;
  Clock& clock_;

  mutable absl::Mutex mutex_;
  std::map<std::string, Scope> scopes_ ABSL_GUARDED_BY(mutex_);
  // Maps requests to their scopes.
  std::map<std::string, std::string> aliases_ ABSL_GUARDED_BY(mutex_);
};

template <typename T>
absl::StatusOr<std::shared_ptr<T>> ScopePool<T>::Find(
    const ScopeRequest& request) {
  EVROC_ASSIGN_OR_RETURN(const ScopeResolver::Source source,
                         resolver_.Load(request));
  const std::string alias = absl::StrCat(source.key, "\n", request.spec.project,
                                         "\n", request.spec.region);
  {
    absl::MutexLock lock(&mutex_);
    const auto known = aliases_.find(alias);
    if (known != aliases_.end()) return UseLocked(known->second);
  }
  EVROC_ASSIGN_OR_RETURN(const Target target,
                         resolver_.Resolve(source, request.spec));
  const std::string key =
      absl::StrCat(source.key, "\n", target.project, "\n", target.region);
  std::shared_ptr<T> fresh = make_(dial_(source.key, target));
  absl::MutexLock lock(&mutex_);
  EvictLocked();
  if (!scopes_.contains(key) && scopes_.size() >= limits_.max_scopes) {
    return MakeError(absl::StatusCode::kResourceExhausted,
                     "too many credentials and projects are in use",
                     {.reason = std::string(kThrottled)});
  }
  scopes_.try_emplace(key, Scope{.value = std::move(fresh)});
  aliases_[alias] = key;
  return UseLocked(key);
}

template <typename T>
std::shared_ptr<T> ScopePool<T>::UseLocked(const std::string& key) {
  Scope& scope = scopes_.at(key);
  scope.used = clock_.Now();
  return scope.value;
}

template <typename T>
void ScopePool<T>::EvictLocked() {
  const absl::Time before = clock_.Now() - limits_.idle_time;
  std::erase_if(scopes_, [&](const auto& entry) {
    return entry.second.used < before && entry.second.value.use_count() == 1;
  });
  std::erase_if(aliases_, [&](const auto& entry) {
    mutex_.AssertHeld();
    return !scopes_.contains(entry.second);
  });
}

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CONNECTION_SCOPE_POOL_H_
