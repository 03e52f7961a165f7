#include "tests/evroc_sim/cloud/machine_life.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/evroc_sim/cloud/network_life.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

constexpr char kPublicIpRef[] =
    "networking.publicIPv4Address.static.publicIPRef";

constexpr char kUnschedulable[] = "ErrorUnschedulable";

bool HasPrerequisites(const Object& machine, const LifeContext& context) {
  const JsonView disks = machine.spec["disks"];
  for (size_t i = 0; i < disks.size(); ++i) {
    const ObjectPtr disk = context.store.FindRef(disks[i]["diskRef"].String());
    if (disk == nullptr || disk->phase != "Ready") return false;
  }
  const absl::string_view address = machine.spec.At(kPublicIpRef).String();
  if (address.empty()) return true;
  const ObjectPtr public_ip = context.store.FindRef(address);
  return public_ip != nullptr && public_ip->phase == "Ready";
}

// Takes the addresses that the machine keeps until its deletion (B.6.5).
bool TakeAddresses(Object& machine, LifeContext& context) {
  const ObjectPtr subnet =
      context.store.FindRef(machine.spec.At("networking.subnetRef").String());
  if (subnet == nullptr) return false;
  const absl::string_view stack =
      machine.spec.At("networking.stackType").String();
  if (stack != "ipv6-only") {
    const auto address = TakeSubnetIpv4(*subnet, context.addresses);
    if (!address.has_value()) return false;
    machine.status.SetAt("networking.privateIPv4Address", *address);
  }
  if (stack != "ipv4-only") {
    machine.status.SetAt("networking.ipv6Address",
                         TakeSubnetIpv6(*subnet, context.addresses));
  }
  if (context.ranges.data_plane.has_value()) {
    machine.data_plane_address =
        TakeDataPlaneAddress(*context.ranges.data_plane, context.addresses);
  }
  return true;
}

NextStep Fail(Object& machine, absl::string_view why, LifeContext& context) {
  EnterPhase(machine, "ProvisioningFailed", context.now);
  machine.phase_message = std::string(why);
  return std::nullopt;
}

NextStep Enter(Object& machine, const char* phase, absl::string_view latency,
               LifeContext& context) {
  EnterPhase(machine, phase, context.now);
  return context.settings.Latency(latency);
}

NextStep Rest(Object& machine, const char* phase, LifeContext& context) {
  EnterPhase(machine, phase, context.now);
  return std::nullopt;
}

NextStep FinishCreation(Object& machine, LifeContext& context) {
  if (!TakeAddresses(machine, context)) {
    return Fail(machine, "no addresses left in the subnet", context);
  }
  const bool running = machine.spec["running"].Bool(true);
  return Rest(machine, running ? "Running" : "Stopped", context);
}

absl::string_view StatusOf(const Object& machine, const Settings& settings) {
  if (machine.deleting) return settings.Choice("vm_deleting_status");
  if (machine.phase == "Pending") return "Creating";
  return machine.phase;
}

void DeriveConditions(Object& machine, const LifeContext& context) {
  const bool running = machine.phase == "Running" && !machine.deleting;
  const bool stopped = machine.phase == "Stopped" && !machine.deleting;
  const bool ready =
      running ||
      (stopped && context.settings.Choice("stopped_ready") == "true");
  const std::string phase = machine.deleting             ? "Deleting"
                            : machine.phase == "Pending" ? "Creating"
                                                         : machine.phase;
  SetCondition(machine, "Ready", ready, ready ? "Ready" : phase,
               machine.phase_message, context.now);
  SetCondition(machine, "VMIsRunning", running, phase, machine.phase_message,
               context.now);
  // B.5.1 has the text; the type and the reason are guesses.
  if (machine.phase == kUnschedulable) {
    SetCondition(machine, "NetworkReady", false, "WaitingForIPv6",
                 "Waiting for IPv6 Networking", context.now);
  }
}

bool IsUp(const Object& machine) {
  return machine.phase == "Running" || machine.phase == "Starting" ||
         machine.phase == "Stopping" || machine.phase == "Stopped";
}

// A machine without groups is in the default one (B.6.2), if its VPC has one.
Json GroupsOf(const Object& machine, const LifeContext& context) {
  const JsonView groups = machine.spec.At(
      "networking.securityGroupSettings.securityGroupMemberRefs");
  if (groups.size() > 0) return Json(groups);
  const ObjectPtr subnet =
      context.store.FindRef(machine.spec.At("networking.subnetRef").String());
  const Key key{Kind::kSecurityGroup, machine.key.project, machine.key.region,
                "default-allow-egress"};
  const ObjectPtr group = context.store.Find(key);
  if (subnet == nullptr || group == nullptr ||
      !(subnet->spec["vpcRef"] == group->spec["vpcRef"])) {
    return Json::Array();
  }
  return Json::Array({FqidOf(key)});
}

void DeriveMemberships(Object& machine, const LifeContext& context) {
  const Json groups = GroupsOf(machine, context);
  Json known = Json::Array();
  Json failed = Json::Array();
  for (size_t i = 0; i < groups.view().size(); ++i) {
    const JsonView group = groups.view()[i];
    (context.store.FindRef(group.String()) != nullptr ? known : failed)
        .Push(Json(group));
  }
  const bool up = IsUp(machine);
  const auto set = [&machine](const char* name, Json value) {
    machine.status.SetAt(absl::StrCat("networking.", name), std::move(value));
  };
  set("securityGroupActiveMembershipRefs", up ? known : Json::Array());
  set("securityGroupPendingMembershipRefs", up ? Json::Array() : known);
  set("securityGroupFailedMembershipRefs", failed);
}

