#include "services/rpc/call_registry.h"

#include "absl/time/time.h"
#include "common/time/clock.h"

namespace evroc::cloud {
namespace {

constexpr absl::Duration kInterval = absl::Milliseconds(100);

}  // namespace

CallRegistry::CallRegistry() : thread_([this] { AskNowAndThen(); }) {}

CallRegistry::~CallRegistry() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

CallRegistry::Call::Call(CallRegistry& registry,
                         const grpc::ServerContext& context)
    : registry_(registry), context_(context) {
  absl::MutexLock lock(&registry_.mutex_);
  registry_.calls_[this] = this;
}

CallRegistry::Call::~Call() {
  absl::MutexLock lock(&registry_.mutex_);
  registry_.calls_.erase(this);
}

void CallRegistry::AskNowAndThen() {
  absl::MutexLock lock(&mutex_);
  while (!stopping_) {
    for (const auto& [key, call] : calls_) {
      if (call->context_.IsCancelled()) call->source_.request_stop();
    }
    const auto has_calls = [this] {
      mutex_.AssertReaderHeld();
      return stopping_ || !calls_.empty();
    };
    mutex_.Await(absl::Condition(&has_calls));
    Clock::Real().AwaitWithDeadline(mutex_, absl::Condition(&stopping_),
                                    Clock::Real().Now() + kInterval);
  }
}

}  // namespace evroc::cloud
