// Remembers the UID of a scope's project, which changes only if the project is
// deleted and another one gets its name. Thread-safe.

#ifndef SERVICES_EVROC_CONNECTION_PROJECT_UID_H_
#define SERVICES_EVROC_CONNECTION_PROJECT_UID_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/call_context.h"
#include "services/evroc/api/project_api.h"

namespace evroc::cloud {

class ProjectUid {
 public:
  // `api` is null where there is none: the UID is then empty.
  explicit ProjectUid(std::unique_ptr<ProjectApi> api) : api_(std::move(api)) {}

  // Returns the UID. Asks the cloud if the answer is older than `max_age`, or
  // than a few seconds and something in the project has changed since. Errors
  // of ProjectApi.
  absl::StatusOr<std::string> Get(const CallContext& context, absl::Time now,
                                  absl::Duration max_age);
  // As it was read last; empty if it never was.
  std::string known() const;
  // Notes that something in the project has changed.
  void OnChange();

 private:
  const std::unique_ptr<ProjectApi> api_;
  mutable absl::Mutex mutex_;
  std::string uid_ ABSL_GUARDED_BY(mutex_);
  absl::Time read_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  bool changed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CONNECTION_PROJECT_UID_H_
