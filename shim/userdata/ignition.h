// Merges Ignition configurations. Pure functions.

#ifndef SHIM_USERDATA_IGNITION_H_
#define SHIM_USERDATA_IGNITION_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace evroc::shim {

// Returns a configuration that has both in it, unchanged, for Ignition to
// merge at boot: the user's first, the bootstrap provider's last. Both are
// Ignition configurations (KindOf). INVALID_ARGUMENT, which names the key and
// never a value, for versions that can't be merged and for keys that contradict
// each other.
absl::StatusOr<std::string> MergeIgnition(absl::string_view bootstrap,
                                          absl::string_view user);

// Returns a configuration that also makes a user, who may use sudo, and gives
// it SSH keys. A user of that name in `config`, or in what MergeIgnition has
// made of it, gets the keys and keeps its settings. Returns `config` unchanged
// if it has them. INVALID_ARGUMENT for version 2 if that user lacks a key, as
// its versions of Ignition differ in what they make of that, and for other
// versions than 2 and 3.
absl::StatusOr<std::string> AddIgnitionUser(absl::string_view config,
                                            absl::string_view name,
                                            absl::Span<const std::string> keys);

}  // namespace evroc::shim

#endif  // SHIM_USERDATA_IGNITION_H_
