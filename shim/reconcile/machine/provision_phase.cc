#include "shim/reconcile/machine/provision_phase.h"

#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/cloud/cloud_identity.h"
#include "common/json/json.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "shim/reconcile/backends.h"
#include "shim/reconcile/identity/vm_identity.h"
#include "shim/reconcile/machine/status/machine_status.h"
#include "shim/reconcile/takeover/unasked_parts.h"
#include "shim/userdata/login_keys.h"
#include "shim/userdata/merge_user_data.h"

namespace evroc::shim {
namespace {

using Vm = compute::v1::VirtualMachine;

ObjectKey BootstrapSecretOf(const MachineContext& machine) {
  return {machine.evroc->meta.key.name_space,
          machine.machine->data_secret_name};
}

// Adds the user's own data and keys. INVALID_ARGUMENT names the field.
absl::StatusOr<std::string> WithOwnData(const std::string& bootstrap,
                                        const EvrocMachineSpec& spec) {
  const absl::StatusOr<std::string> merged =
      MergeUserData(bootstrap, spec.user_data);
  if (!merged.ok()) {
    return InvalidField("spec.userData", merged.status().message());
  }
  absl::StatusOr<std::string> with_keys =
      AddLoginKeys(*merged, SshKeysOf(spec));
  if (!with_keys.ok()) {
    return InvalidField("spec.sshKey", with_keys.status().message());
  }
  return with_keys;
}

}  // namespace

ReconcileError ProvisionPhase::Error(const MachineContext& machine,
                                     absl::string_view condition,
                                     const absl::Status& status) const {
  ReconcileError error = access_.Explain(*machine.evroc_cluster, status);
  if (!IsOtherCloud(status)) error.condition = std::string(condition);
  return error;
}

absl::StatusOr<std::string> ProvisionPhase::BootstrapData(
    const CallContext& context, const MachineContext& machine,
    std::string& version) const {
  // A machine that exists has had its data at the first boot. A machine is made
  // only once (traps.md B1).
  if (WasMade(*machine.evroc)) return std::string();
  const auto known =
      env_.view.Machine(machine.cluster_id(), machine.machine_id());
  if (known.has_value() && !known->uid.empty()) return std::string();
  const ObjectKey key = BootstrapSecretOf(machine);
  const absl::StatusOr<Json> secret = env_.kube.Get(context, kSecretType, key);
  if (absl::IsNotFound(secret.status())) {
    return absl::NotFoundError(
        absl::StrCat("the bootstrap Secret ", ToString(key),
                     " (spec.bootstrap.dataSecretName of the Machine) does "
                     "not exist"));
  }
  EVROC_RETURN_IF_ERROR(secret.status());
  version = std::string(secret->At("metadata.resourceVersion").String());
  std::string value;
  const JsonView data = secret->At("data.value");
  if (!data.is_string() || !absl::Base64Unescape(data.String(), &value) ||
      value.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the bootstrap Secret ", ToString(key),
                     " has no key \"value\" with user data in it"));
  }
  return value;
}

absl::StatusOr<ProvisionPhase::PublicIpChoice> ProvisionPhase::OwnPublicIp(
    const CallContext& context, const MachineContext& machine,
    const Bulkhead::Permit& permit) const {
  network::v1::PublicIp request;
  *request.mutable_owner() = machine.owner();
  for (const auto& [key, value] :
       LabelsOf(*machine.evroc, *machine.evroc_cluster)) {
    (*request.mutable_labels())[key] = value;
  }
  const Bulkhead::Call call = permit.BeginCall();
  const CloudView::Sequence sequence = env_.view.Now();
  EVROC_ASSIGN_OR_RETURN(const network::v1::PublicIp address,
                         env_.network.ApplyPublicIp(
                             context, machine.record.scope->proto(), request));
  env_.view.Answered(sequence, address);
  if (address.state() == network::v1::PublicIp::STATE_READY) {
    return PublicIpChoice{.id = address.id(), .waiting = {}};
  }
  for (const common::v1::Condition& condition : address.conditions()) {
    if (condition.type() != "Ready" || condition.message().empty()) continue;
    return PublicIpChoice{.id = address.id(), .waiting = condition.message()};
  }
  return PublicIpChoice{.id = address.id(),
                        .waiting = "the public IP has no address yet"};
}

