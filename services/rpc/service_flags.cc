#include "services/rpc/service_flags.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/http/url.h"
#include "common/net/loopback.h"

namespace evroc::cloud {
namespace {

bool IsLocal(absl::string_view address) {
  if (absl::StartsWith(address, "unix:")) return true;
  return IsLoopback(HostOf(address));
}

}  // namespace

void ServiceFlags::AddTo(FlagSet& set) {
  set.Add("listen", &listen,
          "HOST:PORT or unix:PATH to serve on; port 0 is any");
  set.Add("insecure", &insecure,
          "serve plain text; on loopback or a Unix socket only");
  set.Add("metrics-address", &metrics_address,
          "HOST:PORT for Prometheus metrics at /metrics; empty: none");
  set.Add("credentials-dir", &credentials_dir,
          "folder of credentials that requests may name");
  set.Add("api-base-url", &api_base_url,
          "the cloud's API where neither request nor credential says it");
  set.Add("issuer-url", &issuer_url,
          "the OpenID Connect issuer where neither request nor credential "
          "says it");
  set.Add("cloud-rate", &cloud_rate,
          "calls of the cloud per second for each credential");
  set.Add("cloud-burst", &cloud_burst,
          "calls of the cloud at once for each credential");
  set.Add("poll-interval", &poll_interval,
          "between looks at what is in transition, while somebody watches");
  set.Add("drift-interval", &drift_interval,
          "between looks at everything, while somebody watches");
  set.Add("reference-interval", &reference_interval,
          "between looks for what is referred to and is not there");
  set.Add("watch-linger", &watch_linger,
          "how long all is kept up to date after the last watch has ended");
  set.Add("scope-idle-time", &scope_idle_time,
          "after how long a credential that nobody uses is forgotten");
  set.Add("shutdown-timeout", &shutdown_timeout,
          "how long calls may go on after SIGTERM");
  set.Add("v", &verbosity, "log more: 1 each RPC and each call of the cloud");
}

absl::Status ServiceFlags::Check() const {
  if (!insecure) {
    return BadFlag("insecure",
                   "is needed: there is no TLS between programs yet");
  }
  if (!IsLocal(listen)) {
    return BadFlag("listen",
                   "is neither loopback nor a Unix socket, and "
                   "--insecure allows no other");
  }
  for (const auto& [flag, url] : {std::pair<const char*, const std::string&>(
                                      "api-base-url", api_base_url),
                                  {"issuer-url", issuer_url}}) {
    if (!url.empty() && !ParseUrl(url).ok()) {
      return BadFlag(flag, "is not an http or https URL");
    }
  }
  if (cloud_rate <= 0) return BadFlag("cloud-rate", "is not above 0");
  if (cloud_burst < 1) return BadFlag("cloud-burst", "is not at least 1");
  return CheckTimes();
}

absl::Status ServiceFlags::CheckTimes() const {
  const struct {
    const char* flag;
    absl::Duration value;
    absl::Duration least;
    absl::Duration most;
  } times[] = {
      {"poll-interval", poll_interval, absl::Milliseconds(1), absl::Minutes(1)},
      {"drift-interval", drift_interval, poll_interval, absl::Hours(24)},
      {"reference-interval", reference_interval, poll_interval, absl::Hours(1)},
      {"watch-linger", watch_linger, absl::ZeroDuration(), absl::Hours(1)},
      {"scope-idle-time", scope_idle_time, absl::Minutes(1), absl::Hours(24)},
      {"shutdown-timeout", shutdown_timeout, absl::ZeroDuration(),
       absl::Minutes(5)}};
  for (const auto& [flag, value, least, most] : times) {
    if (value >= least && value <= most) continue;
    return BadFlag(
        flag, absl::StrCat("is not from ", absl::FormatDuration(least), " to ",
                           absl::FormatDuration(most)));
  }
  return absl::OkStatus();
}

}  // namespace evroc::cloud
