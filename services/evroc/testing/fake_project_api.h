// A ProjectApi for tests. Thread-safe.

#ifndef SERVICES_EVROC_TESTING_FAKE_PROJECT_API_H_
#define SERVICES_EVROC_TESTING_FAKE_PROJECT_API_H_

#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "services/evroc/api/project_api.h"

namespace evroc::cloud {

class FakeProjectApi : public ProjectApi {
 public:
  void Set(absl::StatusOr<std::string> uid) {
    const absl::MutexLock lock(&mutex_);
    uid_ = std::move(uid);
  }
  int calls() const {
    const absl::MutexLock lock(&mutex_);
    return calls_;
  }

  absl::StatusOr<std::string> Uid(const CallContext& /*context*/) override {
    const absl::MutexLock lock(&mutex_);
    ++calls_;
    return uid_;
  }

 private:
  mutable absl::Mutex mutex_;
  absl::StatusOr<std::string> uid_ ABSL_GUARDED_BY(mutex_) = std::string("uid");
  int calls_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_TESTING_FAKE_PROJECT_API_H_
