#include "shim/reconcile/identity/cloud_verifier.h"

#include <utility>

#include "common/cloud/cloud_identity.h"
#include "common/proto/serialize.h"
#include "common/status/status_macros.h"

namespace evroc::shim {
namespace {

using common::v1::CloudIdentity;
using common::v1::CredentialCheck;

// Beyond this many all are asked again.
constexpr size_t kMaxCached = 4096;
// An answer is fresh enough to believe that something is gone.
constexpr absl::Duration kFresh = absl::Seconds(5);

bool IsProof(common::v1::CloudProof proof) {
  return proof != common::v1::CLOUD_PROOF_UNSPECIFIED &&
         proof != common::v1::CLOUD_PROOF_NONE;
}

// What is expected of the cloud: what is recorded, or, where nothing is, what
// the cluster has there.
CloudRecord Expected(const CloudVerifier::Subject& subject,
                     const CloudRecord& record) {
  CloudRecord expected = record;
  for (const std::string& uid : subject.vm_uids()) {
    common::v1::KnownObject& machine = *expected.add_objects();
    machine.set_kind("VirtualMachine");
    machine.set_uid(uid);
  }
  if (record.has_identity()) return expected;
  const ObjectMeta& meta = subject.cluster.meta;
  expected.set_cluster_id(std::string(OwnerIdOf(meta)));
  // Before they had ids, the official provider's clusters were known by this.
  if (expected.cluster_id().empty() &&
      HasMadeSomething(subject.cluster, subject.vm_uids())) {
    expected.set_cluster_id(meta.uid.str());
  }
  return expected;
}

// Brings a recorded place up to date. The project's UID stays where the same
// place does not show it this time.
void Renew(const CloudIdentity& seen, CloudIdentity& recorded) {
  const std::string uid = recorded.project_uid();
  const bool stays = seen.project_uid().empty() &&
                     seen.endpoint() == recorded.endpoint() &&
                     seen.project() == recorded.project() &&
                     seen.region() == recorded.region();
  recorded = seen;
  if (stays) recorded.set_project_uid(uid);
}

// A credential that does not tell whose it is, before anything is made: there
// is nothing to prove the place by, and nothing to lose.
bool IsTheUnprovenStart(const CloudRecord& record, const CloudIdentity& seen) {
  return record.identity().principal().empty() && seen.principal().empty() &&
         PlaceName(record.identity()) == PlaceName(seen);
}

}  // namespace

absl::StatusOr<CredentialCheck> CloudVerifier::Ask(const CallContext& context,
                                                   const Subject& subject,
                                                   const CloudRecord& record) {
  const Bulkhead::Call call = subject.permit.BeginCall();
  EVROC_ASSIGN_OR_RETURN(
      const CredentialCheck check,
      network_.CheckCredentials(
          context,
          subject.scope->Expecting(Expected(subject, record)).proto()));
  const absl::MutexLock lock(&mutex_);
  if (checks_.size() >= kMaxCached) checks_.clear();
  CredentialCheck& known = checks_[subject.scope->key()];
  known = check;
  known.clear_proof();  // of this cluster alone
  return check;
}

std::optional<CloudVerifier::Verified> CloudVerifier::Cached(
    const Subject& subject, const CloudRecord& record) {
  const absl::MutexLock lock(&mutex_);
  const auto known = checks_.find(subject.scope->key());
  if (known == checks_.end()) return std::nullopt;
  const CredentialCheck& check = known->second;
  const std::string uid = subject.cluster.meta.uid.str();
  const auto proof = proofs_.find(uid);
  const std::string place = SerializeDeterministically(record.identity());
  const bool was_proven =
      proof != proofs_.end() && proof->second.scope == subject.scope->key() &&
      (proof->second.before == place || proof->second.after == place);
  if (!was_proven && ProofOf(record.identity(), check.identity()) ==
                         common::v1::CLOUD_PROOF_NONE) {
    return std::nullopt;
  }
  Verified verified{.check = check, .record = record};
  Renew(check.identity(), *verified.record.mutable_identity());
  // So that Forget finds what was believed.
  if (!was_proven) {
    proofs_[uid] = {
        .scope = subject.scope->key(),
        .before = place,
        .after = SerializeDeterministically(verified.record.identity()),
        .asked = absl::InfinitePast()};
  }
  return verified;
}

absl::StatusOr<CloudVerifier::Verified> CloudVerifier::Judge(
    const Subject& subject, CloudRecord record, const CredentialCheck& check) {
  const CloudIdentity& seen = check.identity();
  const bool has_made = HasMadeSomething(subject.cluster, subject.vm_uids());
  const bool may_begin =
      !has_made && (!record.has_identity() || IsTheUnprovenStart(record, seen));
  Verified verified{.check = check};
  if (IsProof(check.proof()) || may_begin) {
    verified.record = std::move(record);
  } else if (IsAbandoned(subject.cluster)) {
    verified.abandons = true;
  } else if (subject.is_taken_over && !record.has_identity() &&
             subject.cluster.meta.Annotation(kOwnerIdAnnotation).empty()) {
    verified.unproven = true;
  } else {
    return OtherCloudError(record.identity(), seen);
  }
  Renew(seen, *verified.record.mutable_identity());
  return verified;
}

void CloudVerifier::CacheProof(const Subject& subject, const Verified& verified,
                               const std::string& before) {
  const absl::MutexLock lock(&mutex_);
  if (proofs_.size() >= kMaxCached) proofs_.clear();
  proofs_[subject.cluster.meta.uid.str()] = {
      .scope = subject.scope->key(),
      .before = before,
      .after = SerializeDeterministically(verified.record.identity()),
      .asked = clock_.Now()};
}

absl::StatusOr<CloudVerifier::Verified> CloudVerifier::AskAndJudge(
    const CallContext& context, const Subject& subject, CloudRecord record) {
  const std::string before = SerializeDeterministically(record.identity());
  EVROC_ASSIGN_OR_RETURN(const CredentialCheck check,
                         Ask(context, subject, record));
  EVROC_ASSIGN_OR_RETURN(Verified verified,
                         Judge(subject, std::move(record), check));
  if (!verified.unproven && !verified.abandons) {
    CacheProof(subject, verified, before);
  }
  return verified;
}

absl::StatusOr<CloudVerifier::Verified> CloudVerifier::Verify(
    const CallContext& context, const Subject& subject) {
  CloudRecord record = CloudRecordOf(subject.cluster.meta);
  if (auto known = Cached(subject, record)) return *std::move(known);
  return AskAndJudge(context, subject, std::move(record));
}

absl::Status CloudVerifier::Confirm(const CallContext& context,
                                    const Subject& subject) {
  {
    const absl::MutexLock lock(&mutex_);
    const auto proof = proofs_.find(subject.cluster.meta.uid.str());
    if (proof != proofs_.end() && proof->second.scope == subject.scope->key() &&
        clock_.Now() < proof->second.asked + kFresh) {
      return absl::OkStatus();
    }
  }
  return AskAndJudge(context, subject, CloudRecordOf(subject.cluster.meta))
      .status();
}

void CloudVerifier::Forget(const EvrocClusterObject& cluster) {
  const absl::MutexLock lock(&mutex_);
  const auto proof = proofs_.find(cluster.meta.uid.str());
  if (proof == proofs_.end()) return;
  checks_.erase(proof->second.scope);
  proofs_.erase(proof);
}

}  // namespace evroc::shim
