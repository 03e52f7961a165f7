// A WatchObserver that records its calls. Thread-safe.

#ifndef SHIM_RPC_TESTING_RECORDING_OBSERVER_H_
#define SHIM_RPC_TESTING_RECORDING_OBSERVER_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "evroc/compute/v1/compute_service.pb.h"
#include "evroc/network/v1/network_service.pb.h"
#include "shim/rpc/watch_call.h"

namespace evroc::shim {

template <typename Response>
class RecordingObserver : public WatchObserver<Response> {
 public:
  void OnEvent(const Response& response) override {
    absl::MutexLock lock(&mutex_);
    const std::string name = Response::Type_Name(response.type());
    words_.push_back(absl::StrCat(name.substr(sizeof("TYPE")), Of(response)));
    if (!response.cursor().empty()) cursor_ = response.cursor();
  }
  void OnEnd(const absl::Status& status) override {
    absl::MutexLock lock(&mutex_);
    end_ = status;
  }

  // The events since the last Take: "CHANGED <machine or cluster id>",
  // "SYNCED", "RESET".
  std::vector<std::string> Take() {
    absl::MutexLock lock(&mutex_);
    return std::exchange(words_, {});
  }
  // Returns once there are `count` events, and takes all.
  std::vector<std::string> Await(size_t count) {
    absl::MutexLock lock(&mutex_);
    const auto enough = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return words_.size() >= count;
    };
    mutex_.Await(absl::Condition(&enough));
    return std::exchange(words_, {});
  }
  absl::Status AwaitEnd() {
    absl::MutexLock lock(&mutex_);
    const auto ended = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return end_.has_value();
    };
    mutex_.Await(absl::Condition(&ended));
    return *end_;
  }
  std::string cursor() const {
    absl::MutexLock lock(&mutex_);
    return cursor_;
  }
  std::optional<absl::Status> end() const {
    absl::MutexLock lock(&mutex_);
    return end_;
  }

 private:
  static std::string Of(const compute::v1::WatchResponse& response) {
    if (!response.has_virtual_machine()) return "";
    return absl::StrCat(" ", response.virtual_machine().owner().machine_id());
  }
  static std::string Of(const network::v1::WatchResponse& response) {
    if (response.has_public_ip()) {
      return absl::StrCat(" ", response.public_ip().owner().machine_id());
    }
    if (!response.has_cluster_network()) return "";
    return absl::StrCat(" ", response.cluster_network().owner().cluster_id());
  }

  mutable absl::Mutex mutex_;
  std::vector<std::string> words_ ABSL_GUARDED_BY(mutex_);
  std::string cursor_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_TESTING_RECORDING_OBSERVER_H_
