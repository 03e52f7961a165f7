// The shim's flags (configuration.md#shim, cluster-api-contract.md MG-02 to
// MG-04). A value.

#ifndef SHIM_APP_SHIM_FLAGS_H_
#define SHIM_APP_SHIM_FLAGS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/server/flag_set.h"

namespace evroc::shim {

struct ShimFlags {
  std::string kubeconfig;
  std::string network_service;
  std::string compute_service;

  std::string name_space;
  std::string watch_filter;

  bool leader_elect = false;
  std::string leader_elect_namespace = "evroc-system";
  std::string leader_elect_name = "evroc-shim";
  absl::Duration leader_elect_lease_duration = absl::Seconds(15);
  absl::Duration leader_elect_renew_deadline = absl::Seconds(10);
  absl::Duration leader_elect_retry_period = absl::Seconds(2);

  absl::Duration sync_period = absl::Minutes(10);
  absl::Duration watch_silence = absl::Minutes(2);
  absl::Duration not_ready_after = absl::Seconds(30);
  double kube_api_qps = 100;
  int kube_api_burst = 200;
  absl::Duration reference_interval = absl::Seconds(30);
  int cluster_concurrency = 30;
  int machine_concurrency = 30;
  int template_concurrency = 4;
  absl::Duration provisioning_timeout = absl::Minutes(15);
  absl::Duration retry_interval = absl::Minutes(2);
  absl::Duration stale_after = absl::Minutes(5);

  std::string health_addr = "127.0.0.1:0";
  std::string diagnostics_address;
  int verbosity = 0;

  // Registers all flags; this must outlive `set`.
  void AddTo(FlagSet& set);

  // INVALID_ARGUMENT naming the flag.
  absl::Status Check() const;
};

}  // namespace evroc::shim

#endif  // SHIM_APP_SHIM_FLAGS_H_