absl::StatusOr<ProvisionPhase::PublicIpChoice> ProvisionPhase::ChoosePublicIp(
    const CallContext& context, const MachineContext& machine,
    const Bulkhead::Permit& permit) const {
  if (HoldsEndpoint(env_, machine)) {
    return PublicIpChoice{.id = machine.record.network->endpoint_public_ip_id,
                          .waiting = {}};
  }
  const EvrocMachineSpec& spec = machine.evroc->spec;
  if (!spec.public_ip) return PublicIpChoice{};
  if (!spec.existing_public_ip_id.empty()) {
    return PublicIpChoice{.id = spec.existing_public_ip_id, .waiting = {}};
  }
  return OwnPublicIp(context, machine, permit);
}

absl::StatusOr<MachineSnapshot> ProvisionPhase::Apply(
    const CallContext& context, const MachineContext& machine,
    const Bulkhead::Permit& permit, const Vm& request) const {
  const Bulkhead::Call call = permit.BeginCall();
  const CloudView::Sequence sequence = env_.view.Now();
  // Also one that was seen and could not be recorded yet: it has had its user
  // data.
  const bool provisioned_before = WasMade(*machine.evroc) ||
                                  request.user_data().empty() ||
                                  !machine.evroc->status.machine_uid.empty();
  EVROC_ASSIGN_OR_RETURN(
      const Vm vm,
      env_.compute.ApplyVirtualMachine(context, machine.record.scope->proto(),
                                       request, provisioned_before));
  env_.view.Answered(sequence, vm);
  return SnapshotOf(vm);
}

MachineRequest ProvisionPhase::RequestFor(const MachineContext& machine,
                                          const std::string& user_data) const {
  return MakeMachineRequest(
      {.machine = *machine.evroc,
       .cluster = *machine.evroc_cluster,
       .network = *machine.record.network,
       .owner = machine.owner(),
       .control_plane = machine.control_plane(),
       .zone = std::string(machine.evroc->meta.Annotation(kZoneAnnotation)),
       .user_data = user_data});
}

void ProvisionPhase::SetPublicIp(
    const absl::StatusOr<PublicIpChoice>& public_ip, Vm& request) {
  if (public_ip.ok()) {
    request.set_public_ip_id(public_ip->id);
  } else {
    request.set_keep_public_ip(true);
  }
}

bool ProvisionPhase::IsRefusal(const MachineContext& machine,
                               const absl::Status& applied) const {
  const ReconcileError error = Error(machine, kVmReady, applied);
  return !error.transient && !error.credentials;
}

// Deletes the public IP that was made for the machine and is no longer desired,
// once the machine has released it. One that is kept is not. One that is
// desired stays while the machine is refused: each try would make it again, and
// its events cause tries.
absl::Status ProvisionPhase::RemoveUnwantedPublicIp(
    const CallContext& context, const MachineContext& machine,
    const Bulkhead::Permit& permit) const {
  const EvrocMachineSpec& spec = machine.evroc->spec;
  const bool wanted = spec.public_ip && spec.existing_public_ip_id.empty();
  if (wanted || KeepsPublicIp(*machine.evroc)) return absl::OkStatus();
  if (!env_.view.HasPublicIp(machine.cluster_id(), machine.machine_id())) {
    return absl::OkStatus();
  }
  const Bulkhead::Call call = permit.BeginCall();
  // What remains of it comes as an event, and with it the next look.
  EVROC_ASSIGN_OR_RETURN(
      const auto remaining,
      env_.network.DeletePublicIp(context, machine.record.scope->proto(),
                                  machine.owner()));
  if (remaining.empty()) env_.quota.Freed(machine.evroc_cluster->meta.key);
  return absl::OkStatus();
}

absl::Status ProvisionPhase::RecordVm(const CallContext& context,
                                      const MachineSnapshot& vm,
                                      MachineContext& machine) {
  const EvrocMachineObject& evroc = *machine.evroc;
  const std::string uid = VmOf(evroc, vm).uid;
  if (uid.empty()) return absl::OkStatus();
  Json patch = Json::Object();
  if (evroc.spec.provider_id.empty() && !machine.external_cloud_provider()) {
    patch.SetAt("spec.providerID", ProviderIdOf(uid));
  } else if (RecordedVmUid(evroc).empty()) {
    patch.SetAt("metadata.annotations",
                Json::Object({{kVmUidAnnotation, uid}}));
  } else {
    return absl::OkStatus();
  }
  const bool is_new = !WasMade(evroc);
  EVROC_ASSIGN_OR_RETURN(machine.evroc, writer_.Patch(context, *machine.evroc,
                                                      "", std::move(patch)));
  if (!is_new) return absl::OkStatus();
  env_.publish({.type = kEvrocMachineType,
                .object = machine.evroc->meta,
                .reason = "VMCreated",
                .action = "Provision",
                .message = absl::StrCat("made the virtual machine ", vm.id)});
  return absl::OkStatus();
}

