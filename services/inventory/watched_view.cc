#include "services/inventory/watched_view.h"

#include <algorithm>
#include <utility>

#include "common/status/status_macros.h"
#include "common/time/jitter.h"
#include "common/time/sleep.h"
#include "services/evroc/api/compute.h"
#include "services/evroc/api/networking.h"

namespace evroc::cloud {
namespace {

// After so long a round ends, and the next one begins with what it left.
constexpr absl::Duration kRoundTime = absl::Seconds(10);

}  // namespace

template <typename T>
WatchedView<T>::WatchedView(ObservedCollection<T>& observed, Options options,
                            PollScheduler& scheduler, Clock& clock)
    : observed_(observed),
      options_(std::move(options)),
      selected_(*LabelSelector::Parse(options_.selector)),
      scheduler_(scheduler),
      clock_(clock),
      task_(scheduler.Add([this] { return Poll(); })),
      progress_(options_.poll_intervals),
      record_(options_.poll_intervals) {}

template <typename T>
WatchedView<T>::~WatchedView() {
  Stop();
  scheduler_.Remove(task_);
}

template <typename T>
void WatchedView<T>::Start() {
  {
    absl::MutexLock lock(&mutex_);
    if (watching_) return;
    watching_ = true;
    progress_ = SyncProgress(options_.poll_intervals);
    stop_ = std::make_unique<std::stop_source>();
    // Where too many watches are followed already, this one polls.
    following_ =
        observed_.collection().can_watch() && scheduler_.TakeFollower();
  }
  if (IsFollowing()) {
    follower_ = std::thread([this] { FollowWatch(); });
  } else {
    scheduler_.Wake(task_);
  }
}

template <typename T>
void WatchedView<T>::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    if (!watching_) return;
    watching_ = false;
    progress_ = SyncProgress(options_.poll_intervals);
  }
  stop_->request_stop();
  if (!follower_.joinable()) return;
  follower_.join();
  scheduler_.ReturnFollower();
}

// --- Reading.

template <typename T>
bool WatchedView<T>::IsSynced() const {
  absl::MutexLock lock(&mutex_);
  return watching_ && progress_.state().synced;
}

template <typename T>
SyncState WatchedView<T>::sync_state() const {
  absl::MutexLock lock(&mutex_);
  return progress_.state();
}

template <typename T>
absl::StatusOr<std::optional<Known<T>>> WatchedView<T>::Get(
    const CallContext& /*context*/, const Id<T>& id) {
  return observed_.View([&](const Memory& memory) {
    const auto* const entry = memory.Lookup(id);
    return entry == nullptr ? std::optional<Known<T>>()
                            : std::make_optional(entry->known);
  });
}

template <typename T>
absl::StatusOr<std::optional<Known<T>>> WatchedView<T>::GetFreshIfMissing(
    const CallContext& context, const Id<T>& id) {
  EVROC_ASSIGN_OR_RETURN(std::optional<Known<T>> known, Get(context, id));
  if (known.has_value()) return known;
  return observed_.GetFresh(context, id);
}

template <typename T>
absl::StatusOr<std::vector<Known<T>>> WatchedView<T>::ListByCluster(
    const CallContext& context, const std::string& cluster_id) {
  const bool listed = observed_.View(
      [&](const Memory& memory) { return memory.IsListed(cluster_id); });
  if (!listed && IsInDoubt(cluster_id)) {
    EVROC_RETURN_IF_ERROR(observed_.ListOwner(context, {cluster_id, ""}));
    observed_.Record([&](Memory& memory, absl::Time now, Changes&) {
      memory.RecordListing(cluster_id, now);
    });
  }
  return observed_.View(
      [&](const Memory& memory) { return memory.OfCluster(cluster_id); });
}

template <typename T>
absl::StatusOr<std::vector<Known<T>>> WatchedView<T>::ListAll(
    const CallContext& /*context*/) {
  return observed_.View([](const Memory& memory) { return memory.All(); });
}

