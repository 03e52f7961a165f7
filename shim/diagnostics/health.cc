#include "shim/diagnostics/health.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace evroc::shim {
namespace {

HttpEndpoint::Page Ask(const std::vector<HealthCheck>& checks,
                       absl::string_view query) {
  bool well = true;
  std::string lines;
  for (const HealthCheck& each : checks) {
    const absl::Status status = each.check();
    well = well && status.ok();
    if (status.ok()) {
      absl::StrAppend(&lines, "[+]", each.name, "\n");
    } else {
      absl::StrAppend(&lines, "[-]", each.name, ": ", status.message(), "\n");
    }
  }
  if (!well) return {.status = 503, .body = lines + "failed\n"};
  const bool verbose = absl::StartsWith(query, "verbose");
  return {.status = 200, .body = verbose ? lines + "ok\n" : "ok"};
}

HttpEndpoint::Handler PageOf(std::vector<HealthCheck> checks) {
  return [checks = std::move(checks)](absl::string_view query) {
    return Ask(checks, query);
  };
}

}  // namespace

std::map<std::string, HttpEndpoint::Handler> HealthPages(
    const std::vector<HealthCheck>& live,
    const std::vector<HealthCheck>& ready) {
  std::vector<HealthCheck> both = live;
  both.insert(both.end(), ready.begin(), ready.end());
  return {{"/healthz", PageOf(live)},
          {"/livez", PageOf(live)},
          {"/readyz", PageOf(both)}};
}

}  // namespace evroc::shim
