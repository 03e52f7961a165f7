#include "tests/evroc_sim/cloud/disk_life.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "tests/evroc_sim/model/bucket_credentials.h"

namespace evroc::sim {
namespace {

constexpr char kDownloading[] = "DiskImageDownloading";
constexpr char kDownloadFailed[] = "DiskImageDownloadFailed";

// Each is a reason of Ready=False, and none of them is a failure (traps.md
// B16).
constexpr const char* kImport[] = {"ImportScheduled", kDownloading,
                                   "Provisioning", "DiskImageImportCompleted"};

bool IsFromImage(const Object& disk) {
  return disk.spec.At("source.type").String() == "image";
}

bool IsFromCustomImage(const Object& disk) {
  const auto image = ParseFqid(disk.spec.At("source.diskImageRef").String());
  return image.ok() && image->kind == Kind::kCustomDiskImage;
}

NextStep Fail(Object& disk, const char* phase, const char* why,
              LifeContext& context) {
  disk.phase_message = why;
  EnterPhase(disk, phase, context.now);
  return std::nullopt;
}

NextStep EnterImport(Object& disk, const char* phase, LifeContext& context) {
  EnterPhase(disk, phase, context.now);
  if (disk.fate == "stuck") return std::nullopt;
  return context.settings.Latency("disk_create") / std::size(kImport);
}

// A custom image may have gone before its disk could be made from it.
NextStep AwaitCustomImage(Object& disk, LifeContext& context) {
  const ObjectPtr image =
      context.store.FindRef(disk.spec.At("source.diskImageRef").String());
  if (image == nullptr) {
    return Fail(disk, kDownloadFailed, "the custom image is gone", context);
  }
  if (image->phase == "Ready") return EnterImport(disk, kImport[0], context);
  EnterPhase(disk, "Pending", context.now);
  return std::nullopt;
}

// B.5.8: the download happens at each disk.
bool CanDownload(const Object& disk, const LifeContext& context) {
  const ObjectPtr image =
      context.store.FindRef(disk.spec.At("source.diskImageRef").String());
  if (image == nullptr) return false;
  const ObjectPtr bucket =
      context.store.FindRef(image->spec.At("source.bucketRef").String());
  const ObjectPtr account = context.store.FindRef(
      image->spec.At("source.serviceAccountRef").String());
  if (bucket == nullptr || account == nullptr ||
      !MayUseBucket(*account, bucket->key.id)) {
    return false;
  }
  const JsonView source = image->spec["source"];
  return context.settings.Choice("custom_image_objects") == "assumed" ||
         context.contents.Find(
             {bucket->uid, std::string(source["path"].String())},
             std::string(source["version"].String())) != nullptr;
}

NextStep FailDownload(Object& disk, LifeContext& context) {
  if (context.settings.Choice("missing_image_object") == "hang") {
    return std::nullopt;
  }
  return Fail(disk, kDownloadFailed, "the image can't be downloaded", context);
}

// The state of an import that follows another; null after the last one, and for
// any other phase.
const char* ImportAfter(const std::string& phase) {
  const auto* const stage =
      std::find(std::begin(kImport), std::end(kImport), phase);
  const bool has_next = std::end(kImport) - stage > 1;
  return has_next ? *std::next(stage) : nullptr;
}

}  // namespace

NextStep BeginDisk(Object& disk, LifeContext& context) {
  disk.fate = context.faults.Meet(disk);
  disk.status.Set("diskSize", Json(disk.spec["diskSize"]));
  disk.status.Set("placement", Json(disk.spec["placement"]));
  if (!IsFromImage(disk)) {
    EnterPhase(disk, "Provisioning", context.now);
    return context.settings.Latency("disk_create");
  }
  return IsFromCustomImage(disk) ? AwaitCustomImage(disk, context)
                                 : EnterImport(disk, kImport[0], context);
}

NextStep AdvanceDisk(Object& disk, LifeContext& context) {
  if (disk.phase == "Pending") return AwaitCustomImage(disk, context);
  if (disk.phase == "Ready" || disk.phase == "Failed" ||
      disk.phase == kDownloadFailed || disk.fate == "stuck") {
    return std::nullopt;
  }
  if (disk.fate == "fail") {
    return Fail(disk, "Failed", "the disk is too small for the image", context);
  }
  if (disk.phase == kDownloading && IsFromCustomImage(disk) &&
      !CanDownload(disk, context)) {
    return FailDownload(disk, context);
  }
  if (const char* const next = ImportAfter(disk.phase);
      next != nullptr && IsFromImage(disk)) {
    return EnterImport(disk, next, context);
  }
  disk.status.Set("diskSize", Json(disk.spec["diskSize"]));
  EnterPhase(disk, "Ready", context.now);
  return std::nullopt;
}

NextStep DiskChanged(const Object& before, Object& disk, LifeContext& context) {
  if (disk.phase != "Ready" ||
      before.spec["diskSize"] == disk.spec["diskSize"]) {
    return std::nullopt;
  }
  EnterPhase(disk, "Resizing", context.now);
  return context.settings.Latency("disk_create");
}

void DeriveDiskUsage(Object& disk, const LifeContext& context) {
  Json usage = Json::Array();
  for (const ObjectPtr& user : context.store.UsersOf(disk.key)) {
    if (user->key.kind == Kind::kVirtualMachine) {
      usage.Push(Json::Object({{"useKind", "permanent"},
                               {"virtualMachineRef", FqidOf(user->key)}}));
    } else if (user->key.kind == Kind::kHotswapAttachment) {
      usage.Push(Json::Object(
          {{"useKind", "hotswap"},
           {"virtualMachineRef", Json(user->spec["virtualMachineRef"])},
           {"attachmentRef", FqidOf(user->key)}}));
    }
  }
  disk.status.Set("diskUsage", std::move(usage));
}

}  // namespace evroc::sim
