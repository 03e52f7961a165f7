// Merges two Ignition configurations. A pure function.

#ifndef SHIM_USERDATA_IGNITION_H_
#define SHIM_USERDATA_IGNITION_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace evroc::shim {

// Returns a configuration that has both in it, unchanged, for Ignition to
// merge at boot: the user's first, the bootstrap provider's last. Both are
// Ignition configurations (KindOf). INVALID_ARGUMENT, which names the key and
// never a value, for versions that can't be merged and for keys that contradict
// each other.
absl::StatusOr<std::string> MergeIgnition(absl::string_view bootstrap,
                                          absl::string_view user);

}  // namespace evroc::shim

#endif  // SHIM_USERDATA_IGNITION_H_
