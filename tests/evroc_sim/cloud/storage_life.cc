#include "tests/evroc_sim/cloud/storage_life.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"

namespace evroc::sim {
namespace {

// Each is a reason of Ready=False, and none of them is a failure (traps.md
// B16).
constexpr const char* kImport[] = {"ImportScheduled", "DiskImageDownloading",
                                   "Provisioning", "DiskImageImportCompleted"};

absl::Duration ImportStep(const World& world) {
  return world.settings.Latency("disk_create") / std::size(kImport);
}

NextStep BeginDisk(Object& disk, World& world) {
  disk.fate = world.faults.Meet(disk.key);
  disk.status.Set("diskSize", Json(disk.spec["diskSize"]));
  disk.status.Set("placement", Json(disk.spec["placement"]));
  if (disk.spec.At("source.type").String() != "image") {
    EnterPhase(disk, "Provisioning", world.now);
    return world.settings.Latency("disk_create");
  }
  EnterPhase(disk, kImport[0], world.now);
  if (disk.fate == "stuck") return std::nullopt;
  return ImportStep(world);
}

NextStep AdvanceDisk(Object& disk, World& world) {
  if (disk.phase == "Ready" || disk.phase == "Failed" || disk.fate == "stuck") {
    return std::nullopt;
  }
  if (disk.fate == "fail") {
    disk.phase_message = "the disk is too small for the image";
    EnterPhase(disk, "Failed", world.now);
    return std::nullopt;
  }
  const bool from_image = disk.spec.At("source.type").String() == "image";
  const auto* const stage =
      std::find_if(std::begin(kImport), std::end(kImport),
                   [&disk](const char* name) { return disk.phase == name; });
  if (from_image && std::next(stage) < std::end(kImport)) {
    EnterPhase(disk, *std::next(stage), world.now);
    return ImportStep(world);
  }
  disk.status.Set("diskSize", Json(disk.spec["diskSize"]));
  EnterPhase(disk, "Ready", world.now);
  return std::nullopt;
}

// Who uses the disk, and how.
void DeriveDiskUsage(Object& disk, const World& world) {
  Json usage = Json::Array();
  for (const ObjectPtr& user : world.store.UsersOf(disk.key)) {
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

NextStep BeginSnapshot(Object& snapshot, World& world) {
  const ObjectPtr disk = world.store.FindRef(snapshot.spec["diskRef"].String());
  if (disk != nullptr) {
    snapshot.status.Set("restoreSize", Json(disk->spec["diskSize"]));
    snapshot.status.SetAt("placement.zones",
                          Json(disk->spec.At("placement.zone")));
  }
  snapshot.status.Set("creationTime", FormatTimestamp(world.now));
  EnterPhase(snapshot, "Creating", world.now);
  return world.settings.Latency("other_create");
}

bool CanAttach(const Object& attachment, const World& world) {
  const ObjectPtr disk =
      world.store.FindRef(attachment.spec["diskRef"].String());
  const ObjectPtr machine =
      world.store.FindRef(attachment.spec["virtualMachineRef"].String());
  return disk != nullptr && disk->phase == "Ready" && machine != nullptr &&
         machine->phase == "Running";
}

NextStep AdvanceAttachment(Object& attachment, World& world) {
  if (attachment.phase == "Pending") {
    if (!CanAttach(attachment, world)) return std::nullopt;
    EnterPhase(attachment, "Attaching", world.now);
    return world.settings.Latency("other_create");
  }
  if (attachment.phase == "Attaching") {
    attachment.status.Set("serial", attachment.uid.substr(0, 8));
    EnterPhase(attachment, "Ready", world.now);
  }
  return std::nullopt;
}

}  // namespace

NextStep BeginStorageObject(Object& object, World& world) {
  switch (object.key.kind) {
    case Kind::kDisk:
      return BeginDisk(object, world);
    case Kind::kSnapshot:
      return BeginSnapshot(object, world);
    case Kind::kHotswapAttachment:
      EnterPhase(object, "Pending", world.now);
      return AdvanceAttachment(object, world);
    default:
      EnterPhase(object, "Creating", world.now);
      object.status.Set("placement", Json(object.spec["placement"]));
      return world.settings.Latency("other_create");
  }
}

NextStep AdvanceStorageObject(Object& object, World& world) {
  if (object.key.kind == Kind::kDisk) return AdvanceDisk(object, world);
  if (object.key.kind == Kind::kHotswapAttachment) {
    return AdvanceAttachment(object, world);
  }
  EnterPhase(object, "Ready", world.now);
  return std::nullopt;
}

NextStep StorageObjectChanged(const Object& before, Object& object,
                              World& world) {
  if (object.key.kind != Kind::kDisk || object.phase != "Ready" ||
      before.spec["diskSize"] == object.spec["diskSize"]) {
    return std::nullopt;
  }
  EnterPhase(object, "Resizing", world.now);
  return world.settings.Latency("disk_create");
}

void DeriveStorageStatus(Object& object, const World& world) {
  if (object.key.kind == Kind::kDisk) DeriveDiskUsage(object, world);
  std::string reason = object.phase;
  if (reason == "Pending") reason = "Attaching";
  SetCondition(object, "Ready", object.phase == "Ready", reason,
               object.phase_message, world.now);
}

}  // namespace evroc::sim
