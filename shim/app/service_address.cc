#include "shim/app/service_address.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/net/loopback.h"

namespace evroc::shim {
namespace {

absl::Status Bad(absl::string_view flag, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("--", flag, " ", what));
}

}  // namespace

absl::Status CheckServiceAddress(absl::string_view flag,
                                 absl::string_view address) {
  if (address.empty()) return Bad(flag, "is required");
  if (absl::StartsWith(address, "unix:")) {
    return address.size() > 5 ? absl::OkStatus() : Bad(flag, "has no path");
  }
  const size_t colon = address.rfind(':');
  int port = 0;
  if (colon == absl::string_view::npos ||
      !absl::SimpleAtoi(address.substr(colon + 1), &port) || port < 1 ||
      port > 65535) {
    return Bad(flag, "is not HOST:PORT or unix:PATH");
  }
  if (!IsLoopback(address.substr(0, colon))) {
    return Bad(flag,
               "is neither loopback nor a Unix socket: there is no TLS "
               "between programs yet");
  }
  return absl::OkStatus();
}

}  // namespace evroc::shim
