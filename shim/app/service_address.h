// Checks the addresses of services. A pure function.

#ifndef SHIM_APP_SERVICE_ADDRESS_H_
#define SHIM_APP_SERVICE_ADDRESS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace evroc::shim {

// INVALID_ARGUMENT naming the flag unless `address` is HOST:PORT on loopback or
// unix:PATH. Calls are plain text and carry credentials, so they must not leave
// the machine.
absl::Status CheckServiceAddress(absl::string_view flag,
                                 absl::string_view address);

}  // namespace evroc::shim

#endif  // SHIM_APP_SERVICE_ADDRESS_H_
