#include "tests/evroc_sim/data_plane/health_checker.h"

#include <set>

namespace evroc::sim {

void HealthChecker::SetTargets(const ForwardingTable& table) {
  std::map<std::pair<std::string, int>, Check> kept;
  for (const auto& [listener, forward] : table) {
    if (!forward.probe.enabled || forward.probe.port == 0) continue;
    for (const Backend& backend : forward.backends) {
      const std::pair<std::string, int> key(backend.address,
                                            forward.probe.port);
      const auto known = checks_.find(key);
      if (known != checks_.end()) {
        kept[key] = std::move(known->second);
        checks_.erase(known);
      }
      kept[key].probe = forward.probe;
    }
  }
  checks_ = std::move(kept);
}

bool HealthChecker::IsHealthy(const std::string& address,
                              const Probe& probe) const {
  if (!probe.enabled) return true;
  const auto found = checks_.find({address, probe.port});
  return found != checks_.end() && found->second.healthy;
}

void HealthChecker::Tick(absl::Time now) {
  for (auto& [key, check] : checks_) {
    if (check.socket.valid()) {
      if (now >= check.deadline) Conclude(check, false, now);
      continue;
    }
    if (now < check.next) continue;
    check.socket = ConnectTo(key.first, key.second);
    check.deadline = now + check.probe.timeout;
    if (!check.socket.valid()) Conclude(check, false, now);
  }
}

void HealthChecker::AddPolls(std::vector<pollfd>& polls) const {
  for (const auto& [key, check] : checks_) {
    if (check.socket.valid()) polls.push_back({check.socket.fd(), POLLOUT, 0});
  }
}

size_t HealthChecker::Finish(const pollfd* polls, absl::Time now) {
  size_t used = 0;
  for (auto& [key, check] : checks_) {
    if (!check.socket.valid()) continue;
    const pollfd& entry = polls[used++];
    if (entry.revents != 0) {
      Conclude(check, check.socket.ConnectError() == 0, now);
    }
  }
  return used;
}

void HealthChecker::Conclude(Check& check, bool success, absl::Time now) {
  check.socket = Socket();
  check.next = now + check.probe.interval;
  if (success == check.healthy) {
    check.streak = 0;
    return;
  }
  const int needed = success ? check.probe.healthy : check.probe.unhealthy;
  if (++check.streak < needed) return;
  check.healthy = success;
  check.streak = 0;
}

}  // namespace evroc::sim
