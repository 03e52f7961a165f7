#include "shim/reconcile/identity/copies.h"

#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/cloud/cloud_identity.h"
#include "shim/reconcile/identity/cloud_record.h"
#include "shim/reconcile/identity/kept_annotations.h"
#include "shim/reconcile/identity/vm_identity.h"

namespace evroc::shim {
namespace {

// What speaks for it that the id is an object's own; a later one is stronger.
enum class Claim {
  kRefused,   // it was refused before, for this id
  kBare,      // it has the id alone
  kRecorded,  // its annotations say what it has in the cloud
  kMade,      // its status says that it was provisioned
  kKept,      // its status says that the id is its own
};

bool HasRecord(const EvrocClusterObject& cluster) {
  return !KeptAnnotation(cluster, kCloudAnnotation).empty();
}

bool HasRecord(const EvrocMachineObject& machine) {
  return !RecordedVmUid(machine).empty();
}

// Whether what `copy` has recorded is recorded on `original`.
bool IsRecordedOn(const EvrocClusterObject& original,
                  const EvrocClusterObject& copy) {
  const auto recorded =
      CloudRecordOf(WithKeptAnnotations(original)->meta).identity();
  const auto copied = CloudRecordOf(copy.meta).identity();
  return PlaceName(recorded) == PlaceName(copied) ||
         ProofOf(copied, recorded) != common::v1::CLOUD_PROOF_NONE;
}

bool IsRecordedOn(const EvrocMachineObject& original,
                  const EvrocMachineObject& copy) {
  return RecordedVmUid(*WithKeptAnnotations(original)) == RecordedVmUid(copy);
}

template <typename T>
Claim ClaimOf(const T& object) {
  const Annotations& kept = object.status.annotations;
  if (kept.contains(kOwnerIdAnnotation)) return Claim::kKept;
  if (object.status.provisioned) return Claim::kMade;
  const auto refused = kept.find(kRefusedId);
  if (refused != kept.end() && refused->second == KeptIdOf(object)) {
    return Claim::kRefused;
  }
  return HasRecord(object) ? Claim::kRecorded : Claim::kBare;
}

template <typename T>
bool Outranks(const T& one, const T& other) {
  const Claim claim = ClaimOf(one);
  if (claim != ClaimOf(other)) return claim > ClaimOf(other);
  return claim == Claim::kBare &&
         one.meta.key.name_space == other.meta.key.name_space &&
         std::tie(one.meta.created, one.meta.uid) <
             std::tie(other.meta.created, other.meta.uid);
}

// Whether `self` has nothing in the cloud that `other` does not have. Where
// `other` is null it is gone.
template <typename T>
bool OwnsNothing(const T& self, const T* other) {
  if (!HasRecord(self)) return true;
  // Across namespaces the annotations may be anybody's.
  return other != nullptr && ClaimOf(*other) >= Claim::kMade &&
         self.meta.key.name_space == other->meta.key.name_space &&
         IsRecordedOn(*other, self);
}

// The strongest of those that `self` does not outrank; null if it outranks all.
template <typename T>
const T* RivalOf(const std::vector<std::shared_ptr<const T>>& with_id,
                 const T& self) {
  const T* rival = nullptr;
  for (const auto& each : with_id) {
    if (each->meta.key == self.meta.key || Outranks(self, *each)) continue;
    if (rival == nullptr || Outranks(*each, *rival)) rival = each.get();
  }
  return rival;
}

template <typename T>
Standing Judge(const std::vector<std::shared_ptr<const T>>& with_id,
               const T& self) {
  const Claim claim = ClaimOf(self);
  const T* const rival = RivalOf(with_id, self);
  if (rival == nullptr && claim != Claim::kRefused) return {};
  const bool is_refused =
      claim == Claim::kRefused ||
      (claim < Claim::kMade && ClaimOf(*rival) >= Claim::kMade);
  const bool is_lesser = claim == Claim::kBare && claim < ClaimOf(*rival) &&
                         self.meta.key.name_space == rival->meta.key.name_space;
  return {.kind = (is_refused || is_lesser) && OwnsNothing(self, rival)
                      ? Standing::Kind::kCopy
                      : Standing::Kind::kDoubted,
          .other = rival == nullptr ? ObjectKey() : rival->meta.key,
          .is_refused = is_refused};
}

template <typename T>
Annotations After(const T& self, const Standing& standing) {
  if (standing.is_refused) {
    return {{kRefusedId, std::string(KeptIdOf(self))}};
  }
  Annotations kept = self.status.annotations;
  if (!standing.owns()) return kept;
  const bool proven = kept.contains(kCredentialSecretAnnotation);
  kept = KeptAnnotations(self.meta);
  // The Secret counts as proven once it was written by a reconcile that did so.
  if (!proven) kept.erase(kCredentialSecretAnnotation);
  return kept;
}

template <typename T>
bool Keeps(const T& self, const Standing& standing, bool has_cluster) {
  const bool has_id =
      has_cluster ? !KeptAnnotation(self, kOwnerIdAnnotation).empty()
                  : self.status.annotations.contains(kOwnerIdAnnotation);
  return has_id && !self.meta.deleting &&
         standing.kind != Standing::Kind::kCopy;
}

}  // namespace

Standing StandingAmong(
    const std::vector<std::shared_ptr<const EvrocClusterObject>>& with_id,
    const EvrocClusterObject& self) {
  return Judge(with_id, self);
}

Standing StandingAmong(
    const std::vector<std::shared_ptr<const EvrocMachineObject>>& with_id,
    const EvrocMachineObject& self) {
  return Judge(with_id, self);
}

absl::Status StandingError(const ResourceType& type, const ObjectMeta& self,
                           const Standing& standing,
                           absl::string_view finalizer) {
  const std::string other =
      standing.other.name.empty()
          ? absl::StrCat("an ", type.kind, " that is gone")
          : absl::StrCat(type.kind, " ", ToString(standing.other));
  if (standing.kind == Standing::Kind::kCopy) {
    return absl::FailedPreconditionError(absl::StrCat(
        "it was copied from ", other, " with its annotation ",
        kOwnerIdAnnotation,
        ", and what is in the cloud belongs to that one: delete this object, "
        "or remove its finalizer ",
        finalizer, " and the annotations that begin with evroc.com/ and ",
        type == kEvrocClusterType ? kOwnershipIdAnnotation
                                  : kMachineOwnershipIdAnnotation));
  }
  return absl::FailedPreconditionError(absl::StrCat(
      type.kind, " ", ToString(self.key), " and ", other, " have the same ",
      kOwnerIdAnnotation,
      ", and nothing says for certain whose it is: delete the one that has "
      "nothing in the cloud, and take its finalizer ",
      finalizer, " off by hand"));
}

Annotations AnnotationsAfter(const EvrocClusterObject& self,
                             const Standing& standing) {
  return After(self, standing);
}

Annotations AnnotationsAfter(const EvrocMachineObject& self,
                             const Standing& standing) {
  return After(self, standing);
}

bool KeepsFinalizer(const EvrocClusterObject& self, const Standing& standing,
                    bool has_cluster) {
  return Keeps(self, standing, has_cluster);
}

bool KeepsFinalizer(const EvrocMachineObject& self, const Standing& standing,
                    bool has_cluster) {
  return Keeps(self, standing, has_cluster);
}

}  // namespace evroc::shim
