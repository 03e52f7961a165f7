#include "tests/evroc_sim/cloud/storage_life.h"

#include <string>

#include "absl/strings/str_replace.h"
#include "tests/evroc_sim/cloud/disk_life.h"
#include "tests/evroc_sim/model/bucket_credentials.h"

namespace evroc::sim {
namespace {

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

NextStep BeginAttachment(Object& attachment, LifeContext& context) {
  const auto disk = ParseFqid(attachment.spec["diskRef"].String());
  if (disk.ok()) {
    attachment.system_labels["compute.evroc.com/disk-attachment-disk"] =
        disk->id;
  }
  EnterPhase(attachment, "Pending", context.now);
  return AdvanceAttachment(attachment, context);
}

}  // namespace

NextStep BeginStorageObject(Object& object, LifeContext& context) {
  switch (object.key.kind) {
    case Kind::kDisk:
      return BeginDisk(object, context);
    case Kind::kSnapshot:
      return BeginSnapshot(object, context);
    case Kind::kHotswapAttachment:
      return BeginAttachment(object, context);
    case Kind::kCustomDiskImage:
      EnterPhase(object, "Creating", context.now);
      return context.settings.Latency("custom_image_create");
    case Kind::kPlacementGroup:
      object.status.Set("placement", Json(object.spec["placement"]));
      [[fallthrough]];
    default:
      EnterPhase(object, "Creating", context.now);
      return context.settings.Latency("other_create");
  }
}

NextStep AdvanceStorageObject(Object& object, LifeContext& context) {
  if (object.key.kind == Kind::kDisk) return AdvanceDisk(object, context);
  if (object.key.kind == Kind::kHotswapAttachment) {
    return AdvanceAttachment(object, context);
  }
  if (object.key.kind == Kind::kBucketServiceAccount) {
    object.status.Set("s3CredentialsSecretName", SecretNameOf(object));
  }
  EnterPhase(object, "Ready", context.now);
  return std::nullopt;
}

NextStep StorageObjectChanged(const Object& before, Object& object,
                              LifeContext& context) {
  return object.key.kind == Kind::kDisk ? DiskChanged(before, object, context)
                                        : std::nullopt;
}

void DeriveStorageStatus(Object& object, const LifeContext& context) {
  std::string reason = object.phase;
  if (object.key.kind == Kind::kDisk) {
    DeriveDiskUsage(object, context);
  } else if (reason == "Pending") {
    reason = "Attaching";
  }
  SetCondition(object, "Ready", object.phase == "Ready", reason,
               object.phase_message, context.now);
}

}  // namespace evroc::sim
