// A CloudListener that records its calls. Thread-safe.

#ifndef SHIM_RPC_TESTING_RECORDING_LISTENER_H_
#define SHIM_RPC_TESTING_RECORDING_LISTENER_H_

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "shim/rpc/scope_watch.h"

namespace evroc::shim {

class RecordingListener : public CloudListener {
 public:
  void OnCloudChange(const std::string& cluster_id,
                     const std::string& machine_id) override {
    Add(absl::StrCat(cluster_id, "/", machine_id));
  }
  void OnScopeRefused(const std::vector<std::string>& cluster_ids,
                      const absl::Status& /*status*/) override {
    Add(absl::StrCat("refused ", absl::StrJoin(cluster_ids, ",")));
  }

  void OnContactChange(const std::vector<std::string>& cluster_ids) override {
    Add(absl::StrCat("contact ", absl::StrJoin(cluster_ids, ",")));
  }

  // The distinct calls since the last Take: "cluster/machine", or
  // "refused cluster,cluster".
  std::set<std::string> Take() {
    absl::MutexLock lock(&mutex_);
    return std::exchange(told_, {});
  }
  // Returns once `what` was called, and takes everything.
  void Await(const std::string& what) {
    absl::MutexLock lock(&mutex_);
    const auto told = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return told_.contains(what);
    };
    mutex_.Await(absl::Condition(&told));
    told_.clear();
  }

 private:
  void Add(std::string what) {
    absl::MutexLock lock(&mutex_);
    told_.insert(std::move(what));
  }

  absl::Mutex mutex_;
  std::set<std::string> told_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_TESTING_RECORDING_LISTENER_H_
