// Makes the virtual machine of an EvrocMachine, and keeps it as it is wished:
// bootstrap data, public IP, Apply, and the provider ID as soon as there is
// one. Thread-safe.

#ifndef SHIM_RECONCILE_MACHINE_PROVISION_PHASE_H_
#define SHIM_RECONCILE_MACHINE_PROVISION_PHASE_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/time/call_context.h"
#include "evroc/compute/v1/resources.pb.h"
#include "shim/controller/bulkhead.h"
#include "shim/controller/object_writer.h"
#include "shim/reconcile/machine/machine_context.h"
#include "shim/reconcile/reconcile_env.h"

namespace evroc::shim {

// Where provisioning stopped: the condition that says why.
struct Halt {
  absl::string_view condition;  // "BootstrapDataReady"
  absl::Status status;          // OK: an event will bring it on
  absl::string_view reason;
  std::string message;
};

class ProvisionPhase {
 public:
  ProvisionPhase(ReconcileEnv& env, ObjectWriter<EvrocMachineObject>& writer)
      : env_(env), writer_(writer) {}

  // What the compute service says of the machine. `permit` is what
  // ClusterAccess::EnterFor returned for it. Writes spec.providerID once
  // it is known, which replaces `machine.evroc`. With no value, `halt` says
  // why.
  std::optional<compute::v1::VirtualMachine> Run(const CallContext& context,
                                                 MachineContext& machine,
                                                 const Bulkhead::Permit& permit,
                                                 Halt& halt);

 private:
  // Empty if the machine needs none any more. `version` is set to that of the
  // Secret, if there is one.
  absl::StatusOr<std::string> UserData(const CallContext& context,
                                       const MachineContext& machine,
                                       std::string& version) const;
  std::optional<compute::v1::VirtualMachine> StopAtBootstrapData(
      const MachineContext& machine, const absl::Status& status,
      const std::string& version, Halt& halt) const;
  // Which public IP the machine is to have; an empty id: none.
  struct PublicIpChoice {
    std::string id;
    std::string waiting;  // not empty: it has no address yet, and why
  };
  absl::StatusOr<PublicIpChoice> ChoosePublicIp(
      const CallContext& context, const MachineContext& machine,
      const Bulkhead::Permit& permit) const;
  absl::StatusOr<PublicIpChoice> OwnPublicIp(
      const CallContext& context, const MachineContext& machine,
      const Bulkhead::Permit& permit) const;
  absl::StatusOr<compute::v1::VirtualMachine> Apply(
      const CallContext& context, const MachineContext& machine,
      const Bulkhead::Permit& permit, const std::string& user_data,
      const std::string& public_ip_id) const;
  absl::Status RemoveUnwantedPublicIp(const CallContext& context,
                                      const MachineContext& machine,
                                      const Bulkhead::Permit& permit) const;
  absl::Status WriteProviderId(const CallContext& context,
                               const compute::v1::VirtualMachine& vm,
                               MachineContext& machine);

  ReconcileEnv& env_;
  ObjectWriter<EvrocMachineObject>& writer_;
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_PROVISION_PHASE_H_
