// Serves the health pages: /healthz and /livez (200 unless the program needs a
// restart) and /readyz (200 if it also does its work).
//
// A page is "ok", or 503 with a line for each check: "[+]name" or
// "[-]name: error". With "?verbose" it always has the lines. Pure functions.

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
  // OK, or what is wrong. Called for each request, from several threads; must
  // not block.
  std::function<absl::Status()> check;
};

// The pages, by path. /readyz includes the checks of `live`.
std::map<std::string, HttpEndpoint::Handler> HealthPages(
    const std::vector<HealthCheck>& live,
    const std::vector<HealthCheck>& ready);

}  // namespace evroc::shim

#endif  // SHIM_DIAGNOSTICS_HEALTH_H_
