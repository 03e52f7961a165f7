// The flags of both services
// (configuration.md#network-service-compute-service). A value.

#ifndef SERVICES_RPC_SERVICE_FLAGS_H_
#define SERVICES_RPC_SERVICE_FLAGS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/server/flag_set.h"

namespace evroc::cloud {

struct ServiceFlags {
  std::string listen = "127.0.0.1:0";
  std::string metrics_address;
  std::string credentials_dir;
  std::string api_base_url;
  std::string issuer_url;
  bool insecure = false;
  double cloud_rate = 20;
  int cloud_burst = 40;
  absl::Duration poll_interval = absl::Seconds(1);
  absl::Duration drift_interval = absl::Minutes(5);
  absl::Duration reference_interval = absl::Seconds(30);
  absl::Duration watch_linger = absl::Minutes(1);
  absl::Duration scope_idle_time = absl::Minutes(10);
  absl::Duration shutdown_timeout = absl::Seconds(10);
  int verbosity = 0;

  // Registers all flags; this must outlive `set`.
  void AddTo(FlagSet& set);

  // INVALID_ARGUMENT that names the flag: plain text is allowed only on
  // loopback and Unix sockets, and only if requested; times have bounds.
  absl::Status Check() const;

 private:
  absl::Status CheckTimes() const;
};

}  // namespace evroc::cloud

#endif  // SERVICES_RPC_SERVICE_FLAGS_H_
