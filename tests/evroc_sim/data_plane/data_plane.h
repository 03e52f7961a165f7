// The loopback data plane: listens on the public addresses of load balancers
// and machines, and forwards to the machines' own addresses (ADR 15).
// Thread-safe.

#ifndef TESTS_EVROC_SIM_DATA_PLANE_DATA_PLANE_H_
#define TESTS_EVROC_SIM_DATA_PLANE_DATA_PLANE_H_

#include <poll.h>

#include <atomic>
#include <list>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "tests/evroc_sim/cloud/cloud.h"
#include "tests/evroc_sim/data_plane/forwarding.h"
#include "tests/evroc_sim/data_plane/health_checker.h"
#include "tests/evroc_sim/data_plane/relay.h"
#include "tests/evroc_sim/data_plane/socket.h"

namespace evroc::sim {

class DataPlane {
 public:
  // Starts forwarding. `cloud` must outlive the data plane.
  explicit DataPlane(const Cloud& cloud);
  // Cuts all connections.
  ~DataPlane();

 private:
  using Listeners = std::map<std::pair<std::string, int>, Socket>;

  void Run();
  void Refresh();
  void Accept(const std::pair<std::string, int>& key, const Socket& listener);
  void Cycle();

  const Cloud& cloud_;
  std::atomic<bool> stopping_ = false;
  // Used by the thread only.
  int64_t seen_version_ = -1;
  ForwardingTable table_;
  Listeners listeners_;
  std::list<Relay> relays_;
  HealthChecker health_;
  size_t turn_ = 0;  // round robin

  std::thread thread_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_DATA_PLANE_DATA_PLANE_H_