void DerivePublicAddress(Object& machine, const LifeContext& context) {
  Json networking(machine.status["networking"]);
  networking.Remove("publicIPv4Address");
  const ObjectPtr address =
      context.store.FindRef(machine.spec.At(kPublicIpRef).String());
  if (address != nullptr && IsUp(machine) &&
      address->status["usedByRef"].String() == FqidOf(machine.key)) {
    networking.Set("publicIPv4Address",
                   Json(address->status["publicIPv4Address"]));
  }
  machine.status.Set("networking", std::move(networking));
}

constexpr absl::string_view kLetters = "abcdefghij";

void DeriveAttachedDisks(Object& machine) {
  if (!IsUp(machine)) return;
  Json attached = Json::Array();
  const JsonView disks = machine.spec["disks"];
  for (size_t i = 0; i < disks.size(); ++i) {
    attached.Push(Json::Object(
        {{"diskRef", Json(disks[i]["diskRef"])},
         {"device", absl::StrCat("/dev/vd", kLetters.substr(i, 1))}}));
  }
  machine.status.Set("attachedDisks", std::move(attached));
}

void DeriveHotswap(Object& machine, const LifeContext& context) {
  Json all = Json::Array();
  for (const ObjectPtr& user : context.store.UsersOf(machine.key)) {
    if (user->key.kind != Kind::kHotswapAttachment) continue;
    const bool attached = user->phase == "Ready" && !user->deleting;
    Json entry = Json::Object({{"hotswapDiskAttachmentRef", FqidOf(user->key)},
                               {"attached", attached},
                               {"diskRef", Json(user->spec["diskRef"])}});
    if (attached) entry.Set("serial", Json(user->status["serial"]));
    all.Push(std::move(entry));
  }
  if (all.view().size() == 0) {
    machine.status.Remove("hotswapDiskAttachments");
  } else {
    machine.status.Set("hotswapDiskAttachments", std::move(all));
  }
}

}  // namespace

NextStep BeginMachine(Object& machine, LifeContext& context) {
  EnterPhase(machine, "Pending", context.now);
  machine.fate = context.faults.Meet(machine);
  return AdvanceMachine(machine, context);
}

NextStep AdvanceMachine(Object& machine, LifeContext& context) {
  if (machine.phase == "Pending") {
    if (machine.fate == "stuck" || !HasPrerequisites(machine, context)) {
      return std::nullopt;
    }
    if (machine.fate == "unschedulable") {
      return Rest(machine, kUnschedulable, context);
    }
    return Enter(machine, "Creating", "vm_create", context);
  }
  if (machine.phase == "Creating") {
    if (machine.fate == "fail") {
      return Fail(machine, "the machine could not be provisioned", context);
    }
    return FinishCreation(machine, context);
  }
  if (machine.phase == "Starting") return Rest(machine, "Running", context);
  if (machine.phase == "Stopping") return Rest(machine, "Stopped", context);
  return std::nullopt;
}

NextStep MachineChanged(const Object& before, Object& machine,
                        LifeContext& context) {
  const bool was = before.spec["running"].Bool(true);
  const bool is = machine.spec["running"].Bool(true);
  if (was == is) return std::nullopt;
  const absl::StatusOr<NextStep> next =
      ActOnMachine(machine, is ? "start" : "stop", context);
  return next.ok() ? *next : std::nullopt;
}

absl::StatusOr<NextStep> ActOnMachine(Object& machine, absl::string_view action,
                                      LifeContext& context) {
  const bool running =
      machine.phase == "Running" || machine.phase == "Starting";
  const bool stopped =
      machine.phase == "Stopped" || machine.phase == "Stopping";
  if (action == "stop") {
    return running ? Enter(machine, "Stopping", "vm_stop", context)
                   : std::nullopt;
  }
  if (action == "start") {
    return stopped ? Enter(machine, "Starting", "vm_start", context)
                   : std::nullopt;
  }
  if (action == "fail") {
    return Fail(machine, "the machine could not be provisioned", context);
  }
  return Invalid(absl::StrCat("there is no action \"", action, "\""));
}

void DeriveMachineStatus(Object& machine, const LifeContext& context) {
  machine.status.Set("virtualMachineStatus",
                     StatusOf(machine, context.settings));
  machine.status.Set("placement", Json(machine.spec["placement"]));
  machine.status.SetAt("networking.stackType",
                       Json(machine.spec.At("networking.stackType")));
  DeriveMemberships(machine, context);
  DerivePublicAddress(machine, context);
  DeriveAttachedDisks(machine);
  DeriveHotswap(machine, context);
  DeriveConditions(machine, context);
}

void MarkMachineAddresses(const Object& machine, LifeContext& context) {
  MarkSubnetAddresses(machine.spec.At("networking.subnetRef").String(),
                      machine.status["networking"], context.addresses);
  if (!machine.data_plane_address.empty()) {
    MarkDataPlaneAddress(machine.data_plane_address, context.addresses);
  }
}

void ReleaseMachineAddresses(const Object& machine, LifeContext& context) {
  const absl::string_view subnet =
      machine.spec.At("networking.subnetRef").String();
  ReleaseSubnetAddresses(subnet, machine.status["networking"],
                         context.addresses);
  if (!machine.data_plane_address.empty()) {
    ReleaseDataPlaneAddress(machine.data_plane_address, context.addresses);
  }
}

}  // namespace evroc::sim
