// Computes which connections the load balancers forward where, from the objects
// and without health (evroc-api.md B.7). Pure functions.

#ifndef TESTS_EVROC_SIM_DATA_PLANE_FORWARDING_H_
#define TESTS_EVROC_SIM_DATA_PLANE_FORWARDING_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "tests/evroc_sim/model/settings.h"
#include "tests/evroc_sim/model/store.h"

namespace evroc::sim {

// How the backends of a service are probed.
struct Probe {
  int port = 0;  // 0 never passes (traps.md B18)
  absl::Duration interval = absl::Seconds(5);
  absl::Duration timeout = absl::Seconds(3);
  int healthy = 1;
  int unhealthy = 3;
  // Only the connection of a TCP check is tried.
  bool enabled = false;

  friend bool operator==(const Probe&, const Probe&) = default;
};

// A backend in a pool, as its data-plane address.
struct Backend {
  std::string address;
  int port = 0;

  friend auto operator<=>(const Backend&, const Backend&) = default;
};

struct Forward {
  std::vector<Backend> backends;
  Probe probe;

  friend bool operator==(const Forward&, const Forward&) = default;
};

// Maps (address, port) of each listener to its backends. Backends are machines
// that run, are in the balancer's network, and have security groups that admit
// the port from their VPC, or from anywhere if backends see the client's
// address (traps.md B19, B20). A machine's public address forwards to that
// machine on each port in a rule of its groups.
using ForwardingTable = std::map<std::pair<std::string, int>, Forward>;
ForwardingTable ForwardingOf(const Store& store, const Settings& settings);

// Whether a machine's groups admit TCP connections to `port` from an address of
// its own VPC; from any address.
bool AdmitsFromVpc(const Object& machine, int port, const Store& store);
bool AdmitsFromAnywhere(const Object& machine, int port, const Store& store);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_DATA_PLANE_FORWARDING_H_
