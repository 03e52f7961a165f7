#include "shim/app/watched_resources.h"

#include <stop_token>
#include <utility>

#include "absl/strings/str_cat.h"

namespace evroc::shim {

template <typename T>
void WatchedResources::Add(const ResourceType& type, ObjectStore<T>& store,
                           T (*decode)(JsonView), KubeClient& client,
                           const Selection& selection, Clock& clock) {
  Watched watched{.name = std::string(type.plural),
                  .sink = std::make_unique<StoreSink<T>>(store, decode),
                  .reflector = nullptr};
  watched.reflector = std::make_unique<Reflector>(
      client, type, selection, ReflectorOptions{}, *watched.sink, clock);
  watched_.push_back(std::move(watched));
}

WatchedResources::WatchedResources(KubeClient& client,
                                   const Selection& selection,
                                   ObjectCache& cache, Clock& clock) {
  Add(kClusterType, cache.clusters, DecodeCluster, client, selection, clock);
  Add(kMachineType, cache.machines, DecodeMachine, client, selection, clock);
  Add(kEvrocClusterType, cache.evroc_clusters, DecodeEvrocCluster, client,
      selection, clock);
  Add(kEvrocMachineType, cache.evroc_machines, DecodeEvrocMachine, client,
      selection, clock);
  Add(kEvrocMachineTemplateType, cache.templates, DecodeMachineTemplate, client,
      selection, clock);
}

void WatchedResources::Start(const std::stop_token& cancel) {
  for (Watched& watched : watched_) watched.reflector->Start(cancel);
}

bool WatchedResources::AwaitSynced(const std::stop_token& cancel) const {
  for (const Watched& watched : watched_) {
    if (!watched.reflector->AwaitSynced(absl::InfiniteFuture(), cancel)) {
      return false;
    }
  }
  return true;
}

absl::Status WatchedResources::CheckSynced() const {
  for (const Watched& watched : watched_) {
    const Reflector::Health health = watched.reflector->health();
    if (health.synced) continue;
    return absl::UnavailableError(absl::StrCat(
        watched.name, " are not listed yet", health.last_error.ok() ? "" : ": ",
        health.last_error.message()));
  }
  return absl::OkStatus();
}

}  // namespace evroc::shim
