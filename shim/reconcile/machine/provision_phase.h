// Makes the virtual machine of an EvrocMachine and keeps it as desired:
// bootstrap data, public IP, Apply, and which VM it is as soon as that is
// known. Thread-safe.

#ifndef SHIM_RECONCILE_MACHINE_PROVISION_PHASE_H_
#define SHIM_RECONCILE_MACHINE_PROVISION_PHASE_H_

#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/time/call_context.h"
#include "evroc/compute/v1/resources.pb.h"
#include "shim/controller/bulkhead.h"
#include "shim/controller/object_writer.h"
#include "shim/reconcile/cluster_access.h"
#include "shim/reconcile/machine/machine_context.h"
#include "shim/reconcile/machine/machine_request.h"
#include "shim/reconcile/object_cache.h"
#include "shim/reconcile/reconcile_env.h"
#include "shim/reconcile/reconcile_error.h"
#include "shim/rpc/machine_snapshot.h"

namespace evroc::shim {

// Whether the endpoint is a public IP, and this machine is to have it. The
// cluster's network must be known.
bool HoldsEndpoint(const ReconcileEnv& env, const MachineContext& machine);

class ProvisionPhase {
 public:
  ProvisionPhase(ReconcileEnv& env, const ClusterAccess& access,
                 ObjectWriter<EvrocMachineObject>& writer)
      : env_(env), access_(access), writer_(writer) {}

  // Returns the compute service's report of the machine, or the reason why
  // there is none. `permit` comes from ClusterAccess::EnterForMachine. Records
  // the VM once it is known, which replaces `machine.evroc`.
  using Result = std::variant<MachineSnapshot, ReconcileError>;
  Result Run(const CallContext& context, MachineContext& machine,
             const Bulkhead::Permit& permit);

 private:
  // Returns the bootstrap data; empty if the machine needs none any more.
  // `version` is set to that of the Secret, if there is one.
  absl::StatusOr<std::string> BootstrapData(const CallContext& context,
                                            const MachineContext& machine,
                                            std::string& version) const;
  // Returns the bootstrap data merged with the user's own data and keys; empty
  // if the machine needs none any more.
  std::variant<std::string, ReconcileError> UserData(
      const CallContext& context, const MachineContext& machine) const;
  // Enqueues the machine once its bootstrap Secret has another version.
  void AwaitBootstrapSecret(const MachineContext& machine,
                            const std::string& version) const;
  // An error of the cloud or the Kubernetes API that concerns that condition.
  ReconcileError Error(const MachineContext& machine,
                       absl::string_view condition,
                       const absl::Status& status) const;
  ReconcileError BootstrapDataError(const MachineContext& machine,
                                    const absl::Status& status,
                                    const std::string& version) const;
  // The public IP that the machine is to have; an empty id: none.
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
  // Without the public IP.
  MachineRequest RequestFor(const MachineContext& machine,
                            const std::string& user_data) const;
  // Where it can't be had, a machine that exists keeps what it has.
  static void SetPublicIp(const absl::StatusOr<PublicIpChoice>& public_ip,
                          compute::v1::VirtualMachine& request);
  absl::StatusOr<MachineSnapshot> Apply(
      const CallContext& context, const MachineContext& machine,
      const Bulkhead::Permit& permit,
      const compute::v1::VirtualMachine& request) const;
  // Whether the error of an Apply says that there is no machine, rather than
  // nothing of it.
  bool IsRefusal(const MachineContext& machine,
                 const absl::Status& applied) const;
  absl::Status RemoveUnwantedPublicIp(const CallContext& context,
                                      const MachineContext& machine,
                                      const Bulkhead::Permit& permit) const;
  // Writes spec.providerID, or the annotation with the VM's UID if the provider
  // ID comes from the Node.
  absl::Status RecordVm(const CallContext& context, const MachineSnapshot& vm,
                        MachineContext& machine);

  ReconcileEnv& env_;
  const ClusterAccess& access_;
  ObjectWriter<EvrocMachineObject>& writer_;
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_PROVISION_PHASE_H_
