// Reads and caches the credential Secrets that clusters use, and holds them by
// a finalizer as long as a cluster uses them, with a label by which their
// changes are watched (ADR 10). Thread-safe.
//
// A cluster uses the Secret that it names. While that one does not exist, it
// uses the copy that the official provider made of it and that `clusterctl
// move` took along, if the copy is owned by the EvrocCluster. Copies are never
// made or changed here.

#ifndef SHIM_RECONCILE_CREDENTIAL_SECRETS_H_
#define SHIM_RECONCILE_CREDENTIAL_SECRETS_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

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
#include "shim/cache/credential_secret.h"
#include "shim/cache/evroc_cluster.h"
#include "shim/kube/kube_client.h"
#include "shim/reconcile/crd_fields.h"
#include "shim/rpc/scope.h"

namespace evroc::shim {

class CredentialSecrets {
 public:
  // Contents are read again after `keep`, since they may have been replaced.
  CredentialSecrets(KubeClient& client, Clock& clock,
                    absl::Duration keep = absl::Minutes(10))
      : client_(client), clock_(clock), keep_(keep) {}

  // Returns the scope of the cluster's calls to the cloud. NOT_FOUND if there
  // is no Secret to use, INVALID_ARGUMENT if it holds no credential; the
  // message names the Secret and the key. Other errors are the API's.
  absl::StatusOr<ScopePtr> ScopeOf(const CallContext& context,
                                   const EvrocClusterObject& cluster);

  // --- As the API server says now, whatever was read before.

  // Whether the Secret is the cluster's copy.
  absl::StatusOr<bool> IsCopyOf(const CallContext& context,
                                const ObjectKey& secret,
                                const EvrocClusterObject& cluster);
  // Whether the cluster owns its copy, and the Secret that it names does not
  // exist.
  absl::StatusOr<bool> UsesCopy(const CallContext& context,
                                const EvrocClusterObject& cluster);

  // --- As ScopeOf found it last; before that, as if the named Secret existed.

  // The Secret that the cluster uses.
  ObjectKey UsedBy(const EvrocClusterObject& cluster) const;
  // How messages name it and its keys.
  CredentialSource SourceOf(const EvrocClusterObject& cluster) const;
  // The Secrets whose changes could give the cluster another credential: the
  // one that it names, and the copy if only that exists.
  std::vector<ObjectKey> SecretsOf(const EvrocClusterObject& cluster) const;
  // The metadata.resourceVersion last read, also of an invalid Secret; empty if
  // it did not exist.
  std::string VersionOf(const ObjectKey& secret) const;
  // Whether it is known to have our finalizer and label.
  bool Holds(const ObjectKey& secret) const;

  // Adds our finalizer and label to the Secret, unless both are set or the
  // Secret is being deleted, which takes no new finalizers. NOT_FOUND if it is
  // gone. Safe to repeat.
  absl::Status Hold(const CallContext& context, const ObjectKey& secret);
  // The same, but, unless it `was_held` for certain, not of a Secret that has
  // neither of both: it may be anybody's.
  absl::Status HoldAgain(const CallContext& context, const ObjectKey& secret,
                         bool was_held);
  // Removes both, and forgets the Secret. OK if it is gone. Safe to repeat.
  absl::Status Release(const CallContext& context, const ObjectKey& secret);

  // Takes in a change of a Secret with our label; `meta` is null once it is
  // gone or lost the label. Returns whether its clusters have to look at it
  // again.
  bool Changed(const ObjectKey& secret, const ObjectMeta* meta);

  // Makes the next ScopeOf read the Secret again, after its content was
  // refused.
  void Forget(const ObjectKey& secret);

 private:
  struct Entry {
    bool exists = false;
    absl::Status content;  // why there is no credential in it
    std::optional<SecretCredential> credential;
    CredentialForm form = CredentialForm::kConfig;
    std::string version;
    std::vector<std::string> owners;  // uids of the EvrocClusters that own it
    // By place (project, region, endpoints): clusters with the same place share
    // one.
    std::map<std::string, ScopePtr> scopes;
    bool held = false;
    absl::Time read = absl::InfinitePast();  // of valid content
  };

  static Entry DecodeEntry(JsonView secret, absl::Time now);
  // Reads a Secret into the cache; one that does not exist, too.
  absl::StatusOr<Entry> Read(const CallContext& context,
                             const ObjectKey& secret);
  absl::StatusOr<Entry> ReadCopy(const CallContext& context,
                                 const EvrocClusterObject& cluster);
  // Returns what the cluster uses, with a credential in it. The named Secret is
  // looked for again whenever the copy is too old.
  absl::StatusOr<Entry> Find(const CallContext& context,
                             const EvrocClusterObject& cluster);
  std::optional<Entry> Fresh(const ObjectKey& secret) const;
  static bool IsOwnedBy(const Entry& entry, const EvrocClusterObject& cluster);
  ObjectKey UsedByLocked(const EvrocClusterObject& cluster) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // Returns null if the Secret has to be read, or the scope made.
  ScopePtr CachedScope(const EvrocClusterObject& cluster,
                       const std::string& place) const;
  bool IsFresh(const Entry& entry) const;
  enum class Wanted { kHeld, kHeldAgain, kReleased };
  static bool IsDone(JsonView secret, Wanted wanted);
  absl::Status SetHeld(const CallContext& context, const ObjectKey& secret,
                       Wanted wanted);
  // Remembers what SetHeld has made of the version `before`.
  void WasSet(const ObjectKey& secret, absl::string_view before, JsonView after,
              bool held);

  KubeClient& client_;
  Clock& clock_;
  const absl::Duration keep_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<ObjectKey, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

// What tells apart the scopes that clusters make of the same Secret.
std::string PlaceOf(const EvrocClusterSpec& spec);
// The Secret that a cluster names.
ObjectKey SecretOf(const EvrocClusterObject& cluster);
// The Secret that was last proven to lead to the cluster's cloud; without a
// name before the first.
ObjectKey ProvenSecretOf(const EvrocClusterObject& cluster);
// The Secret that the official provider copied it to, if that one was there.
ObjectKey SecretCopyOf(const ObjectKey& cluster);
// All that may be held for a cluster: these three.
std::vector<ObjectKey> HeldSecretsOf(const EvrocClusterObject& cluster);
// The cluster that a Secret of this name would be the copy for; without a name
// if there is none.
ObjectKey ClusterOfCopy(const ObjectKey& secret);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_CREDENTIAL_SECRETS_H_
