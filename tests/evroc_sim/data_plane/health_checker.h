// Checks which backends accept connections, according to their probes.
//
// Not thread-safe: the data plane's thread owns it.

#ifndef TESTS_EVROC_SIM_DATA_PLANE_HEALTH_CHECKER_H_
#define TESTS_EVROC_SIM_DATA_PLANE_HEALTH_CHECKER_H_

#include <poll.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "tests/evroc_sim/data_plane/forwarding.h"
#include "tests/evroc_sim/data_plane/socket.h"

namespace evroc::sim {

class HealthChecker {
 public:
  // Sets the backends to probe, and how; drops all others.
  void SetTargets(const ForwardingTable& table);

  // Whether a backend accepts connections; always true without a probe.
  bool IsHealthy(const std::string& address, const Probe& probe) const;

  // Starts due probes, and gives up those that take too long.
  void Tick(absl::Time now);
  // Appends a poll entry for each running probe.
  void AddPolls(std::vector<pollfd>& polls) const;
  // Handles the results of poll() for those entries; returns their number.
  size_t Finish(const pollfd* polls, absl::Time now);

 private:
  // A probe of one address and port.
  struct Check {
    Probe probe;
    bool healthy = false;
    int streak = 0;  // successes or failures in a row, against `healthy`
    absl::Time next;
    Socket socket;  // valid while a probe runs
    absl::Time deadline;
  };

  static void Conclude(Check& check, bool success, absl::Time now);

  std::map<std::pair<std::string, int>, Check> checks_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_DATA_PLANE_HEALTH_CHECKER_H_
