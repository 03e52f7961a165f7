// Verifies that a cluster's credential leads to the cloud that the cluster
// lives in, before the cloud is called with it (ADR 28). Thread-safe.

#ifndef SHIM_RECONCILE_IDENTITY_CLOUD_VERIFIER_H_
#define SHIM_RECONCILE_IDENTITY_CLOUD_VERIFIER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/call_context.h"
#include "common/time/clock.h"
#include "evroc/common/v1/resources.pb.h"
#include "shim/cache/evroc_cluster.h"
#include "shim/controller/bulkhead.h"
#include "shim/reconcile/identity/cloud_record.h"
#include "shim/rpc/network_service_client.h"
#include "shim/rpc/scope.h"

namespace evroc::shim {

class CloudVerifier {
 public:
  // Both must outlive it.
  CloudVerifier(NetworkServiceClient& network, Clock& clock)
      : network_(network), clock_(clock) {}

  // What is verified.
  struct Subject {
    const EvrocClusterObject& cluster;
    ScopePtr scope;
    // Of the machines that were made; called only where it matters.
    absl::FunctionRef<std::vector<std::string>()> vm_uids;
    const Bulkhead::Permit& permit;
    // What the official provider has made is not recorded, and a take-over
    // proves by more than UIDs whose it is: then it decides.
    bool is_taken_over = false;
  };
  struct Verified {
    common::v1::CredentialCheck check;
    // What is to be recorded: the place as it is now. Nothing must be made
    // before that is written.
    CloudRecord record;
    // Another place than the recorded one, by the user's order.
    bool abandons = false;
    // Nothing proves it yet, and is_taken_over is set.
    bool unproven = false;
  };
  // OtherCloudError while nothing proves that the credential leads to the
  // cluster's cloud. Asks once for each credential, and again where that is no
  // proof. Errors of CheckCredentials.
  absl::StatusOr<Verified> Verify(const CallContext& context,
                                  const Subject& subject);

  // Asks again, before it is believed that something is gone: a project may
  // have been made again under its name. Asks once for what many want to know
  // at the same time.
  absl::Status Confirm(const CallContext& context, const Subject& subject);

  // Makes the next Verify for the cluster ask again.
  void Forget(const EvrocClusterObject& cluster);

 private:
  // What a cluster's credential was last proven by.
  struct Proof {
    ScopeKey scope;
    // The recorded place as it was then, and as it was to be, serialised.
    std::string before;
    std::string after;
    absl::Time asked;
  };

  absl::StatusOr<common::v1::CredentialCheck> Ask(const CallContext& context,
                                                  const Subject& subject,
                                                  const CloudRecord& record);
  absl::StatusOr<Verified> AskAndJudge(const CallContext& context,
                                       const Subject& subject,
                                       CloudRecord record);
  // What is known without a new question.
  std::optional<Verified> Cached(const Subject& subject,
                                 const CloudRecord& record);
  absl::StatusOr<Verified> Judge(const Subject& subject, CloudRecord record,
                                 const common::v1::CredentialCheck& check);
  void CacheProof(const Subject& subject, const Verified& verified,
                  const std::string& before);

  NetworkServiceClient& network_;
  Clock& clock_;
  mutable absl::Mutex mutex_;
  // By credential.
  absl::flat_hash_map<ScopeKey, common::v1::CredentialCheck> checks_
      ABSL_GUARDED_BY(mutex_);
  // By the EvrocCluster's UID.
  absl::flat_hash_map<std::string, Proof> proofs_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_IDENTITY_CLOUD_VERIFIER_H_
