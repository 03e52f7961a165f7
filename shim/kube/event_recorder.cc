#include "shim/kube/event_recorder.h"

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
    dropped_ += static_cast<int64_t>(queue_.size());
    queue_.clear();
  }
  stop_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void EventRecorder::Record(Event event) {
  event.message = CutText(event.message, kMaxEventMessage);
  absl::MutexLock lock(&mutex_);
  if (stopping_ || queue_.size() >= options_.max_queue) {
    ++dropped_;
    return;
  }
  queue_.push_back(std::move(event));
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
        return stopping_ || !queue_.empty();
      };
      mutex_.Await(absl::Condition(&has_changes));
      if (stopping_) return;
      event = std::move(queue_.front());
      queue_.pop_front();
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
