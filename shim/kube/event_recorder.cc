#include "shim/kube/event_recorder.h"

#include <algorithm>
#include <utility>

#include "common/text/cut_text.h"
#include "glog/logging.h"

namespace evroc::shim {

EventRecorder::EventRecorder(KubeClient& client, EventRecorderOptions options,
                             Clock& clock)
    : client_(client),
      options_(std::move(options)),
      clock_(clock),
      filter_(options_.filter),
      thread_([this] { Run(); }) {}

void EventRecorder::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    const auto is_written = [&] {
      mutex_.AssertReaderHeld();
      return queue_.empty() && !busy_;
    };
    clock_.AwaitWithDeadline(mutex_, absl::Condition(&is_written),
                             clock_.Now() + options_.flush_timeout);
    dropped_ += static_cast<int64_t>(queue_.size());
    queue_.clear();
    shares_.clear();
    stopped_ = true;
  }
  stop_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void EventRecorder::Record(Event event) {
  event.message = CutText(event.message, kMaxEventMessage);
  absl::MutexLock lock(&mutex_);
  if (stopping_ || IsFullLocked(event)) {
    ++dropped_;
    return;
  }
  ++shares_[event.object.name_space];
  queue_.push_back(std::move(event));
}

bool EventRecorder::IsFullLocked(const Event& event) const {
  const size_t most = std::max<size_t>(1, options_.max_queue / 4);
  const auto share = shares_.find(event.object.name_space);
  return queue_.size() >= options_.max_queue ||
         (share != shares_.end() && share->second >= most);
}

Event EventRecorder::TakeLocked() {
  Event event = std::move(queue_.front());
  queue_.pop_front();
  const auto share = shares_.find(event.object.name_space);
  if (--share->second == 0) shares_.erase(share);
  return event;
}

int64_t EventRecorder::dropped() const {
  absl::MutexLock lock(&mutex_);
  return dropped_;
}

void EventRecorder::AwaitIdle() const {
  absl::MutexLock lock(&mutex_);
  const auto is_idle = [&] {
    mutex_.AssertReaderHeld();
    return queue_.empty() && !busy_;
  };
  mutex_.Await(absl::Condition(&is_idle));
}

void EventRecorder::Run() {
  while (true) {
    Event event;
    {
      absl::MutexLock lock(&mutex_);
      busy_ = false;
      const auto has_changes = [&] {
        mutex_.AssertReaderHeld();
        return stopped_ || !queue_.empty();
      };
      mutex_.Await(absl::Condition(&has_changes));
      if (stopped_) return;
      event = TakeLocked();
      busy_ = true;
    }
    Write(event);
  }
}

void EventRecorder::Write(const Event& event) {
  using Kind = EventFilter::Verdict::Kind;
  const absl::Time now = clock_.Now();
  EventFilter::Verdict verdict = filter_.Judge(event, now);
  absl::Status status;
  if (verdict.kind == Kind::kIgnore) return;
  if (verdict.kind == Kind::kRefuse) return Drop("too many", event);
  if (verdict.kind == Kind::kRecount) {
    status = Recount(event, verdict, now);
    if (!absl::IsNotFound(status)) {
      if (!status.ok()) Drop(status.message(), event);
      return;
    }
    // The server forgets Events after an hour.
    filter_.Forget(event);
    verdict = filter_.Judge(event, now);
    if (verdict.kind != Kind::kCreate) return Drop("too many", event);
  }
  status = Create(event, verdict.name, now);
  if (status.ok()) return;
  filter_.Forget(event);
  Drop(status.message(), event);
}

absl::Status EventRecorder::Create(const Event& event, const std::string& name,
                                   absl::Time now) {
  return client_
      .Create({.deadline = now + options_.call_timeout,
               .cancel = stop_.get_token()},
              kEventType,
              EventBody(event, name, options_.instance, clock_.WallNow()))
      .status();
}

absl::Status EventRecorder::Recount(const Event& event,
                                    const EventFilter::Verdict& verdict,
                                    absl::Time now) {
  return client_
      .Patch({.deadline = now + options_.call_timeout,
              .cancel = stop_.get_token()},
             kEventType, {EventNamespace(event), verdict.name}, "",
             EventSeriesPatch(verdict.count, clock_.WallNow()))
      .status();
}

void EventRecorder::Drop(absl::string_view why, const Event& event) {
  VLOG(1) << "Dropped event object=" << ToString(event.object)
          << " reason=" << event.reason << " why=" << why;
  absl::MutexLock lock(&mutex_);
  ++dropped_;
}

}  // namespace evroc::shim
