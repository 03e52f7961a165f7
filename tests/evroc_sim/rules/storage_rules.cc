#include "tests/evroc_sim/rules/storage_rules.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

absl::string_view RetentionMode(const Object& bucket) {
  return bucket.spec["objectRetentionMode"].String("Disabled");
}

// A bucket that kept versions once never stops to have them, and one with locks
// keeps these.
absl::Status CheckBucket(const ChangeRequest& change) {
  if (change.current == nullptr) return absl::OkStatus();
  const absl::string_view before = RetentionMode(*change.current);
  const absl::string_view after = RetentionMode(change.wanted);
  if (before == after || before == "Disabled") return absl::OkStatus();
  if (before != "Locking" && after != "Disabled") return absl::OkStatus();
  return Invalid(absl::StrCat("spec.objectRetentionMode: Invalid value: ",
                              before, " can't become ", after));
}

// A bucket or account of the image's own project and region.
absl::Status CheckOwnRef(const ChangeRequest& change, absl::string_view member,
                         Kind kind) {
  const std::string field = absl::StrCat("spec.source.", member);
  const std::string ref(change.wanted.spec["source"][member].String());
  const absl::StatusOr<Key> key = ParseFqid(ref);
  if (!key.ok() || key->kind != kind ||
      key->project != change.wanted.key.project ||
      key->region != change.wanted.key.region) {
    return Invalid(absl::StrCat(field, ": Invalid value: \"", ref,
                                "\": must be the fully qualified id of a ",
                                InfoOf(kind).name,
                                " of the image's project and region"));
  }
  if (change.settings.Choice("custom_image_dangling_refs") == "accept") {
    return absl::OkStatus();
  }
  return CheckRef(change, field, kind, ref);
}

absl::Status CheckCustomImage(const ChangeRequest& change) {
  const Json& spec = change.wanted.spec;
  if (spec.At("defaultDiskSize.amount").Integer() < 1) {
    return Invalid("spec.defaultDiskSize.amount: Invalid value: at least 1");
  }
  EVROC_RETURN_IF_ERROR(CheckOwnRef(change, "bucketRef", Kind::kBucket));
  EVROC_RETURN_IF_ERROR(
      CheckOwnRef(change, "serviceAccountRef", Kind::kBucketServiceAccount));
  const absl::string_view path = spec.At("source.path").String();
  for (const char* suffix : {".qcow2", ".vhdx", ".raw"}) {
    if (absl::EndsWith(path, suffix)) return absl::OkStatus();
  }
  return Invalid(
      "spec.source.path: Invalid value: must end with .qcow2, .vhdx or .raw");
}

}  // namespace

absl::Status CheckStorageSpec(const ChangeRequest& change) {
  switch (change.wanted.key.kind) {
    case Kind::kBucket:
      return CheckBucket(change);
    case Kind::kCustomDiskImage:
      return CheckCustomImage(change);
    default:
      return absl::OkStatus();
  }
}

}  // namespace evroc::sim
