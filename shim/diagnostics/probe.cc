#include "shim/diagnostics/probe.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/time/sleep.h"

namespace evroc::shim {
namespace {

// Tries within the tolerance.
constexpr int kTries = 6;

}  // namespace

absl::Status FailingFor(const absl::Status& error, absl::Time since,
                        absl::Duration tolerance, const Clock& clock) {
  const absl::Duration failing = clock.Now() - since;
  if (error.ok() || failing < tolerance) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("has failed for ",
                   absl::FormatDuration(absl::Trunc(failing, absl::Seconds(1))),
                   ": ", error.message()));
}

Probe::Probe(Try try_once, absl::Duration tolerance, Clock& clock)
    : try_(std::move(try_once)),
      tolerance_(tolerance),
      clock_(clock),
      thread_([this] { Run(); }) {}

Probe::~Probe() {
  stop_.request_stop();
  thread_.join();
}

void Probe::Run() {
  const absl::Duration interval = tolerance_ / kTries;
  do {
    const absl::Time began = clock_.Now();
    const absl::Status error =
        try_({.deadline = began + tolerance_ / 2, .cancel = stop_.get_token()});
    if (stop_.stop_requested()) return;
    const absl::MutexLock lock(&mutex_);
    if (error_.ok() != error.ok()) since_ = began;
    error_ = error;
  } while (SleepFor(interval, stop_.get_token(), clock_));
}

absl::Status Probe::Check() const {
  const absl::MutexLock lock(&mutex_);
  return FailingFor(error_, since_, tolerance_, clock_);
}

}  // namespace evroc::shim
