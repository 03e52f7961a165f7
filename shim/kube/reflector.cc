#include "shim/kube/reflector.h"

#include <algorithm>
#include <stop_token>
#include <utility>

#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "common/time/sleep.h"
#include "glog/logging.h"

namespace evroc::shim {

Reflector::Reflector(KubeClient& client, const ResourceType& type,
                     Selection selection, const ReflectorOptions& options,
                     ReflectorSink& sink, Clock& clock)
    : client_(client),
      type_(type),
      selection_(std::move(selection)),
      options_(options),
      sink_(sink),
      clock_(clock) {}

Reflector::~Reflector() {
  stop_.request_stop();
  if (thread_.joinable()) thread_.join();
  on_cancel_.reset();
}

void Reflector::Start(const std::stop_token& cancel) {
  CHECK(!thread_.joinable()) << "started twice";
  on_cancel_ = std::make_unique<std::stop_callback<std::function<void()>>>(
      cancel, [this] { stop_.request_stop(); });
  thread_ = std::thread([this] { Run(); });
}

Reflector::Health Reflector::health() const {
  absl::MutexLock lock(&mutex_);
  Health health = health_;
  const absl::Time open_at = watch_began_ + options_.opening;
  if (!health.last_error.ok() && clock_.Now() >= open_at) {
    health.last_error = absl::OkStatus();
    health.since = open_at;
  }
  return health;
}

bool Reflector::AwaitSynced(absl::Time deadline,
                            const std::stop_token& cancel) const {
  const std::stop_callback wake(cancel,
                                [this] { absl::MutexLock lock(&mutex_); });
  absl::MutexLock lock(&mutex_);
  const auto is_over = [&] {
    mutex_.AssertReaderHeld();
    return health_.synced || cancel.stop_requested();
  };
  clock_.AwaitWithDeadline(mutex_, absl::Condition(&is_over), deadline);
  return health_.synced;
}

void Reflector::Run() {
  int failures = 0;
  while (!stop_.stop_requested()) {
    const absl::Time start = clock_.Now();
    const bool listing = version_.empty();
    const absl::Status status = listing ? ListOnce() : WatchOnce();
    if (stop_.stop_requested()) return;
    const bool too_short =
        !listing && clock_.Now() - start <= options_.short_watch;
    // A list alone does not end the failures: the watch after it may fail each
    // time.
    if (!listing && !too_short) failures = 0;
    if (status.ok() && !too_short) continue;
    // A resourceVersion that is too old is no failure: list again at once, but
    // only the first time.
    if (absl::IsOutOfRange(status)) version_.clear();
    if (absl::IsOutOfRange(status) && failures == 0) {
      ++failures;
      continue;
    }
    const absl::Duration delay =
        std::max(BackoffDelay(options_.backoff, ++failures),
                 DetailsOf(status).retry_after);
    if (!SleepFor(delay, stop_.get_token(), clock_)) return;
  }
}

absl::Status Reflector::ListOnce() {
  sink_.BeginList();
  const absl::StatusOr<std::string> version =
      client_.List({.cancel = stop_.get_token()}, type_, selection_,
                   [&](const Json& object) {
                     sink_.Upsert(object);
                     return absl::OkStatus();
                   });
  if (version.ok()) {
    sink_.EndList(*version);
    // An empty version would mean to list again.
    version_ = version->empty() ? "0" : *version;
  }
  {
    absl::MutexLock lock(&mutex_);
    ++health_.lists;
    health_.synced |= version.ok();
  }
  Report(version.status());
  return version.status();
}

absl::Status Reflector::WatchOnce() {
  {
    absl::MutexLock lock(&mutex_);
    ++health_.watches;
    watch_began_ = clock_.Now();
  }
  absl::Status status =
      client_.Watch({.cancel = stop_.get_token()}, type_, selection_, version_,
                    [this](const WatchEvent& event) { return Take(event); });
  {
    absl::MutexLock lock(&mutex_);
    watch_began_ = absl::InfiniteFuture();
  }
  // Whether a silent server still works, and what it did not tell, a list says.
  if (absl::IsDeadlineExceeded(status)) {
    status = absl::OutOfRangeError(status.message());
  }
  Report(status);
  return status;
}

absl::Status Reflector::Take(const WatchEvent& event) {
  // An event shows that the connection works.
  Report(absl::OkStatus());
  const absl::string_view version =
      event.object.At("metadata.resourceVersion").String();
  switch (event.type) {
    case WatchEvent::Type::kAdded:
    case WatchEvent::Type::kModified:
      sink_.Upsert(event.object);
      break;
    case WatchEvent::Type::kDeleted:
      sink_.Remove(event.object);
      break;
    case WatchEvent::Type::kBookmark:
      break;
  }
  if (!version.empty()) version_ = std::string(version);
  return absl::OkStatus();
}

void Reflector::Report(const absl::Status& status) {
  if (stop_.stop_requested()) return;
  // An expired resourceVersion does not concern the connection.
  const absl::Status seen =
      absl::IsOutOfRange(status) ? absl::OkStatus() : status;
  bool changed = false;
  {
    absl::MutexLock lock(&mutex_);
    changed = seen.ok() != health_.last_error.ok();
    if (changed || health_.since == absl::InfinitePast()) {
      health_.since = clock_.Now();
    }
    health_.last_error = seen;
  }
  LOG_IF(WARNING, changed && !seen.ok())
      << "Watch failed resource=" << type_.plural
      << " error=" << ErrorText(seen);
  LOG_IF(INFO, changed && seen.ok())
      << "Watch resumed resource=" << type_.plural;
}

}  // namespace evroc::shim