// Each time while in doubt: what a creation made may appear late.
template <typename T>
absl::Status WatchedView<T>::RefreshIfStale(const CallContext& context,
                                            const OwnerKey& owner) {
  if (!IsInDoubt(owner.cluster_id)) return absl::OkStatus();
  return observed_.ListOwner(context, owner);
}

template <typename T>
void WatchedView<T>::Doubt(const std::string& cluster_id) {
  const absl::Time now = clock_.Now();
  absl::MutexLock lock(&mutex_);
  std::erase_if(doubtful_,
                [&](const auto& entry) { return entry.second <= now; });
  doubtful_[cluster_id] = now + 2 * options_.poll_intervals.slow;
}

template <typename T>
bool WatchedView<T>::IsInDoubt(const std::string& cluster_id) const {
  absl::MutexLock lock(&mutex_);
  const auto doubt = doubtful_.find(cluster_id);
  return doubt != doubtful_.end() && doubt->second > clock_.Now();
}

template <typename T>
bool WatchedView<T>::IsFollowing() const {
  absl::MutexLock lock(&mutex_);
  return watching_ && following_;
}

template <typename T>
void WatchedView<T>::PollSoon() {
  {
    absl::MutexLock lock(&mutex_);
    if (!watching_ || following_) return;
  }
  scheduler_.Wake(task_, Jittered(options_.poll_intervals.fast, 0.8, 1.2));
}

template <typename T>
void WatchedView<T>::RecordList(const absl::Status& outcome) {
  absl::MutexLock lock(&mutex_);
  if (watching_) progress_.NoteList(outcome, clock_.Now());
}

// --- Polling.

template <typename T>
CallContext WatchedView<T>::WithTimeout(CallContext context,
                                        absl::Duration timeout) const {
  context.deadline = clock_.Now() + timeout;
  return context;
}

template <typename T>
PollRound<T> WatchedView<T>::Plan() const {
  return observed_.View([&](const Memory& memory) {
    return PlanRound(memory, options_.poll_intervals, record_, clock_.Now());
  });
}

template <typename T>
absl::Status WatchedView<T>::RunStep(const CallContext& context,
                                     const PollStep<T>& step) {
  const PollIntervals& intervals = options_.poll_intervals;
  if (step.cluster.empty()) {
    return observed_
        .GetFresh(WithTimeout(context, intervals.read_timeout), step.object)
        .status();
  }
  return observed_.ListOwner(WithTimeout(context, intervals.list_timeout),
                             {step.cluster, ""});
}

template <typename T>
int WatchedView<T>::RunRound(const CallContext& context,
                             const PollRound<T>& round) {
  record_.Keep(round.all);
  const absl::Time end = clock_.Now() + kRoundTime;
  RoundOutcome outcome;
  for (const PollStep<T>& step : round.steps) {
    const absl::Status read = RunStep(context, step);
    ++outcome.calls;
    outcome.failures += read.ok() ? 0 : 1;
    outcome.error.Update(read);
    record_.Note(step, read.ok(), clock_.Now());
    if (clock_.Now() >= end) break;
  }
  absl::MutexLock lock(&mutex_);
  if (watching_) progress_.NoteRound(outcome, clock_.Now());
  return outcome.calls;
}

template <typename T>
absl::Duration WatchedView<T>::Poll() {
  bool list = false;
  CallContext context;
  {
    absl::MutexLock lock(&mutex_);
    if (!watching_) return absl::InfiniteDuration();
    context.cancel = stop_->get_token();
    list = progress_.list_due() <= clock_.Now();
  }
  int calls = 1;
  if (list) {
    RecordList(observed_.List(
        WithTimeout(context, options_.poll_intervals.list_timeout),
        options_.selector));
  } else if (IsSynced()) {
    calls = RunRound(context, Plan());
  }
  options_.on_progress();
  return DelayAfter(calls);
}

