// Reads and caches the credential Secrets that clusters name, and holds them by
// a finalizer as long as a cluster uses them (ADR 10). Thread-safe.

#ifndef SHIM_RECONCILE_CREDENTIAL_SECRETS_H_
#define SHIM_RECONCILE_CREDENTIAL_SECRETS_H_

#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/json/json.h"
#include "common/time/call_context.h"
#include "common/time/clock.h"
#include "evroc/common/v1/resources.pb.h"
#include "shim/cache/evroc_cluster.h"
#include "shim/kube/kube_client.h"
#include "shim/rpc/scope.h"

namespace evroc::shim {

class CredentialSecrets {
 public:
  // Contents are read again after `keep`, since they may have been replaced.
  CredentialSecrets(KubeClient& client, Clock& clock,
                    absl::Duration keep = absl::Minutes(10))
      : client_(client), clock_(clock), keep_(keep) {}

  // Returns the scope of the cluster's calls to the cloud. NOT_FOUND if the
  // Secret does not exist, INVALID_ARGUMENT if it has no valid key "config";
  // the message names the Secret. Other errors are the API's.
  absl::StatusOr<ScopePtr> ScopeOf(const CallContext& context,
                                   const EvrocClusterObject& cluster);

  // Adds our finalizer to the Secret, unless it is set. Safe to repeat.
  absl::Status Hold(const CallContext& context, const ObjectKey& secret);
  // Removes the finalizer. OK if the Secret is gone. Safe to repeat.
  absl::Status Release(const CallContext& context, const ObjectKey& secret);

  // Makes the next ScopeOf read the Secret again, after its content was
  // refused.
  void Forget(const ObjectKey& secret);
  // The metadata.resourceVersion last read, also of an invalid Secret; empty if
  // it did not exist.
  std::string VersionOf(const ObjectKey& secret) const;

 private:
  struct Entry {
    std::string content;  // secret
    std::string version;
    // By place (project, region, endpoints): clusters with the same place share
    // one.
    std::map<std::string, ScopePtr> scopes;
    bool held = false;
    absl::Time read = absl::InfinitePast();  // of valid content
  };

  absl::StatusOr<Entry> Read(const CallContext& context,
                             const ObjectKey& secret);
  absl::StatusOr<Entry> Lookup(const CallContext& context,
                               const ObjectKey& secret);
  void Cache(const ObjectKey& secret, const Entry& entry);
  // Returns null if the Secret has to be read, or the scope made.
  ScopePtr CachedScope(const ObjectKey& secret, const std::string& place) const;
  bool IsFresh(const Entry& entry) const;
  absl::Status SetFinalizer(const CallContext& context, const ObjectKey& secret,
                            bool wanted);

  KubeClient& client_;
  Clock& clock_;
  const absl::Duration keep_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<ObjectKey, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

// The Secret that a cluster names.
ObjectKey SecretOf(const EvrocClusterObject& cluster);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_CREDENTIAL_SECRETS_H_
