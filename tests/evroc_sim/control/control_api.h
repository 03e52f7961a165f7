// The control interface of the simulator under /sim/v1, for tests and people
// (evroc-sim.md#control): inventory, statistics, faults, settings, and changes
// to machines from outside the API. Thread-safe.

#ifndef TESTS_EVROC_SIM_CONTROL_CONTROL_API_H_
#define TESTS_EVROC_SIM_CONTROL_CONTROL_API_H_

#include <string>
#include <vector>

#include "common/time/clock.h"
#include "tests/evroc_sim/cloud/cloud.h"
#include "tests/evroc_sim/iam/token_issuer.h"
#include "tests/evroc_sim/server/call_statistics.h"
#include "tests/evroc_sim/server/exchange.h"
#include "tests/evroc_sim/server/route_faults.h"

namespace evroc::sim {

class ControlApi {
 public:
  // The controlled parts; all must outlive the API.
  struct Parts {
    Cloud& cloud;
    TokenIssuer& issuer;
    RouteFaults& faults;
    CallStatistics& statistics;
    Clock& clock;
  };
  explicit ControlApi(const Parts& parts) : parts_(parts) {}

  // Answers a path that starts with "/sim/v1/".
  Response Handle(const Request& request);

 private:
  Response Inventory(const Request& request) const;
  Response Calls(const Request& request);
  Response Faults(const Request& request);
  Response AddFault(const Request& request);
  Response Settings(const Request& request);
  Response Machines(const Request& request,
                    const std::vector<std::string>& path);
  Response ListMachines(const Request& request) const;
  Response WatchMachines() const;
  Response UserData(const Key& key) const;
  absl::StatusOr<Key> MachineKey(const std::string& project,
                                 const std::string& id) const;

  const Parts parts_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_CONTROL_CONTROL_API_H_
