#include "shim/rpc/scope_watch.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "glog/logging.h"

namespace evroc::shim {
namespace {

constexpr absl::string_view kServiceNames[] = {"network-service",
                                               "compute-service"};

template <typename Response>
CloudEvent::Type TypeOf(const Response& response) {
  switch (response.type()) {
    case Response::TYPE_RESET:
      return CloudEvent::Type::kReset;
    case Response::TYPE_CHANGED:
      return CloudEvent::Type::kChanged;
    case Response::TYPE_DELETED:
      return CloudEvent::Type::kDeleted;
    case Response::TYPE_SYNCED:
      return CloudEvent::Type::kSynced;
    case Response::TYPE_CONTACT:
      return CloudEvent::Type::kContact;
    default:
      return CloudEvent::Type::kUnknown;
  }
}

// Puts an event into the view; returns whether anything has changed by it.
bool Record(const CloudEvent& event, CloudView& view) {
  const bool deleted = event.type == CloudEvent::Type::kDeleted;
  const auto record = [&](const auto& resource) {
    return deleted ? view.Deleted(resource) : view.Changed(resource);
  };
  if (event.network != nullptr) return record(*event.network);
  if (event.address != nullptr) return record(*event.address);
  return record(*event.machine);
}

}  // namespace

CloudEvent EventOf(const network::v1::WatchResponse& response) {
  CloudEvent event{.type = TypeOf(response), .cursor = response.cursor()};
  event.contact = &response.contact();
  if (response.has_cluster_network()) {
    event.network = &response.cluster_network();
  } else if (response.has_public_ip()) {
    event.address = &response.public_ip();
  }
  return event;
}

CloudEvent EventOf(const compute::v1::WatchResponse& response) {
  CloudEvent event{.type = TypeOf(response), .cursor = response.cursor()};
  event.contact = &response.contact();
  if (response.has_virtual_machine()) {
    event.machine = &response.virtual_machine();
  }
  return event;
}

const common::v1::Owner* CloudEvent::owner() const {
  if (network != nullptr) return &network->owner();
  if (address != nullptr) return &address->owner();
  return machine != nullptr ? &machine->owner() : nullptr;
}

template <typename Response>
class ScopeWatch::WatchHandler : public WatchObserver<Response> {
 public:
  WatchHandler(ScopeWatch& watch, Service service)
      : watch_(watch), service_(service) {}

  void OnEvent(const Response& response) override {
    watch_.OnEvent(service_, EventOf(response));
  }
  void OnEnd(const absl::Status& status) override {
    watch_.OnEnd(service_, status);
  }

