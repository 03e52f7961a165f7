#include "tests/evroc_sim/rules/disk_rules.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/status/status_macros.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/model/catalogue.h"

namespace evroc::sim {
namespace {

constexpr absl::string_view kDiskWebhook =
    "admission webhook \"disk-webhook.evroc.com\" denied the request: ";
constexpr char kImageField[] = "spec.source.diskImageRef";

int64_t Kilobytes(JsonView size) {
  const absl::string_view unit = size["unit"].String();
  const int64_t factor = unit == "TB"   ? int64_t{1} << 30
                         : unit == "GB" ? int64_t{1} << 20
                         : unit == "MB" ? int64_t{1} << 10
                                        : 1;
  return size["amount"].Integer() * factor;
}

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
  if (Kilobytes(change.wanted.spec["diskSize"]) <
      Kilobytes(change.store.Find(image)->spec["defaultDiskSize"])) {
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
  if (Kilobytes(change.wanted.spec["diskSize"]) <
      Kilobytes(snapshot.status["restoreSize"])) {
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

}  // namespace

absl::Status CheckDiskSpec(const ChangeRequest& change) {
  const JsonView size = change.wanted.spec["diskSize"];
  if (!IsZone(ZoneOf(change.wanted))) {
    return Invalid("spec.placement.zone: Invalid value: must be a, b or c");
  }
  if (size.exists() && size["amount"].Integer() < 1) {
    return Invalid("spec.diskSize.amount: Invalid value: at least 1");
  }
  if (change.current == nullptr) return CheckSource(change);
  const int64_t before = Kilobytes(change.current->spec["diskSize"]);
  const int64_t after = Kilobytes(size);
  if (after < before) {
    return Invalid("spec.diskSize: Invalid value: a disk can't shrink");
  }
  if (after > before && change.settings.Choice("disk_growth") == "refused") {
    return Invalid("spec.diskSize: Invalid value: field is immutable");
  }
  return absl::OkStatus();
}

}  // namespace evroc::sim
