// Owns the reflectors of every resource that the shim watches. Thread-safe; one
// thread for each reflector.

#ifndef SHIM_APP_WATCHED_RESOURCES_H_
#define SHIM_APP_WATCHED_RESOURCES_H_

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/time/clock.h"
#include "shim/cache/metadata_sink.h"
#include "shim/cache/store_sink.h"
#include "shim/kube/kube_client.h"
#include "shim/kube/reflector.h"
#include "shim/reconcile/object_cache.h"

namespace evroc::shim {

class WatchedResources {
 public:
  // All reflectors that fill the cache use `selection` (MG-03). The arguments
  // must outlive this.
  WatchedResources(KubeClient& client, const Selection& selection,
                   ObjectCache& cache, Clock& clock);

  // Reports the changes of a resource's objects that have a label, in the same
  // namespaces. Before Start.
  void AddMetadata(const ResourceType& type, absl::string_view label,
                   MetadataSink::Changed changed);

  void Start(const std::stop_token& cancel);
  // Blocks until all of the cache was listed once; false if cancelled first.
  bool AwaitSynced(const std::stop_token& cancel) const;

  // OK, or UNAVAILABLE naming a resource that is not listed yet, or that could
  // be neither watched nor listed for `tolerance`, and why.
  absl::Status Check(absl::Duration tolerance) const;

 private:
  struct Watched {
    std::string name;
    std::unique_ptr<ReflectorSink> sink;
    std::unique_ptr<Reflector> reflector;
  };

  template <typename T>
  void Add(const ResourceType& type, ObjectStore<T>& store,
           T (*decode)(JsonView), const Selection& selection);

  KubeClient& client_;
  const std::string name_space_;
  Clock& clock_;
  std::vector<Watched> watched_;   // fill the cache
  std::vector<Watched> metadata_;  // are not waited for
};

}  // namespace evroc::shim

#endif  // SHIM_APP_WATCHED_RESOURCES_H_