 private:
  ScopeWatch& watch_;
  const Service service_;
};

ScopeWatch::ScopeWatch(const WatchEnv& env, ScopePtr scope,
                       std::function<void()> wake)
    : env_(env),
      scope_(std::move(scope)),
      wake_(std::move(wake)),
      network_handler_(
          std::make_unique<WatchHandler<network::v1::WatchResponse>>(*this,
                                                                     kNetwork)),
      compute_handler_(
          std::make_unique<WatchHandler<compute::v1::WatchResponse>>(*this,
                                                                     kCompute)),
      watches_{ServiceWatch(env.policy), ServiceWatch(env.policy)},
      contact_(env.stale_after) {}

ScopeWatch::~ScopeWatch() = default;

// --- Clusters.

void ScopeWatch::Join(const std::string& cluster_id, bool moved) {
  absl::MutexLock lock(&mutex_);
  clusters_.insert(cluster_id);
  const absl::Time now = env_.clock.Now();
  for (ServiceWatch& watch : watches_) watch.state.Join(cluster_id, moved, now);
}

void ScopeWatch::Leave(const std::string& cluster_id) {
  absl::MutexLock lock(&mutex_);
  clusters_.erase(cluster_id);
  for (ServiceWatch& watch : watches_) watch.state.Leave(cluster_id);
}

bool ScopeWatch::empty() const {
  absl::MutexLock lock(&mutex_);
  return clusters_.empty();
}

bool ScopeWatch::Synced(const std::string& cluster_id) const {
  absl::MutexLock lock(&mutex_);
  return SyncedLocked(cluster_id);
}

bool ScopeWatch::KnowsMachines(const std::string& cluster_id) const {
  absl::MutexLock lock(&mutex_);
  return watches_[kCompute].state.Synced(cluster_id);
}

bool ScopeWatch::SyncedLocked(const std::string& cluster_id) const {
  return std::all_of(watches_.begin(), watches_.end(),
                     [&](const ServiceWatch& watch) {
                       return watch.state.Synced(cluster_id);
                     });
}

CloudContact ScopeWatch::Contact() const {
  absl::MutexLock lock(&mutex_);
  return contact_.current();
}

// --- Opening and closing.

absl::Time ScopeWatch::Work() {
  const absl::Time network = WorkOn(kNetwork);
  return std::min({network, WorkOn(kCompute), NotifyOfContact()});
}

absl::Time ScopeWatch::NotifyOfContact() {
  std::vector<std::string> concerned;
  absl::Time due;
  {
    absl::MutexLock lock(&mutex_);
    if (contact_.TakeChange(env_.clock.Now())) {
      concerned.assign(clusters_.begin(), clusters_.end());
    }
    due = contact_.due();
  }
  if (!concerned.empty()) env_.listener.OnContactChange(concerned);
  return due;
}

// Waits for the stream's observer, which takes the mutex.
void ScopeWatch::End(Service service) {
  std::unique_ptr<WatchCall> stream;
  {
    absl::MutexLock lock(&mutex_);
    watches_[service].closing = true;
    stream = std::move(watches_[service].stream);
  }
  stream.reset();
}

void ScopeWatch::Close() {
  End(kNetwork);
  End(kCompute);
}

absl::Time ScopeWatch::WorkOn(Service service) {
  {
    absl::MutexLock lock(&mutex_);
    const absl::Time due = watches_[service].state.due();
    if (env_.clock.Now() < due) return due;
  }
  End(service);
  std::string cursor;
  {
    absl::MutexLock lock(&mutex_);
    ServiceWatch& watch = watches_[service];
    watch.closing = false;
    cursor = watch.state.Open(env_.view.Now());
  }
  std::unique_ptr<WatchCall> stream = Open(service, cursor);
  absl::MutexLock lock(&mutex_);
  ServiceWatch& watch = watches_[service];
  watch.stream = std::move(stream);
  return watch.state.due();
}

std::unique_ptr<WatchCall> ScopeWatch::Open(Service service,
                                            const std::string& cursor) {
  if (service == kNetwork) {
    return env_.network.Watch(scope_->proto(), cursor, *network_handler_);
  }
  return env_.compute.Watch(scope_->proto(), cursor, *compute_handler_);
}

// --- Events.

void ScopeWatch::OnEvent(Service service, const CloudEvent& event) {
  switch (event.type) {
    case CloudEvent::Type::kReset: {
      absl::MutexLock lock(&mutex_);
      return watches_[service].state.Reset(env_.view.Now());
    }
    case CloudEvent::Type::kSynced:
      return OnSynced(service, event);
    case CloudEvent::Type::kChanged:
    case CloudEvent::Type::kDeleted:
      return OnResource(service, event);
    case CloudEvent::Type::kContact: {
      {
        absl::MutexLock lock(&mutex_);
        const absl::Time since = FromWall(
            env_.clock,
            absl::FromUnixSeconds(event.contact->failing_since().seconds()));
        contact_.Report(service, *event.contact, since, env_.clock.Now());
      }
      // Which tells of it, or knows when to.
      return wake_();
    }
    case CloudEvent::Type::kUnknown:
      return;
  }
}

void ScopeWatch::OnResource(Service service, const CloudEvent& event) {
  const common::v1::Owner* const owner = event.owner();
  bool held = false;
  {
    absl::MutexLock lock(&mutex_);
    watches_[service].state.Cursor(event.cursor);
    if (owner == nullptr) return;
    held = clusters_.contains(owner->cluster_id());
    if (!held) watches_[service].state.Dropped(owner->cluster_id());
  }
  if (held && Record(event, env_.view)) {
    env_.listener.OnCloudChange(owner->cluster_id(), owner->machine_id());
  }
}

void ScopeWatch::OnSynced(Service service, const CloudEvent& event) {
  std::set<std::pair<std::string, std::string>> changes;
  std::vector<std::string> complete;
  std::optional<CloudView::Sequence> began;
  {
    absl::MutexLock lock(&mutex_);
    ScopeStream& state = watches_[service].state;
    const ScopeStream::Sync sync = state.SetSynced();
    state.Cursor(event.cursor);
    contact_.Synced(service);
    began = sync.snapshot_began;
    const auto is_complete =
        [&](const std::string& id) ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
          return service == kCompute ? state.Synced(id) : SyncedLocked(id);
        };
    for (const std::string& id : clusters_) {
      if (state.Synced(id)) complete.push_back(id);
      if (sync.first && is_complete(id)) changes.emplace(id, "");
    }
    for (const std::string& id : sync.completed) {
      if (is_complete(id)) changes.emplace(id, "");
    }
  }
  if (began.has_value()) {
    for (const std::string& id : complete) {
      const std::vector<std::string> gone =
          service == kNetwork ? env_.view.ForgetNetworksBefore(*began, id)
                              : env_.view.ForgetMachinesBefore(*began, id);
      for (const std::string& machine_id : gone) {
        changes.emplace(id, machine_id);
      }
    }
  }
  // A snapshot may be over and the next one due.
  wake_();
  for (const auto& [cluster_id, machine_id] : changes) {
    env_.listener.OnCloudChange(cluster_id, machine_id);
  }
}

void ScopeWatch::OnEnd(Service service, const absl::Status& status) {
  std::vector<std::string> refused;
  int failures = 0;
  {
    absl::MutexLock lock(&mutex_);
    ServiceWatch& watch = watches_[service];
    if (watch.closing) return;
    const absl::Time now = env_.clock.Now();
    const bool is_refused = watch.state.End(status, now);
    if (is_refused) refused.assign(clusters_.begin(), clusters_.end());
    contact_.Lost(service, status, is_refused, now);
    failures = watch.state.failures();
  }
  const absl::string_view name = kServiceNames[service];
  LOG_IF(WARNING, failures == 1)
      << "Watch failed service=" << name << " scope=" << scope_->name()
      << " code=" << absl::StatusCodeToString(status.code())
      << " error=" << status.message();
  if (env_.on_lost != nullptr) env_.on_lost(name);
  wake_();
  if (!refused.empty()) env_.listener.OnScopeRefused(refused, status);
}

}  // namespace evroc::shim