template <typename T>
absl::Duration WatchedView<T>::DelayAfter(int calls) {
  const PollIntervals& intervals = options_.poll_intervals;
  const PollRound<T> next = Plan();
  const absl::Time now = clock_.Now();
  absl::MutexLock lock(&mutex_);
  if (!watching_) return absl::InfiniteDuration();
  absl::Time due = progress_.list_due();
  if (progress_.state().synced) {
    due = std::min(due, next.next);
    if (!next.steps.empty()) {
      const absl::Duration pause = std::max(
          intervals.fast, absl::Seconds(calls / intervals.polls_per_second));
      due = std::min(due, now + pause);
    }
  }
  return std::max(due - now, absl::ZeroDuration());
}

// --- The cloud's watch.

template <typename T>
absl::Duration WatchedView<T>::PauseAfterFailure() const {
  absl::MutexLock lock(&mutex_);
  return progress_.list_due() - clock_.Now();
}

template <typename T>
void WatchedView<T>::FollowWatch() {
  const std::stop_token stopped = stop_->get_token();
  const CallContext context{.cancel = stopped};
  while (!stopped.stop_requested()) {
    const absl::Status ended = FollowOnce(context);
    if (stopped.stop_requested()) return;
    absl::Duration pause = options_.poll_intervals.fast;
    if (!ended.ok()) {
      RecordList(ended);
      options_.on_progress();
      pause = PauseAfterFailure();
    }
    if (!SleepFor(pause, stopped, clock_)) return;
  }
}

// A list, then events until the stream ends.
template <typename T>
absl::Status WatchedView<T>::FollowOnce(const CallContext& context) {
  EVROC_ASSIGN_OR_RETURN(
      std::string version,
      observed_.ListToWatch(
          WithTimeout(context, options_.poll_intervals.list_timeout),
          options_.selector));
  RecordList(absl::OkStatus());
  options_.on_progress();
  while (true) {
    const absl::Time began = clock_.Now();
    const absl::Status ended = observed_.collection().Watch(
        context, version, [&](const WatchEvent<T>& event) {
          version = event.object.metadata.resource_version;
          TakeEvent(event);
          return absl::OkStatus();
        });
    // The version is too old, the server says nothing any more, or it keeps
    // ending the stream: list again, after a pause.
    if (absl::IsOutOfRange(ended) || absl::IsDeadlineExceeded(ended)) {
      return absl::OkStatus();
    }
    EVROC_RETURN_IF_ERROR(ended);
    if (clock_.Now() - began < options_.poll_intervals.fast) {
      return absl::OkStatus();
    }
  }
}

template <typename T>
void WatchedView<T>::TakeEvent(const WatchEvent<T>& event) {
  {
    absl::MutexLock lock(&mutex_);
    progress_.NoteSignOfLife(clock_.Now());
  }
  if (event.type == WatchEvent<T>::Type::kBookmark) return;
  const bool selected = selected_.Matches(event.object.metadata.labels);
  observed_.Record([&](Memory& memory, absl::Time now, Changes& changes) {
    const Id<T>& id = event.object.metadata.id;
    if (event.type == WatchEvent<T>::Type::kDeleted) {
      memory.SawNothing(id, memory.sequence(), now, changes);
    } else if (selected) {
      memory.Saw(event.object, memory.sequence(), now, changes);
    } else {
      // It has lost its labels, or was given away, and is there.
      memory.SawLeave(id, memory.sequence(), now, changes);
    }
  });
}

template class WatchedView<Vpc>;
template class WatchedView<Subnet>;
template class WatchedView<SecurityGroup>;
template class WatchedView<PublicIp>;
template class WatchedView<LoadBalancer>;
template class WatchedView<BackendPool>;
template class WatchedView<BackendService>;
template class WatchedView<L4Route>;
template class WatchedView<VirtualMachine>;
template class WatchedView<Disk>;
template class WatchedView<PlacementGroup>;
template class WatchedView<HotswapAttachment>;

}  // namespace evroc::cloud