void ProvisionPhase::AwaitBootstrapSecret(const MachineContext& machine,
                                          const std::string& version) const {
  env_.secret_watches.Await(
      BootstrapSecretOf(machine), version,
      WaiterName(kEvrocMachineType, machine.evroc->meta.key),
      [enqueue = env_.enqueue_machine, key = machine.evroc->meta.key] {
        enqueue(key, Priority::kNormal);
      });
}

// A Secret that is missing or invalid is watched until it changes.
ReconcileError ProvisionPhase::BootstrapDataError(
    const MachineContext& machine, const absl::Status& status,
    const std::string& version) const {
  const absl::string_view reason =
      absl::IsNotFound(status)           ? "BootstrapSecretMissing"
      : absl::IsInvalidArgument(status)  ? "BootstrapSecretInvalid"
      : absl::IsPermissionDenied(status) ? "BootstrapSecretForbidden"
                                         : "";
  if (reason.empty()) return Error(machine, kBootstrapDataReady, status);
  AwaitBootstrapSecret(machine, version);
  // Nothing may notify of the end of such a wait.
  return Waiting(kBootstrapDataReady, reason, status.message(),
                 env_.retry_interval);
}

std::variant<std::string, ReconcileError> ProvisionPhase::UserData(
    const CallContext& context, const MachineContext& machine) const {
  std::string version;
  absl::StatusOr<std::string> bootstrap =
      BootstrapData(context, machine, version);
  if (!bootstrap.ok()) {
    return BootstrapDataError(machine, bootstrap.status(), version);
  }
  if (bootstrap->empty()) return *std::move(bootstrap);
  absl::StatusOr<std::string> user_data =
      WithOwnData(*bootstrap, machine.evroc->spec);
  if (user_data.ok()) return *std::move(user_data);
  // The bootstrap provider's half of it may change too.
  AwaitBootstrapSecret(machine, version);
  return Error(machine, kBootstrapDataReady, user_data.status());
}

bool HoldsEndpoint(const ReconcileEnv& env, const MachineContext& machine) {
  const Placement& network = *machine.record.network;
  return !network.endpoint_public_ip_id.empty() && machine.control_plane() &&
         IsEndpointHolder(*machine.evroc,
                          env.cache.EvrocMachinesOf(*machine.evroc_cluster),
                          env.cache, env.view.Machines(machine.cluster_id()),
                          network.endpoint_address);
}

ProvisionPhase::Result ProvisionPhase::Run(const CallContext& context,
                                           MachineContext& machine,
                                           const Bulkhead::Permit& permit) {
  const std::variant<std::string, ReconcileError> user_data =
      UserData(context, machine);
  if (const auto* error = std::get_if<ReconcileError>(&user_data)) {
    return *error;
  }
  // What can't be had of a machine that exists holds up nothing else (ADR 29).
  const bool exists = std::get<std::string>(user_data).empty();
  MachineRequest request =
      RequestFor(machine, std::get<std::string>(user_data));
  // Before a public IP is made for it.
  if (!request.refused.ok() && !exists) {
    return Error(machine, kVmReady, request.refused);
  }
  const absl::StatusOr<PublicIpChoice> public_ip =
      ChoosePublicIp(context, machine, permit);
  if (!public_ip.ok() && !exists) {
    return Error(machine, kPublicIpReady, public_ip.status());
  }
  // A machine that exists is reconciled without waiting.
  if (public_ip.ok() && !public_ip->waiting.empty() &&
      !WasMade(*machine.evroc)) {
    return Waiting(kPublicIpReady, "WaitingForPublicIP", public_ip->waiting,
                   env_.retry_interval);
  }
  SetPublicIp(public_ip, request.vm);
  const absl::StatusOr<MachineSnapshot> vm =
      Apply(context, machine, permit, request.vm);
  std::optional<ReconcileError> told;
  const auto note = [&](absl::string_view condition,
                        const absl::Status& status) {
    if (status.ok()) return;
    ReconcileError error = Error(machine, condition, status);
    if (told.has_value() && (ComesFirst(*told) || !ComesFirst(error))) return;
    told = std::move(error);
  };
  note(kPublicIpReady, public_ip.status());
  note(kVmReady, request.refused);
  note(kVmReady, vm.status());
  // It says nothing of the VM.
  if (vm.ok()) note("", RecordVm(context, *vm, machine));
  if (vm.ok() || (!exists && IsRefusal(machine, vm.status()))) {
    note(kPublicIpReady, RemoveUnwantedPublicIp(context, machine, permit));
  }
  if (told.has_value()) return *std::move(told);
  return *vm;
}

}  // namespace evroc::shim
