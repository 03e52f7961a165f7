#include "shim/controller/controller.h"

#include <utility>

#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "common/time/backoff.h"
#include "common/time/jitter.h"
#include "glog/logging.h"

namespace evroc::shim {
namespace {

// Consecutive conflicts after which a key is requeued at once.
constexpr int kConflictsAtOnce = 3;
// Another client writes the object, and not for long.
constexpr BackoffOptions kConflictBackoff = {.max = absl::Seconds(3)};

std::string NewReconcileId() {
  thread_local absl::BitGen random;
  return absl::StrCat(
      absl::Hex(absl::Uniform<uint64_t>(random), absl::kZeroPad16));
}

}  // namespace

Controller::Controller(Options options, Clock& clock, Reconcile reconcile,
                       Observe observe)
    : options_(std::move(options)),
      clock_(clock),
      reconcile_(std::move(reconcile)),
      observe_(std::move(observe)),
      queue_(clock, options_.backoff) {}

Controller::~Controller() { Stop(); }

void Controller::Start() {
  absl::MutexLock lock(&mutex_);
  if (stopped_) return;
  CHECK(workers_ == nullptr) << "started twice";
  working_ = true;
  workers_ = std::make_unique<WorkerPool>(
      queue_, options_.workers,
      [this](const ReconcileRequest& request) { Work(request); });
}

void Controller::Cancel() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  cancel_.request_stop();
  queue_.Shutdown();
}

void Controller::Stop() {
  Cancel();
  std::unique_ptr<WorkerPool> workers;
  {
    absl::MutexLock lock(&mutex_);
    workers.swap(workers_);
    if (workers == nullptr) {
      // Another thread may be joining the workers.
      const auto is_over = [this] {
        mutex_.AssertReaderHeld();
        return !working_;
      };
      mutex_.Await(absl::Condition(&is_over));
      return;
    }
  }
  workers.reset();
  absl::MutexLock lock(&mutex_);
  working_ = false;
}

void Controller::Work(const ReconcileRequest& request) {
  const absl::Time begin = clock_.Now();
  const CallContext context{.deadline = begin + options_.deadline,
                            .cancel = cancel_.get_token(),
                            .request_id = NewReconcileId()};
  const ReconcileResult result = reconcile_(context, request);
  const absl::string_view outcome =
      Settle(request.key, context.request_id, result);
  observe_(outcome, clock_.Now() - begin);
}

absl::string_view Controller::Settle(const ObjectKey& key,
                                     const std::string& id,
                                     const ReconcileResult& result) {
  const auto where = [&] {
    return absl::StrCat("kind=", options_.kind,
                        " namespace=", key.name_space.str(),
                        " name=", key.name.str(), " reconcile_id=", id);
  };
  if (!result.ok()) {
    // The writer has read the object again: the next reconcile sees it.
    if (absl::IsAborted(result.status())) {
      VLOG(1) << "Write conflict " << where()
              << " error=" << ErrorText(result.status());
      AddAfterConflict(key);
      return "conflict";
    }
    ForgetConflicts(key);
    if (!absl::IsCancelled(result.status())) {
      LOG(WARNING) << "Reconcile failed " << where()
                   << " error=" << ErrorText(result.status());
    }
    queue_.AddWithBackoff(key);
    return "error";
  }
  ForgetConflicts(key);
  if (const auto* retry = std::get_if<RetryWithBackoff>(&*result)) {
    VLOG(1) << "Requeued " << where() << " why=\"" << retry->why << "\"";
    queue_.AddWithBackoff(key);
    return "retry";
  }
  queue_.Forget(key);
  if (std::holds_alternative<Gone>(*result)) return "gone";
  if (const auto* retry = std::get_if<RetryAfter>(&*result)) {
    VLOG(1) << "Requeued " << where() << " delay=" << retry->delay << " why=\""
            << retry->why << "\"";
    queue_.AddAfter(key, Jittered(retry->delay, 0.9, 1.1));
    return "retry";
  }
  if (const auto* wait = std::get_if<Wait>(&*result)) {
    VLOG(2) << "Waiting " << where() << " for=\"" << wait->event << "\"";
  }
  queue_.AddAfter(key, Jittered(options_.sync_period, 0.9, 1.1));
  return std::holds_alternative<Wait>(*result) ? "wait" : "done";
}

void Controller::AddAfterConflict(const ObjectKey& key) {
  int conflicts = 0;
  {
    absl::MutexLock lock(&mutex_);
    conflicts = ++conflicts_[key];
  }
  if (conflicts <= kConflictsAtOnce) return queue_.Add(key, Priority::kHigh);
  queue_.AddAfter(key,
                  BackoffDelay(kConflictBackoff, conflicts - kConflictsAtOnce));
}

void Controller::ForgetConflicts(const ObjectKey& key) {
  absl::MutexLock lock(&mutex_);
  conflicts_.erase(key);
}

}  // namespace evroc::shim
