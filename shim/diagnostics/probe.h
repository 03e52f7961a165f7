// Tries again and again whether something that the program needs works, and
// tells whether it has failed for too long. Thread-safe; makes one thread,
// which the destructor joins.

#ifndef SHIM_DIAGNOSTICS_PROBE_H_
#define SHIM_DIAGNOSTICS_PROBE_H_

#include <functional>
#include <stop_token>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/call_context.h"
#include "common/time/clock.h"

namespace evroc::shim {

// OK unless `error`, which holds since `since`, has held for `tolerance`: then
// UNAVAILABLE with the error and for how long.
absl::Status FailingFor(const absl::Status& error, absl::Time since,
                        absl::Duration tolerance, const Clock& clock);

class Probe {
 public:
  // One try; its context has a deadline.
  using Try = std::function<absl::Status(const CallContext&)>;

  // Tries several times within `tolerance`. `clock` must outlive the probe.
  Probe(Try try_once, absl::Duration tolerance, Clock& clock);
  ~Probe();

  // FailingFor of the last try; OK before the first one has ended.
  absl::Status Check() const;

 private:
  void Run();

  const Try try_;
  const absl::Duration tolerance_;
  Clock& clock_;
  std::stop_source stop_;
  mutable absl::Mutex mutex_;
  absl::Status error_ ABSL_GUARDED_BY(mutex_);
  absl::Time since_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::thread thread_;
};

}  // namespace evroc::shim

#endif  // SHIM_DIAGNOSTICS_PROBE_H_
