// Holds an object of type T for each scope (credential, project, region),
// created at the first use and released when it has been unused for a while, or
// sooner if a tenant has more of them than its share.
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
#include "common/status/status_macros.h"
#include "common/time/clock.h"
#include "services/evroc/connection/connection.h"
#include "services/evroc/connection/fair_share.h"
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
    int max_scopes = 10'000;
    absl::Duration idle_time = absl::Minutes(10);
  };

  // `clock` must outlive the pool.
  ScopePool(ScopeResolver resolver, Dial dial, Make make, const Limits& limits,
            Clock& clock)
      : resolver_(std::move(resolver)),
        dial_(std::move(dial)),
        make_(std::move(make)),
        limits_(limits),
        clock_(clock),
        shares_(limits.max_scopes, "credentials and projects in use") {}

  // Errors of ScopeResolver; RESOURCE_EXHAUSTED if the tenant has its share,
  // and no scope is unused.
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
    FairShare::Place place;
    absl::Time used;
  };
  using Values = std::vector<std::shared_ptr<T>>;

  std::shared_ptr<T> UseLocked(const std::string& key)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether nobody works with it now.
  static bool IsUnused(const Scope& scope) {
    return scope.value.use_count() == 1;
  }
  // What is evicted goes into `evicted`, to end without the lock: that may wait
  // for a call of the cloud.
  void EvictIdleLocked(Values& evicted) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Evicts an unused scope of the tenant that has most; false if there is none.
  bool EvictOneLocked(Values& evicted) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<FairShare::Place> TakePlaceLocked(const std::string& tenant,
                                                   Values& evicted)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const ScopeResolver resolver_;
  const Dial dial_;
  const Make make_;
  const Limits limits_;
  Clock& clock_;

  FairShare shares_;
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
  Values evicted;
  absl::MutexLock lock(&mutex_);
  EvictIdleLocked(evicted);
  if (!scopes_.contains(key)) {
    EVROC_ASSIGN_OR_RETURN(FairShare::Place place,
                           TakePlaceLocked(request.tenant, evicted));
    scopes_.emplace(
        key, Scope{.value = std::move(fresh), .place = std::move(place)});
  }
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
void ScopePool<T>::EvictIdleLocked(Values& evicted) {
  const absl::Time before = clock_.Now() - limits_.idle_time;
  std::erase_if(scopes_, [&](const auto& entry) {
    const Scope& scope = entry.second;
    if (scope.used >= before || !IsUnused(scope)) return false;
    evicted.push_back(scope.value);
    return true;
  });
  std::erase_if(aliases_, [&](const auto& entry) {
    mutex_.AssertHeld();
    return !scopes_.contains(entry.second);
  });
}

template <typename T>
bool ScopePool<T>::EvictOneLocked(Values& evicted) {
  auto chosen = scopes_.end();
  std::pair<int, absl::Duration> most;
  for (auto it = scopes_.begin(); it != scopes_.end(); ++it) {
    const Scope& scope = it->second;
    if (!IsUnused(scope)) continue;
    const std::pair held_and_idle(shares_.Held(scope.place.tenant()),
                                  clock_.Now() - scope.used);
    if (held_and_idle < most) continue;
    most = held_and_idle;
    chosen = it;
  }
  if (chosen == scopes_.end()) return false;
  evicted.push_back(std::move(chosen->second.value));
  std::erase_if(aliases_, [&](const auto& entry) {
    return entry.second == chosen->first;
  });
  scopes_.erase(chosen);
  return true;
}

template <typename T>
absl::StatusOr<FairShare::Place> ScopePool<T>::TakePlaceLocked(
    const std::string& tenant, Values& evicted) {
  while (true) {
    absl::StatusOr<FairShare::Place> place = shares_.Take(tenant);
    if (place.ok() || !EvictOneLocked(evicted)) return place;
  }
}

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CONNECTION_SCOPE_POOL_H_
