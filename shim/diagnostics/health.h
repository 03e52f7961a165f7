// The pages that the kubelet and people ask whether all is well: /healthz and
// /livez (should it be restarted?), /readyz (does it do its work?).
//
// "ok", or 503 with a line for each check, "[+]name" or "[-]name: why not".
// With "?verbose" the lines come in any case. Pure functions.

#ifndef SHIM_DIAGNOSTICS_HEALTH_H_
#define SHIM_DIAGNOSTICS_HEALTH_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/server/http_endpoint.h"

namespace evroc::shim {

struct HealthCheck {
  std::string name;  // "leader-election"
  // OK, or why not. Called for each request, from several threads; it neither
  // waits nor calls anybody.
  std::function<absl::Status()> check;
};

// The pages. Whatever `live` finds wrong, /readyz shows as well.
std::map<std::string, HttpEndpoint::Handler> HealthPages(
    const std::vector<HealthCheck>& live,
    const std::vector<HealthCheck>& ready);

}  // namespace evroc::shim

#endif  // SHIM_DIAGNOSTICS_HEALTH_H_
