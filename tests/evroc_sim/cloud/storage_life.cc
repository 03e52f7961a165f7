#include "tests/evroc_sim/cloud/storage_life.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "absl/strings/str_replace.h"

namespace evroc::sim {
namespace {

// Each is a reason of Ready=False, and none of them is a failure (traps.md
// B16).
constexpr const char* kImport[] = {"ImportScheduled", "DiskImageDownloading",
                                   "Provisioning", "DiskImageImportCompleted"};

absl::Duration ImportStep(const LifeContext& context) {
  return context.settings.Latency("disk_create") / std::size(kImport);
}

NextStep BeginDisk(Object& disk, LifeContext& context) {
  disk.fate = context.faults.Meet(disk.key);
  disk.status.Set("diskSize", Json(disk.spec["diskSize"]));
  disk.status.Set("placement", Json(disk.spec["placement"]));
  if (disk.spec.At("source.type").String() != "image") {
    EnterPhase(disk, "Provisioning", context.now);
    return context.settings.Latency("disk_create");
  }
  EnterPhase(disk, kImport[0], context.now);
  if (disk.fate == "stuck") return std::nullopt;
  return ImportStep(context);
}

NextStep AdvanceDisk(Object& disk, LifeContext& context) {
  if (disk.phase == "Ready" || disk.phase == "Failed" || disk.fate == "stuck") {
    return std::nullopt;
  }
  if (disk.fate == "fail") {
    disk.phase_message = "the disk is too small for the image";
    EnterPhase(disk, "Failed", context.now);
    return std::nullopt;
  }
  const bool from_image = disk.spec.At("source.type").String() == "image";
  const auto* const stage =
      std::find_if(std::begin(kImport), std::end(kImport),
                   [&disk](const char* name) { return disk.phase == name; });
  if (from_image && std::next(stage) < std::end(kImport)) {
    EnterPhase(disk, *std::next(stage), context.now);
    return ImportStep(context);
  }
  disk.status.Set("diskSize", Json(disk.spec["diskSize"]));
  EnterPhase(disk, "Ready", context.now);
  return std::nullopt;
}

// Sets the users of the disk, and how they use it.
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

NextStep BeginSnapshot(Object& snapshot, LifeContext& context) {
  const ObjectPtr disk =
      context.store.FindRef(snapshot.spec["diskRef"].String());
  if (disk != nullptr) {
    snapshot.status.Set("restoreSize", Json(disk->spec["diskSize"]));
    snapshot.status.SetAt("placement.zones",
                          Json(disk->spec.At("placement.zone")));
  }
  snapshot.status.Set("creationTime", FormatTimestamp(context.now));
  EnterPhase(snapshot, "Creating", context.now);
  return context.settings.Latency("other_create");
}

bool CanAttach(const Object& attachment, const LifeContext& context) {
  const ObjectPtr disk =
      context.store.FindRef(attachment.spec["diskRef"].String());
  const ObjectPtr machine =
      context.store.FindRef(attachment.spec["virtualMachineRef"].String());
  return disk != nullptr && disk->phase == "Ready" && machine != nullptr &&
         machine->phase == "Running";
}

NextStep AdvanceAttachment(Object& attachment, LifeContext& context) {
  if (attachment.phase == "Pending") {
    if (!CanAttach(attachment, context)) return std::nullopt;
    EnterPhase(attachment, "Attaching", context.now);
    return context.settings.Latency("other_create");
  }
  if (attachment.phase == "Attaching") {
    // 32 hex digits (B.5.6).
    attachment.status.Set("serial",
                          absl::StrReplaceAll(attachment.uid, {{"-", ""}}));
    EnterPhase(attachment, "Ready", context.now);
  }
  return std::nullopt;
}

}  // namespace

NextStep BeginStorageObject(Object& object, LifeContext& context) {
  switch (object.key.kind) {
    case Kind::kDisk:
      return BeginDisk(object, context);
    case Kind::kSnapshot:
      return BeginSnapshot(object, context);
    case Kind::kHotswapAttachment:
      if (const auto disk = ParseFqid(object.spec["diskRef"].String());
          disk.ok()) {
        object.system_labels["compute.evroc.com/disk-attachment-disk"] =
            disk->id;
      }
      EnterPhase(object, "Pending", context.now);
      return AdvanceAttachment(object, context);
    default:
      EnterPhase(object, "Creating", context.now);
      object.status.Set("placement", Json(object.spec["placement"]));
      return context.settings.Latency("other_create");
  }
}

NextStep AdvanceStorageObject(Object& object, LifeContext& context) {
  if (object.key.kind == Kind::kDisk) return AdvanceDisk(object, context);
  if (object.key.kind == Kind::kHotswapAttachment) {
    return AdvanceAttachment(object, context);
  }
  EnterPhase(object, "Ready", context.now);
  return std::nullopt;
}

NextStep StorageObjectChanged(const Object& before, Object& object,
                              LifeContext& context) {
  if (object.key.kind != Kind::kDisk || object.phase != "Ready" ||
      before.spec["diskSize"] == object.spec["diskSize"]) {
    return std::nullopt;
  }
  EnterPhase(object, "Resizing", context.now);
  return context.settings.Latency("disk_create");
}

void DeriveStorageStatus(Object& object, const LifeContext& context) {
  if (object.key.kind == Kind::kDisk) DeriveDiskUsage(object, context);
  std::string reason = object.phase;
  if (reason == "Pending") reason = "Attaching";
  SetCondition(object, "Ready", object.phase == "Ready", reason,
               object.phase_message, context.now);
}

}  // namespace evroc::sim
