#include "tests/evroc_sim/rules/compute_rules.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/status/status_macros.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/model/catalogue.h"
#include "tests/evroc_sim/rules/usage.h"

namespace evroc::sim {
namespace {

constexpr absl::string_view kVmWebhook =
    "admission webhook \"virtualmachine-webhook.evroc.com\" denied the "
    "request: ";
constexpr size_t kMaxPermanentDisks = 10;
constexpr int kMaxInPlacementGroup = 5;

absl::Status CheckDisks(const ChangeRequest& change) {
  const JsonView disks = change.wanted.spec["disks"];
  int boots = 0;
  std::set<std::string> seen;
  for (size_t i = 0; i < disks.size(); ++i) {
    const std::string field = absl::StrCat("spec.disks[", i, "].diskRef");
    const std::string ref(disks[i]["diskRef"].String());
    EVROC_RETURN_IF_ERROR(CheckZonalRef(change, field, Kind::kDisk, ref));
    if (!seen.insert(ref).second) {
      return Invalid(absl::StrCat(field, ": Duplicate value"));
    }
    for (const ObjectPtr& user : change.store.UsersOf(*ParseFqid(ref))) {
      if (user->key == change.wanted.key || user->key.kind == Kind::kSnapshot) {
        continue;
      }
      return Invalid(
          absl::StrCat(field, ": the disk is in use by ", user->key.id));
    }
    boots += disks[i]["bootFrom"].Bool() ? 1 : 0;
  }
  if (boots != 1) {
    return Invalid("spec.disks: exactly one disk must have bootFrom");
  }
  if (disks.size() > kMaxPermanentDisks) {
    return Invalid("spec.disks: at most 10 disks");
  }
  return absl::OkStatus();
}

// B.5.1. A machine that has ipv4-only keeps it.
absl::Status CheckStackType(const ChangeRequest& change) {
  const JsonView wanted = change.wanted.spec.At("networking.stackType");
  if (change.current != nullptr &&
      wanted == change.current->spec.At("networking.stackType")) {
    return absl::OkStatus();
  }
  if (wanted.String() == "ipv4-only" &&
      change.settings.Choice("ipv4_only_machines") == "refuse") {
    return ApiError(
        403, "IPv4OnlyStackTypeDeprecated",
        absl::StrCat(kVmWebhook,
                     "ipv4-only is deprecated and cannot be set on new VMs, "
                     "use dual-stack or ipv6-only"));
  }
  const ObjectPtr subnet = change.store.FindRef(
      change.wanted.spec.At("networking.subnetRef").String());
  if (subnet != nullptr && subnet->spec["stackType"].String() == "ipv6-only" &&
      wanted.String() != "ipv6-only") {
    return Invalid(
        "spec.networking.stackType: Invalid value: the subnet is ipv6-only");
  }
  return absl::OkStatus();
}

absl::Status CheckMachineNetwork(const ChangeRequest& change) {
  const JsonView networking = change.wanted.spec["networking"];
  EVROC_RETURN_IF_ERROR(CheckZonalRef(change, "spec.networking.subnetRef",
                                      Kind::kSubnet,
                                      networking["subnetRef"].String()));
  EVROC_RETURN_IF_ERROR(CheckStackType(change));
  const JsonView groups =
      networking.At("securityGroupSettings.securityGroupMemberRefs");
  for (size_t i = 0; i < groups.size() && !change.accepts_missing_groups; ++i) {
    EVROC_RETURN_IF_ERROR(
        CheckRef(change,
                 absl::StrCat("spec.networking.securityGroupSettings."
                              "securityGroupMemberRefs[",
                              i, "]"),
                 Kind::kSecurityGroup, groups[i].String()));
  }
  const std::string address(
      networking.At("publicIPv4Address.static.publicIPRef").String());
  if (address.empty()) return absl::OkStatus();
  EVROC_RETURN_IF_ERROR(
      CheckRef(change, "spec.networking.publicIPv4Address.static.publicIPRef",
               Kind::kPublicIp, address));
  return CheckAddressIsFree(change, address);
}

absl::Status CheckPlacementGroupOf(const ChangeRequest& change) {
  const std::string ref(
      change.wanted.spec.At("placement.placementGroupRef").String());
  if (ref.empty()) return absl::OkStatus();
  EVROC_RETURN_IF_ERROR(CheckZonalRef(
      change, "spec.placement.placementGroupRef", Kind::kPlacementGroup, ref));
  if (change.store.FindRef(ref)->phase != "Ready" &&
      change.settings.Choice("unready_placement_group") == "refuse") {
    return Invalid("spec.placement.placementGroupRef: the group is not ready");
  }
  int members = 0;
  for (const ObjectPtr& user : change.store.UsersOf(*ParseFqid(ref))) {
    members += user->key == change.wanted.key ? 0 : 1;
  }
  if (members < kMaxInPlacementGroup) return absl::OkStatus();
  constexpr char kFull[] = "the placement group has 5 machines already";
  return change.settings.Choice("full_placement_group") == "conflict"
             ? Conflict(kFull)
             : Forbidden(absl::StrCat(kVmWebhook, kFull));
}

absl::Status CheckGpuQuota(const ChangeRequest& change,
                           const Profile& profile) {
  const int64_t limit = change.settings.GpuQuota(profile.gpu_model);
  if (limit < 0) return absl::OkStatus();
  const int64_t left =
      limit - UsageOf(change.store, change.now, &change.wanted.key)
                  .gpus[profile.gpu_model];
  if (profile.gpus <= left) return absl::OkStatus();
  return Forbidden(absl::StrCat(kVmWebhook, kNotEnoughQuota, profile.gpus,
                                " \"", profile.gpu_model, "\" needed, ", left,
                                " left out of ", limit));
}

// B.9.6: at creation, and if the profile changes.
absl::Status CheckMachineQuota(const ChangeRequest& change,
                               const Profile& profile) {
  if (change.current != nullptr && ProfileOf(*change.current) == &profile) {
    return absl::OkStatus();
  }
  if (profile.gpus > 0) return CheckGpuQuota(change, profile);
  const int64_t vcpus = change.settings.Quota("vcpus");
  const int64_t memory = change.settings.Quota("memory_gb");
  if (vcpus < 0 && memory < 0) return absl::OkStatus();
  const Usage used = UsageOf(change.store, change.now, &change.wanted.key);
  const bool fits =
      (vcpus < 0 || used.vcpus + profile.vcpus <= vcpus) &&
      (memory < 0 || used.memory_gb + profile.memory_gb <= memory);
  if (fits) return absl::OkStatus();
  std::string left;
  if (vcpus >= 0) {
    absl::StrAppend(&left, ", ", vcpus - used.vcpus, " vCPUs left (out of ",
                    vcpus, " in quota)");
  }
  if (memory >= 0) {
    absl::StrAppend(&left, ", ", memory - used.memory_gb, ".0 GB left (out of ",
                    memory, "GB in quota)");
  }
  return Forbidden(absl::StrCat(kVmWebhook, kNotEnoughQuota, "additional ",
                                profile.vcpus, " vCPUs and ", profile.memory_gb,
                                ".0 GB needed", left));
}

// Refuses changes that need a stopped machine (B.5.1).
absl::Status CheckChangesOfARunningMachine(const ChangeRequest& change) {
  if (change.current == nullptr || change.current->phase == "Stopped") {
    return absl::OkStatus();
  }
  std::vector<absl::string_view> fixed = {"computeProfileRef",
                                          "placement.placementGroupRef",
                                          "networking.stackType", "disks"};
  if (change.settings.Choice("public_ip_change") == "stopped") {
    fixed.emplace_back("networking.publicIPv4Address");
  }
  for (const absl::string_view path : fixed) {
    if (change.wanted.spec.At(path) == change.current->spec.At(path)) continue;
    return Invalid(absl::StrCat(
        "spec.", path, ": can only be changed while the machine is stopped"));
  }
  return absl::OkStatus();
}

absl::Status CheckMachine(const ChangeRequest& change) {
  const Profile* profile = ProfileOf(change.wanted);
  if (profile == nullptr) {
    return Invalid(
        absl::StrCat("spec.computeProfileRef: Not found: \"",
                     change.wanted.spec["computeProfileRef"].String(), "\""));
  }
  const std::string zone = ZoneOf(change.wanted);
  if (!IsZone(zone)) {
    return Invalid("spec.placement.zone: Invalid value: must be a, b or c");
  }
  EVROC_RETURN_IF_ERROR(CheckDisks(change));
  EVROC_RETURN_IF_ERROR(CheckMachineNetwork(change));
  EVROC_RETURN_IF_ERROR(CheckPlacementGroupOf(change));
  EVROC_RETURN_IF_ERROR(CheckChangesOfARunningMachine(change));
  if (profile->gpus > 0 && zone != "a") {
    return Forbidden(absl::StrCat(kVmWebhook, "GPU machines in zone ", zone,
                                  " are not possible, only in zone a"));
  }
  return CheckMachineQuota(change, *profile);
}

absl::Status CheckAttachment(const ChangeRequest& change) {
  const std::string disk(change.wanted.spec["diskRef"].String());
  const std::string machine(change.wanted.spec["virtualMachineRef"].String());
  EVROC_RETURN_IF_ERROR(CheckRef(change, "spec.diskRef", Kind::kDisk, disk));
  EVROC_RETURN_IF_ERROR(CheckRef(change, "spec.virtualMachineRef",
                                 Kind::kVirtualMachine, machine));
  if (ZoneOf(*change.store.FindRef(disk)) !=
      ZoneOf(*change.store.FindRef(machine))) {
    return Invalid("spec.diskRef: the disk is in another zone");
  }
  for (const ObjectPtr& user : change.store.UsersOf(*ParseFqid(disk))) {
    if (user->key == change.wanted.key || user->key.kind == Kind::kSnapshot) {
      continue;
    }
    return Invalid(
        absl::StrCat("spec.diskRef: the disk is in use by ", user->key.id));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckComputeSpec(const ChangeRequest& change) {
  switch (change.wanted.key.kind) {
    case Kind::kVirtualMachine:
      return CheckMachine(change);
    case Kind::kHotswapAttachment:
      return CheckAttachment(change);
    case Kind::kSnapshot:
      if (change.current != nullptr) return absl::OkStatus();
      return CheckRef(change, "spec.diskRef", Kind::kDisk,
                      change.wanted.spec["diskRef"].String());
    default:
      return IsZone(ZoneOf(change.wanted))
                 ? absl::OkStatus()
                 : Invalid("spec.placement.zone: must be a, b or c");
  }
}

}  // namespace evroc::sim
