// Maps the cloud's names of machine states, and tells whether a machine waits
// for what may never come: room in its zone, or the import of an image to begin
// (evroc-api.md B.5.1, B.5.3). Pure functions.

#ifndef SERVICES_COMPUTE_MACHINE_STATE_H_
#define SERVICES_COMPUTE_MACHINE_STATE_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "evroc/compute/v1/resources.pb.h"
#include "services/compute/machine_resources.h"
#include "services/evroc/api/compute.h"

namespace evroc::compute {

// The zone has no room for the machine. The cloud goes on trying.
inline constexpr absl::string_view kUnschedulable = "ErrorUnschedulable";

// STATE_UNKNOWN for unknown names.
v1::VirtualMachine::State StateOf(absl::string_view virtual_machine_status);

// Whether it has an address: then it may have run before.
bool HasAddress(const cloud::VirtualMachine& machine);

// Whether the cloud says that the machine's zone has no room for it.
bool AwaitsRoom(const cloud::VirtualMachine& machine);

// Whether the import of the disk's image has not begun.
bool AwaitsImport(const cloud::Disk& disk);

// Since when a machine in that state waits (VirtualMachine.waiting_since).
std::optional<absl::Time> WaitingSince(const MachineResources& resources,
                                       v1::VirtualMachine::State state);

// " since 2026-11-29T20:15:00Z"; empty if `created` is the infinite past.
std::string Since(absl::Time created);

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_MACHINE_STATE_H_
