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

bool HasPrerequisites(const Object& machine, const World& world) {
  const JsonView disks = machine.spec["disks"];
  for (size_t i = 0; i < disks.size(); ++i) {
    const ObjectPtr disk = world.store.FindRef(disks[i]["diskRef"].String());
    if (disk == nullptr || disk->phase != "Ready") return false;
  }
  const absl::string_view address = machine.spec.At(kPublicIpRef).String();
  if (address.empty()) return true;
  const ObjectPtr public_ip = world.store.FindRef(address);
  return public_ip != nullptr && public_ip->phase == "Ready";
}

// Takes the addresses that the machine keeps for its life (B.6.5).
bool TakeAddresses(Object& machine, World& world) {
  const ObjectPtr subnet =
      world.store.FindRef(machine.spec.At("networking.subnetRef").String());
  if (subnet == nullptr) return false;
  const absl::string_view stack =
      machine.spec.At("networking.stackType").String();
  if (stack != "ipv6-only") {
    const auto address = TakeSubnetIpv4(*subnet, world.addresses);
    if (!address.has_value()) return false;
    machine.status.SetAt("networking.privateIPv4Address", *address);
  }
  if (stack != "ipv4-only") {
    machine.status.SetAt("networking.ipv6Address",
                         TakeSubnetIpv6(*subnet, world.addresses));
  }
  if (world.ranges.data_plane.has_value()) {
    machine.data_plane_address =
        TakeDataPlaneAddress(*world.ranges.data_plane, world.addresses);
  }
  return true;
}

NextStep Fail(Object& machine, absl::string_view why, World& world) {
  EnterPhase(machine, "ProvisioningFailed", world.now);
  machine.phase_message = std::string(why);
  return std::nullopt;
}

NextStep Enter(Object& machine, const char* phase, absl::string_view latency,
               World& world) {
  EnterPhase(machine, phase, world.now);
  return world.settings.Latency(latency);
}

NextStep Rest(Object& machine, const char* phase, World& world) {
  EnterPhase(machine, phase, world.now);
  return std::nullopt;
}

NextStep FinishCreation(Object& machine, World& world) {
  if (!TakeAddresses(machine, world)) {
    return Fail(machine, "no addresses left in the subnet", world);
  }
  const bool running = machine.spec["running"].Bool(true);
  return Rest(machine, running ? "Running" : "Stopped", world);
}

absl::string_view StatusOf(const Object& machine, const Settings& settings) {
  if (machine.deleting) return settings.Choice("vm_deleting_status");
  if (machine.phase == "Pending") return "Creating";
  return machine.phase;
}

void DeriveConditions(Object& machine, const World& world) {
  const bool running = machine.phase == "Running" && !machine.deleting;
  const bool stopped = machine.phase == "Stopped" && !machine.deleting;
  const bool ready =
      running || (stopped && world.settings.Choice("stopped_ready") == "true");
  const std::string phase = machine.deleting             ? "Deleting"
                            : machine.phase == "Pending" ? "Creating"
                                                         : machine.phase;
  SetCondition(machine, "Ready", ready, ready ? "Ready" : phase,
               machine.phase_message, world.now);
  SetCondition(machine, "VMIsRunning", running, phase, machine.phase_message,
               world.now);
}

bool IsUp(const Object& machine) {
  return machine.phase == "Running" || machine.phase == "Starting" ||
         machine.phase == "Stopping" || machine.phase == "Stopped";
}

// A machine without groups is in the default one (B.6.2), where there is one
// in its VPC.
Json GroupsOf(const Object& machine, const World& world) {
  const JsonView groups = machine.spec.At(
      "networking.securityGroupSettings.securityGroupMemberRefs");
  if (groups.size() > 0) return Json(groups);
  const ObjectPtr subnet =
      world.store.FindRef(machine.spec.At("networking.subnetRef").String());
  const Key key{Kind::kSecurityGroup, machine.key.project, machine.key.region,
                "default-allow-egress"};
  const ObjectPtr group = world.store.Find(key);
  if (subnet == nullptr || group == nullptr ||
      !(subnet->spec["vpcRef"] == group->spec["vpcRef"])) {
    return Json::Array();
  }
  return Json::Array({FqidOf(key)});
}

