// Lets the keys of a machine (spec.sshKey of an EvrocMachine) into its user
// data. Evroc gives its login user to machines without user data only
// (evroc-api.md B.5.2). A pure function.

#ifndef SHIM_USERDATA_LOGIN_KEYS_H_
#define SHIM_USERDATA_LOGIN_KEYS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace evroc::shim {

// Returns user data that makes the user evroc-user, who may use sudo, and gives
// it the keys. With cloud-init the default user gets them too, where there is
// one; `data` becomes the first parts of a MIME message. An evroc-user that
// `data` makes gets the keys and keeps its settings, and so does every other
// user. Returns `data` unchanged without keys, or if its evroc-user has them.
//
// INVALID_ARGUMENT where that can't be done for sure, and for what is no user
// data. The message describes the keys, names keys of `data` and never quotes a
// value.
absl::StatusOr<std::string> AddLoginKeys(absl::string_view data,
                                         absl::Span<const std::string> keys);

}  // namespace evroc::shim

#endif  // SHIM_USERDATA_LOGIN_KEYS_H_
