#include "shim/rpc/testing/fake_faults.h"

#include <utility>

#include "glog/logging.h"

namespace evroc::shim {

void FakeFaults::Check(const std::string& method) const {
  CHECK(methods_.contains(method)) << "no such method: " << method;
}

void FakeFaults::Fail(const std::string& method, const absl::Status& error,
                      int count) {
  Check(method);
  absl::MutexLock lock(&mutex_);
  orders_[method].fault = {.error = error};
  orders_[method].remaining = count;
}

void FakeFaults::LoseAnswer(const std::string& method,
                            const absl::Status& error, int count) {
  Check(method);
  absl::MutexLock lock(&mutex_);
  orders_[method].fault = {.error = error, .after_work = true};
  orders_[method].remaining = count;
}

void FakeFaults::Before(const std::string& method,
                        std::function<void()> action) {
  Check(method);
  absl::MutexLock lock(&mutex_);
  orders_[method].before = std::move(action);
}

void FakeFaults::Clear() {
  absl::MutexLock lock(&mutex_);
  orders_.clear();
}

int FakeFaults::calls(const std::string& method) const {
  Check(method);
  absl::MutexLock lock(&mutex_);
  const auto count = calls_.find(method);
  return count == calls_.end() ? 0 : count->second;
}

int FakeFaults::calls() const {
  absl::MutexLock lock(&mutex_);
  int sum = 0;
  for (const auto& [method, count] : calls_) {
    if (method != "Watch") sum += count;
  }
  return sum;
}

void FakeFaults::ResetCalls() {
  absl::MutexLock lock(&mutex_);
  calls_.clear();
}

void FakeFaults::AwaitCalls(const std::string& method, int count) const {
  Check(method);
  absl::MutexLock lock(&mutex_);
  const auto enough = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    const auto found = calls_.find(method);
    return found != calls_.end() && found->second >= count;
  };
  mutex_.Await(absl::Condition(&enough));
}

FakeFaults::Fault FakeFaults::Begin(const std::string& method) {
  Check(method);
  std::function<void()> before;
  Fault fault;
  {
    absl::MutexLock lock(&mutex_);
    ++calls_[method];
    Order& order = orders_[method];
    std::swap(before, order.before);
    if (order.remaining > 0) {
      if (order.remaining != kForever) --order.remaining;
      fault = order.fault;
    }
  }
  if (before != nullptr) before();
  return fault;
}

}  // namespace evroc::shim