void DeriveMemberships(Object& machine, const World& world) {
  const Json groups = GroupsOf(machine, world);
  Json known = Json::Array();
  Json failed = Json::Array();
  for (size_t i = 0; i < groups.view().size(); ++i) {
    const JsonView group = groups.view()[i];
    (world.store.FindRef(group.String()) != nullptr ? known : failed)
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

void DerivePublicAddress(Object& machine, const World& world) {
  Json networking(machine.status["networking"]);
  networking.Remove("publicIPv4Address");
  const ObjectPtr address =
      world.store.FindRef(machine.spec.At(kPublicIpRef).String());
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

void DeriveHotswap(Object& machine, const World& world) {
  Json all = Json::Array();
  for (const ObjectPtr& user : world.store.UsersOf(machine.key)) {
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

NextStep BeginMachine(Object& machine, World& world) {
  EnterPhase(machine, "Pending", world.now);
  machine.fate = world.faults.Meet(machine.key);
  return AdvanceMachine(machine, world);
}

NextStep AdvanceMachine(Object& machine, World& world) {
  if (machine.phase == "Pending") {
    if (machine.fate == "stuck" || !HasPrerequisites(machine, world)) {
      return std::nullopt;
    }
    return Enter(machine, "Creating", "vm_create", world);
  }
  if (machine.phase == "Creating") {
    if (machine.fate == "fail") {
      return Fail(machine, "the machine could not be provisioned", world);
    }
    return FinishCreation(machine, world);
  }
  if (machine.phase == "Starting") return Rest(machine, "Running", world);
  if (machine.phase == "Stopping") return Rest(machine, "Stopped", world);
  return std::nullopt;
}

NextStep MachineChanged(const Object& before, Object& machine, World& world) {
  const bool was = before.spec["running"].Bool(true);
  const bool is = machine.spec["running"].Bool(true);
  if (was == is) return std::nullopt;
  const absl::StatusOr<NextStep> next =
      ActOnMachine(machine, is ? "start" : "stop", world);
  return next.ok() ? *next : std::nullopt;
}

absl::StatusOr<NextStep> ActOnMachine(Object& machine, absl::string_view action,
                                      World& world) {
  const bool running =
      machine.phase == "Running" || machine.phase == "Starting";
  const bool stopped =
      machine.phase == "Stopped" || machine.phase == "Stopping";
  if (action == "stop") {
    return running ? Enter(machine, "Stopping", "vm_stop", world)
                   : std::nullopt;
  }
  if (action == "start") {
    return stopped ? Enter(machine, "Starting", "vm_start", world)
                   : std::nullopt;
  }
  if (action == "fail") {
    return Fail(machine, "the machine could not be provisioned", world);
  }
  return Invalid(absl::StrCat("there is no action \"", action, "\""));
}

void DeriveMachineStatus(Object& machine, const World& world) {
  machine.status.Set("virtualMachineStatus", StatusOf(machine, world.settings));
  machine.status.Set("placement", Json(machine.spec["placement"]));
  machine.status.SetAt("networking.stackType",
                       Json(machine.spec.At("networking.stackType")));
  DeriveMemberships(machine, world);
  DerivePublicAddress(machine, world);
  DeriveAttachedDisks(machine);
  DeriveHotswap(machine, world);
  DeriveConditions(machine, world);
}

void MarkMachineAddresses(const Object& machine, World& world) {
  MarkSubnetAddresses(machine.spec.At("networking.subnetRef").String(),
                      machine.status["networking"], world.addresses);
  if (!machine.data_plane_address.empty()) {
    MarkDataPlaneAddress(machine.data_plane_address, world.addresses);
  }
}

void ReleaseMachineAddresses(const Object& machine, World& world) {
  const absl::string_view subnet =
      machine.spec.At("networking.subnetRef").String();
  ReleaseSubnetAddresses(subnet, machine.status["networking"], world.addresses);
  if (!machine.data_plane_address.empty()) {
    ReleaseDataPlaneAddress(machine.data_plane_address, world.addresses);
  }
}

}  // namespace evroc::sim
