#include "services/compute/machine_state.h"

#include <utility>

namespace evroc::compute {
namespace {

using State = v1::VirtualMachine;

// The cloud's states, and those of KubeVirt, which it is built on.
constexpr std::pair<absl::string_view, v1::VirtualMachine::State> kStates[] = {
    {"", State::STATE_PROVISIONING},
    {"Creating", State::STATE_PROVISIONING},
    {"Provisioning", State::STATE_PROVISIONING},
    {"WaitingForVolumeBinding", State::STATE_PROVISIONING},
    {"WaitingForReceiver", State::STATE_PROVISIONING},
    {kUnschedulable, State::STATE_PROVISIONING},
    {"Starting", State::STATE_STARTING},
    {"Running", State::STATE_RUNNING},
    {"Migrating", State::STATE_RUNNING},
    {"Stopping", State::STATE_STOPPING},
    {"Stopped", State::STATE_STOPPED},
    {"Terminating", State::STATE_DELETING},
    {"ProvisioningFailed", State::STATE_FAILED},
};

}  // namespace

v1::VirtualMachine::State StateOf(absl::string_view virtual_machine_status) {
  for (const auto& [word, state] : kStates) {
    if (word == virtual_machine_status) return state;
  }
  return State::STATE_UNKNOWN;
}

}  // namespace evroc::compute
