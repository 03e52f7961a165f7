#include "shim/reconcile/machine/machine_claim.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "common/text/uuid.h"
#include "shim/cache/json_fields.h"
#include "shim/reconcile/identity/kept_annotations.h"
#include "shim/reconcile/identity/ownership.h"
#include "shim/reconcile/identity/vm_identity.h"
#include "shim/reconcile/machine/machine_request.h"
#include "shim/reconcile/takeover/unasked_parts.h"

namespace evroc::shim {
namespace {

bool Has(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

// Where a machine without a failure domain may go: all zones of its role, or
// those of the subnet that it names.
absl::StatusOr<std::vector<std::string>> CandidateZones(
    const MachineContext& machine) {
  const Placement& network = *machine.record.network;
  const std::string& subnet_name = machine.evroc->spec.subnet_name;
  if (subnet_name.empty()) {
    return machine.control_plane() ? network.control_plane_zones
                                   : network.zones;
  }
  std::vector<std::string> zones;
  bool found = false;
  for (const PlannedSubnet& subnet : network.subnets) {
    if (subnet.entry != subnet_name) continue;
    found = true;
    if (!subnet.zone.empty()) zones.push_back(subnet.zone);
  }
  if (found) return zones;
  return InvalidField(
      "spec.subnetName",
      absl::StrCat("the cluster has no subnet \"", subnet_name, "\""));
}

// The entry of the subnet that a machine was made in; empty where there is
// none.
std::string SubnetIn(const MachineContext& machine, const Json& chosen) {
  const EvrocMachineObject& evroc = *machine.evroc;
  std::string zone(evroc.meta.Annotation(kZoneAnnotation));
  if (zone.empty()) zone = std::string(chosen[kZoneAnnotation].String());
  if (zone.empty()) return "";
  const auto subnet = SubnetFor(evroc, *machine.record.network, zone);
  return subnet.ok() ? subnet->entry : "";
}

}  // namespace

absl::StatusOr<std::string> MachineClaim::ZoneFor(
    const MachineContext& machine) {
  const Placement& network = *machine.record.network;
  // A VM that exists stays in its zone (traps.md B15), which is not recorded
  // where the cluster has no zones to choose from.
  if (WasMade(*machine.evroc)) {
    if (network.zones.empty()) return std::string();
    const auto vm =
        env_.view.Machine(machine.cluster_id(), machine.machine_id());
    if (vm.has_value() && !vm->zone.empty()) return vm->zone;
    const std::string& seen = machine.evroc->status.failure_domain;
    if (!seen.empty()) return seen;
    // One that is gone, of which nothing is known: any zone will do to say so.
  }
  const std::string& wanted = machine.machine->failure_domain;
  if (!wanted.empty()) {
    if (Has(network.zones, wanted)) return wanted;
    return InvalidField(
        "spec.failureDomain of the Machine",
        absl::StrCat("\"", wanted, "\" is not one of the cluster's zones (",
                     network.zones.empty() ? "it has none"
                                           : absl::StrJoin(network.zones, ", "),
                     ")"));
  }
  EVROC_ASSIGN_OR_RETURN(const std::vector<std::string> zones,
                         CandidateZones(machine));
  if (zones.empty()) return std::string();
  return zones_.Pick(*machine.evroc, zones,
                     env_.cache.EvrocMachinesOf(machine.cluster_key),
                     env_.monotonic.Now());
}

absl::StatusOr<Json> MachineClaim::ChangedAnnotations(
    const MachineContext& machine) {
  const EvrocMachineObject& evroc = *machine.evroc;
  Json annotations = Json::Object();
  std::string id = machine.machine_id();
  if (id.empty()) id = RandomUuid();
  for (const absl::string_view name :
       {kOwnerIdAnnotation, kMachineOwnershipIdAnnotation}) {
    if (evroc.meta.Annotation(name) != id) annotations.Set(name, id);
  }
  if (machine.cluster_id().empty()) {
    annotations.Set(kClusterIdAnnotation, machine.record.network->cluster_id);
  }
  if (evroc.meta.Annotation(kZoneAnnotation).empty()) {
    EVROC_ASSIGN_OR_RETURN(const std::string zone, ZoneFor(machine));
    if (!zone.empty()) annotations.Set(kZoneAnnotation, zone);
  }
  if (WasMade(evroc) && evroc.meta.Annotation(kSubnetAnnotation).empty()) {
    const std::string subnet = SubnetIn(machine, annotations);
    if (!subnet.empty()) annotations.Set(kSubnetAnnotation, subnet);
  }
  if (machine.control_plane() &&
      evroc.meta.Annotation(kControlPlaneAnnotation).empty()) {
    annotations.Set(kControlPlaneAnnotation, "true");
  }
  // Of what was kept the spec decides again.
  if (!evroc.meta.Annotation(kKeptPublicIpAnnotation).empty() &&
      !KeepsPublicIp(evroc)) {
    annotations.Set(kKeptPublicIpAnnotation, "");
  }
  if (evroc.spec.spread &&
      evroc.meta.Annotation(kSpreadGroupAnnotation).empty()) {
    annotations.Set(kSpreadGroupAnnotation,
                    SpreadGroupOf(*machine.machine, machine.control_plane()));
  }
  return annotations;
}

absl::Status MachineClaim::Run(const CallContext& context,
                               MachineContext& machine) {
  const ObjectMeta& meta = machine.evroc->meta;
  if (LostIdentity(meta, kMachineFinalizer)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "somebody removed its annotation ", kOwnerIdAnnotation,
        ", by which the virtual machine is found: put it back (label "
        "capi-machine-id of the virtual machine)"));
  }
  EVROC_ASSIGN_OR_RETURN(Json annotations, ChangedAnnotations(machine));
  const bool held = meta.HasFinalizer(kMachineFinalizer);
  if (held && annotations == Json::Object()) {
    return WriteCopy(context, machine);
  }
  Json patch = Json::Object();
  patch.SetAt("metadata.annotations", std::move(annotations));
  if (!held) {
    auto finalizers = meta.finalizers;
    finalizers.emplace_back(kMachineFinalizer);
    patch.SetAt("metadata.finalizers", WriteTexts(finalizers));
  }
  EVROC_ASSIGN_OR_RETURN(machine.evroc, writer_.Patch(context, *machine.evroc,
                                                      "", std::move(patch)));
  return WriteCopy(context, machine);
}

// Of one that has to wait, the end of the reconcile writes it.
absl::Status MachineClaim::WriteCopy(const CallContext& context,
                                     MachineContext& machine) {
  if (WasMade(*machine.evroc) || machine.machine->data_secret_name.empty()) {
    return absl::OkStatus();
  }
  EvrocMachineStatus status = machine.evroc->status;
  status.annotations = KeptAnnotations(machine.evroc->meta);
  EVROC_ASSIGN_OR_RETURN(machine.evroc,
                         writer_.WriteStatus(context, machine.evroc, status));
  return absl::OkStatus();
}

}  // namespace evroc::shim
