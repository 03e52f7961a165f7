#include "shim/app/watched_resources.h"

#include <stop_token>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "shim/diagnostics/probe.h"

namespace evroc::shim {

template <typename T>
void WatchedResources::Add(const ResourceType& type, ObjectStore<T>& store,
                           T (*decode)(JsonView), const Selection& selection) {
  Watched watched{.name = std::string(type.plural),
                  .sink = std::make_unique<StoreSink<T>>(store, decode),
                  .reflector = nullptr};
  watched.reflector = std::make_unique<Reflector>(
      client_, type, selection, ReflectorOptions{}, *watched.sink, clock_);
  watched_.push_back(std::move(watched));
}

WatchedResources::WatchedResources(KubeClient& client,
                                   const Selection& selection,
                                   ObjectCache& cache, Clock& clock)
    : client_(client), name_space_(selection.name_space), clock_(clock) {
  Add(kClusterType, cache.clusters, DecodeCluster, selection);
  Add(kMachineType, cache.machines, DecodeMachine, selection);
  Add(kEvrocClusterType, cache.evroc_clusters, DecodeEvrocCluster, selection);
  Add(kEvrocMachineType, cache.evroc_machines, DecodeEvrocMachine, selection);
  Add(kEvrocMachineTemplateType, cache.templates, DecodeMachineTemplate,
      selection);
}

void WatchedResources::AddMetadata(const ResourceType& type,
                                   absl::string_view label,
                                   MetadataSink::Changed changed) {
  Watched watched{.name = std::string(type.plural),
                  .sink = std::make_unique<MetadataSink>(std::move(changed)),
                  .reflector = nullptr};
  watched.reflector = std::make_unique<Reflector>(
      client_, type,
      Selection{.name_space = name_space_,
                .label_selector = std::string(label),
                .field_selector = {},
                .metadata_only = true},
      ReflectorOptions{}, *watched.sink, clock_);
  metadata_.push_back(std::move(watched));
}

void WatchedResources::Start(const std::stop_token& cancel) {
  for (Watched& watched : watched_) watched.reflector->Start(cancel);
  for (Watched& watched : metadata_) watched.reflector->Start(cancel);
}

bool WatchedResources::AwaitSynced(const std::stop_token& cancel) const {
  for (const Watched& watched : watched_) {
    if (!watched.reflector->AwaitSynced(absl::InfiniteFuture(), cancel)) {
      return false;
    }
  }
  return true;
}

absl::Status WatchedResources::Check(absl::Duration tolerance) const {
  for (const Watched& watched : watched_) {
    const Reflector::Health health = watched.reflector->health();
    if (health.synced) continue;
    return absl::UnavailableError(absl::StrCat(
        watched.name, " are not listed yet", health.last_error.ok() ? "" : ": ",
        health.last_error.message()));
  }
  for (const std::vector<Watched>* group : {&watched_, &metadata_}) {
    for (const Watched& watched : *group) {
      const Reflector::Health health = watched.reflector->health();
      const absl::Status failing =
          FailingFor(health.last_error, health.since, tolerance, clock_);
      if (!failing.ok()) {
        return Annotate(failing, absl::StrCat("the watch of ", watched.name));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace evroc::shim
