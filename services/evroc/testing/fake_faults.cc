#include "services/evroc/testing/fake_faults.h"

#include <utility>

namespace evroc::cloud {

void FakeFaults::Fail(Verb verb, absl::Status error, int count) {
  absl::MutexLock lock(&mutex_);
  Order& order = orders_[verb];
  order.fault = {.error = std::move(error), .after_work = false};
  order.remaining = count;
}

void FakeFaults::LoseAnswer(Verb verb, absl::Status error, int count) {
  absl::MutexLock lock(&mutex_);
  Order& order = orders_[verb];
  order.fault = {.error = std::move(error), .after_work = true};
  order.remaining = count;
}

void FakeFaults::Before(Verb verb, std::function<void()> action) {
  absl::MutexLock lock(&mutex_);
  orders_[verb].before = std::move(action);
}

void FakeFaults::After(Verb verb, std::function<void()> action) {
  absl::MutexLock lock(&mutex_);
  orders_[verb].after = std::move(action);
}

void FakeFaults::Clear() {
  absl::MutexLock lock(&mutex_);
  orders_.clear();
}

int FakeFaults::calls(Verb verb) const {
  absl::MutexLock lock(&mutex_);
  const auto count = calls_.find(verb);
  return count == calls_.end() ? 0 : count->second;
}

int FakeFaults::reads() const { return calls(Verb::kGet) + calls(Verb::kList); }

int FakeFaults::writes() const {
  return calls(Verb::kCreate) + calls(Verb::kUpdate) + calls(Verb::kDelete);
}

void FakeFaults::ResetCalls() {
  absl::MutexLock lock(&mutex_);
  calls_.clear();
}

FakeFaults::Fault FakeFaults::Begin(Verb verb) {
  std::function<void()> before;
  Fault fault;
  {
    absl::MutexLock lock(&mutex_);
    ++calls_[verb];
    Order& order = orders_[verb];
    before = std::exchange(order.before, nullptr);
    if (order.remaining > 0) {
      fault = order.fault;
      if (order.remaining != kForever) --order.remaining;
    }
    fault.after = std::exchange(order.after, nullptr);
  }
  if (before) before();
  return fault;
}

}  // namespace evroc::cloud
