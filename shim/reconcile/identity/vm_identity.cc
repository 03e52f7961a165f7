#include "shim/reconcile/identity/vm_identity.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace evroc::shim {
namespace {

constexpr absl::string_view kScheme = "evroc://";

// A provider ID that somebody else chose says nothing about the VM. The status
// does, unless it was lost with a move before the annotation was written.
std::string KnownVmUid(const EvrocMachineObject& machine) {
  std::string recorded = RecordedVmUid(machine);
  if (!recorded.empty() || machine.spec.provider_id.empty()) return recorded;
  return machine.status.machine_uid;
}

}  // namespace

std::string ProviderIdOf(absl::string_view vm_uid) {
  return vm_uid.empty() ? std::string() : absl::StrCat(kScheme, vm_uid);
}

bool WasMade(const EvrocMachineObject& machine) {
  return !machine.spec.provider_id.empty() ||
         !machine.meta.Annotation(kVmUidAnnotation).empty();
}

std::string RecordedVmUid(const EvrocMachineObject& machine) {
  const absl::string_view annotation =
      machine.meta.Annotation(kVmUidAnnotation);
  if (!annotation.empty()) return std::string(annotation);
  absl::string_view provider_id = machine.spec.provider_id;
  return absl::ConsumePrefix(&provider_id, kScheme) ? std::string(provider_id)
                                                    : std::string();
}

MachineSnapshot VmOf(const EvrocMachineObject& machine,
                     const MachineSnapshot& reported) {
  const std::string own = KnownVmUid(machine);
  // A service that has just started has not been told that the VM was there.
  const bool is_unmade =
      reported.uid.empty() &&
      reported.state == compute::v1::VirtualMachine::STATE_PROVISIONING;
  const bool is_another = !reported.uid.empty() && reported.uid != own;
  return !own.empty() && (is_unmade || is_another) ? LostMachine() : reported;
}

}  // namespace evroc::shim
