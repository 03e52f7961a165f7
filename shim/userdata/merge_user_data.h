// Merges the user's own data for a machine's first boot (spec.userData of an
// EvrocMachine) with what the bootstrap provider made. A pure function.

#ifndef SHIM_USERDATA_MERGE_USER_DATA_H_
#define SHIM_USERDATA_MERGE_USER_DATA_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace evroc::shim {

// Returns user data with both in it, the user's first: its commands and scripts
// run before the bootstrap provider's. Without `user` the bootstrap data is
// returned unchanged, and the reverse. The same inputs give the same bytes.
//
// Kinds of cloud-init become one MIME message in which cloud-init appends lists
// and merges mappings; it is compressed if one of both was. Ignition becomes
// one configuration that refers to both.
//
// INVALID_ARGUMENT where more than one result makes sense, and for what is no
// user data. The message describes `user`, names keys and never quotes a value.
absl::StatusOr<std::string> MergeUserData(absl::string_view bootstrap,
                                          absl::string_view user);

}  // namespace evroc::shim

#endif  // SHIM_USERDATA_MERGE_USER_DATA_H_
