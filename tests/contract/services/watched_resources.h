// The resources that one Watch shows, kept as the shim keeps them. Fails the
// test if the stream breaks its rules. Thread-safe.

#ifndef TESTS_CONTRACT_SERVICES_WATCHED_RESOURCES_H_
#define TESTS_CONTRACT_SERVICES_WATCHED_RESOURCES_H_

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "shim/rpc/scope_watch.h"
#include "shim/rpc/watch_call.h"
#include "tests/contract/services/test_services.h"

namespace evroc::shim {

template <typename Response>
class WatchedResources : public WatchObserver<Response> {
 public:
  // The states by cluster or machine id: {{"m1", "STATE_RUNNING"}}.
  using States = std::map<std::string, std::string>;

  // `resumes`: the stream goes on at a cursor.
  explicit WatchedResources(bool resumes = false) : has_cursor_(resumes) {}

  void OnEvent(const Response& response) override {
    absl::MutexLock lock(&mutex_);
    const CloudEvent event = EventOf(response);
    switch (event.type) {
      case CloudEvent::Type::kReset:
        states_.clear();
        was_reset_ = true;
        synced_ = false;
        has_cursor_ = false;
        break;
      case CloudEvent::Type::kChanged:
        states_[IdOf(event)] = StateOf(event);
        break;
      case CloudEvent::Type::kDeleted:
        EXPECT_EQ(states_.erase(IdOf(event)), 1) << IdOf(event);
        break;
      case CloudEvent::Type::kSynced:
        synced_ = true;
        has_cursor_ = true;
        break;
      case CloudEvent::Type::kContact:
      case CloudEvent::Type::kUnknown:
        ADD_FAILURE() << response.DebugString();
    }
    EXPECT_NE(event.cursor.empty(), has_cursor_) << response.DebugString();
    if (has_cursor_) cursor_ = event.cursor;
  }
  void OnEnd(const absl::Status& status) override {
    absl::MutexLock lock(&mutex_);
    end_ = status;
  }

  // Wait until the stream is synced and shows exactly this: at once, or while
  // the services settle.
  void Await(const States& states) {
    absl::MutexLock lock(&mutex_);
    const auto shown = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return synced_ && states_ == states;
    };
    mutex_.Await(absl::Condition(&shown));
  }
  void AwaitSettled(TestServices& services, const States& states) {
    Settle(services, [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return synced_ && states_ == states;
    });
  }
  // Waits for the end while the services settle, and returns its status.
  absl::Status AwaitEnd(TestServices& services) {
    Settle(services, [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return end_.has_value();
    });
    absl::MutexLock lock(&mutex_);
    return *end_;
  }

  std::string cursor() const {
    absl::MutexLock lock(&mutex_);
    return cursor_;
  }
  bool was_reset() const {
    absl::MutexLock lock(&mutex_);
    return was_reset_;
  }

 private:
  // The real services see a change at their next poll.
  void Settle(TestServices& services, const std::function<bool()>& done) {
    for (bool is_done = false; !is_done;) {
      services.Settle();
      absl::MutexLock lock(&mutex_);
      is_done = mutex_.AwaitWithTimeout(absl::Condition(&done),
                                        absl::Milliseconds(1));
    }
  }

  static std::string IdOf(const CloudEvent& event) {
    const common::v1::Owner& owner = *event.owner();
    return owner.machine_id().empty() ? owner.cluster_id() : owner.machine_id();
  }
  static std::string StateOf(const CloudEvent& event) {
    if (event.network != nullptr) {
      return network::v1::ClusterNetwork::State_Name(event.network->state());
    }
    if (event.address != nullptr) {
      return network::v1::PublicIp::State_Name(event.address->state());
    }
    return compute::v1::VirtualMachine::State_Name(event.machine->state());
  }

  mutable absl::Mutex mutex_;
  States states_ ABSL_GUARDED_BY(mutex_);
  bool synced_ ABSL_GUARDED_BY(mutex_) = false;
  // Whether events have one: all but those of a snapshot.
  bool has_cursor_ ABSL_GUARDED_BY(mutex_);
  bool was_reset_ ABSL_GUARDED_BY(mutex_) = false;
  std::string cursor_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // TESTS_CONTRACT_SERVICES_WATCHED_RESOURCES_H_
