#include "tests/evroc_sim/data_plane/data_plane.h"

#include "common/time/clock.h"
#include "glog/logging.h"

namespace evroc::sim {
namespace {

// How soon a change in the cloud is noticed.
constexpr int kTurnMilliseconds = 50;

}  // namespace

DataPlane::DataPlane(const Cloud& cloud)
    : cloud_(cloud), thread_([this] { Run(); }) {}

DataPlane::~DataPlane() {
  stopping_ = true;
  thread_.join();
}

void DataPlane::Run() {
  while (!stopping_) {
    if (cloud_.resource_version() != seen_version_) Refresh();
    health_.Tick(Clock::Real().Now());
    Cycle();
  }
}

// Listens on the addresses in the table, and on no others.
void DataPlane::Refresh() {
  const Settings settings = cloud_.settings();
  cloud_.Read([&](const Store& store) {
    seen_version_ = store.resource_version();
    table_ = ForwardingOf(store, settings);
  });
  health_.SetTargets(table_);
  Listeners kept;
  for (const auto& [key, forward] : table_) {
    const auto known = listeners_.find(key);
    Socket listener = known == listeners_.end()
                          ? ListenOn(key.first, key.second)
                          : std::move(known->second);
    if (!listener.valid()) {
      LOG(ERROR) << "Failed to listen on data plane address=" << key.first
                 << " port=" << key.second;
      continue;
    }
    kept[key] = std::move(listener);
  }
  listeners_ = std::move(kept);
}

// Waits for events and handles them.
void DataPlane::Cycle() {
  std::vector<pollfd> polls;
  for (const auto& [key, listener] : listeners_) {
    polls.push_back({listener.fd(), POLLIN, 0});
  }
  for (const Relay& relay : relays_) relay.AddPolls(polls);
  health_.AddPolls(polls);
  if (poll(polls.data(), polls.size(), kTurnMilliseconds) <= 0) return;
  const pollfd* next = polls.data() + listeners_.size();
  for (auto relay = relays_.begin(); relay != relays_.end(); next += 2) {
    relay = relay->Pump(next) ? std::next(relay) : relays_.erase(relay);
  }
  health_.Finish(next, Clock::Real().Now());
  const pollfd* entry = polls.data();
  for (const auto& [key, listener] : listeners_) {
    if ((entry++)->revents != 0) Accept(key, listener);
  }
}

// A balancer without a healthy backend resets connections.
void DataPlane::Accept(const std::pair<std::string, int>& key,
                       const Socket& listener) {
  Socket client = AcceptFrom(listener);
  if (!client.valid()) return;
  const Forward& forward = table_[key];
  for (size_t i = 0; i < forward.backends.size(); ++i) {
    const Backend& backend =
        forward.backends[turn_++ % forward.backends.size()];
    if (!health_.IsHealthy(backend.address, forward.probe)) continue;
    Socket connection = ConnectTo(backend.address, backend.port);
    if (!connection.valid()) continue;
    relays_.emplace_back(std::move(client), std::move(connection));
    return;
  }
  client.ResetOnClose();
}

}  // namespace evroc::sim
