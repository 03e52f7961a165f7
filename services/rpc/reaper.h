// A thread that does what must not be done on the thread where it comes up:
// ending what that thread may itself be part of. Thread-safe.

#ifndef SERVICES_RPC_REAPER_H_
#define SERVICES_RPC_REAPER_H_

#include <deque>
#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace evroc::cloud {

class Reaper {
 public:
  Reaper() : thread_([this] { Work(); }) {}
  // Does what is left first.
  ~Reaper();

  void Run(std::function<void()> work);

  // Returns once everything that was handed over so far is done.
  void Drain();

 private:
  void Work();

  absl::Mutex mutex_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_RPC_REAPER_H_
