#include "tests/evroc_sim/rules/disk_rules.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "common/status/status_macros.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/model/catalogue.h"
#include "tests/evroc_sim/rules/usage.h"

namespace evroc::sim {
namespace {

constexpr absl::string_view kDiskWebhook =
    "admission webhook \"disk-webhook.evroc.com\" denied the request: ";
constexpr char kImageField[] = "spec.source.diskImageRef";

// The virtual size of a custom image is unknown; it is at most its default
// size (B.5.8).
absl::Status CheckCustomImage(const ChangeRequest& change, const Key& image,
                              absl::string_view ref) {
  if (image.project != change.wanted.key.project ||
      image.region != change.wanted.key.region) {
    const std::string why =
        absl::StrCat(kImageField,
                     ": custom images are not allowed across projects and "
                     "regions: \"",
                     ref, "\"");
    return change.settings.Choice("foreign_custom_image") == "forbidden"
               ? Forbidden(absl::StrCat(kDiskWebhook, why))
               : Invalid(why);
  }
  EVROC_RETURN_IF_ERROR(
      CheckRef(change, kImageField, Kind::kCustomDiskImage, ref));
  if (KilobytesOf(change.wanted.spec["diskSize"]) <
      KilobytesOf(change.store.Find(image)->spec["defaultDiskSize"])) {
    return Invalid("spec.diskSize: smaller than the custom image");
  }
  return absl::OkStatus();
}

absl::Status CheckImage(const ChangeRequest& change) {
  const std::string ref(change.wanted.spec.At("source.diskImageRef").String());
  const absl::StatusOr<Key> key = ParseFqid(ref);
  if (key.ok() && key->kind == Kind::kCustomDiskImage) {
    return CheckCustomImage(change, *key, ref);
  }
  absl::string_view image = ref;
  if (absl::ConsumePrefix(&image, "/compute/global/diskImages/evroc/") &&
      IsImage(image)) {
    return absl::OkStatus();
  }
  return Invalid(absl::StrCat(kImageField, ": Not found: \"", ref, "\""));
}

absl::Status CheckSnapshot(const ChangeRequest& change) {
  const std::string ref(change.wanted.spec.At("source.snapshotRef").String());
  EVROC_RETURN_IF_ERROR(
      CheckRef(change, "spec.source.snapshotRef", Kind::kSnapshot, ref));
  const Object& snapshot = *change.store.FindRef(ref);
  if (KilobytesOf(change.wanted.spec["diskSize"]) <
      KilobytesOf(snapshot.status["restoreSize"])) {
    return Invalid("spec.diskSize: smaller than the snapshot");
  }
  const std::string zone(snapshot.status.At("placement.zones").String());
  if (zone == ZoneOf(change.wanted)) return absl::OkStatus();
  return Forbidden(absl::StrCat(kDiskWebhook, "snapshot ", ref, " is in zone ",
                                zone, ", the disk in zone ",
                                ZoneOf(change.wanted)));
}

absl::Status CheckSource(const ChangeRequest& change) {
  const JsonView source = change.wanted.spec["source"];
  const absl::string_view type = source["type"].String("blank");
  const bool has_image = source["diskImageRef"].exists();
  const bool has_snapshot = source["snapshotRef"].exists();
  if (has_image != (type == "image") || has_snapshot != (type == "snapshot")) {
    return Invalid(absl::StrCat("spec.source: the references do not go with ",
                                "type ", type));
  }
  if (type == "blank" && !change.wanted.spec["diskSize"].exists()) {
    return Invalid("spec.diskSize: Required value for a blank disk");
  }
  if (type == "image") return CheckImage(change);
  return type == "snapshot" ? CheckSnapshot(change) : absl::OkStatus();
}

// Of a new disk, or of one that grows by `added` kilobytes.
absl::Status CheckQuota(const ChangeRequest& change, int64_t added) {
  const int64_t limit = change.settings.Quota("block_storage_gb");
  if (limit < 0 || added <= 0) return absl::OkStatus();
  const int64_t before = KilobytesOf(change.wanted.spec["diskSize"]) - added;
  const int64_t left =
      limit * kKilobytesPerGb - before -
      UsageOf(change.store, change.now, &change.wanted.key).disk_kilobytes;
  if (added <= left) return absl::OkStatus();
  const auto gigabytes = [](int64_t kilobytes) {
    return absl::StrFormat("%.1f GB", static_cast<double>(kilobytes) /
                                          static_cast<double>(kKilobytesPerGb));
  };
  return Forbidden(absl::StrCat(kDiskWebhook, kNotEnoughQuota, "additional ",
                                gigabytes(added), " of block storage needed, ",
                                gigabytes(left), " left (out of ", limit,
                                "GB in quota)"));
}

absl::Status CheckGrowth(const ChangeRequest& change, int64_t added) {
  if (added < 0) {
    return Invalid("spec.diskSize: Invalid value: a disk can't shrink");
  }
  if (added > 0 && change.settings.Choice("disk_growth") == "refused") {
    return Invalid("spec.diskSize: Invalid value: field is immutable");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckDiskSpec(const ChangeRequest& change) {
  const JsonView size = change.wanted.spec["diskSize"];
  if (!IsZone(ZoneOf(change.wanted))) {
    return Invalid("spec.placement.zone: Invalid value: must be a, b or c");
  }
  if (size.exists() && size["amount"].Integer() < 1) {
    return Invalid("spec.diskSize.amount: Invalid value: at least 1");
  }
  int64_t added = KilobytesOf(size);
  if (change.current == nullptr) {
    EVROC_RETURN_IF_ERROR(CheckSource(change));
  } else {
    added -= KilobytesOf(change.current->spec["diskSize"]);
    EVROC_RETURN_IF_ERROR(CheckGrowth(change, added));
  }
  return CheckQuota(change, added);
}

}  // namespace evroc::sim
