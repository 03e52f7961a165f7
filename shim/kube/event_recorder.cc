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
      return queued_ == 0 && !busy_;
    };
    clock_.AwaitWithDeadline(mutex_, absl::Condition(&is_written),
                             clock_.Now() + options_.flush_timeout);
    dropped_ += static_cast<int64_t>(std::exchange(queued_, 0));
    queues_.clear();
    stopped_ = true;
  }
  stop_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void EventRecorder::Record(Event event) {
  event.message = CutText(event.message, kMaxEventMessage);
  absl::MutexLock lock(&mutex_);
  const InternedString name_space = event.object.name_space;
  if (stopping_ ||
      (queued_ >= options_.max_queue && !MakeRoomLocked(name_space))) {
    ++dropped_;
    return;
  }
  queues_[name_space].push_back(std::move(event));
  ++queued_;
}

bool EventRecorder::MakeRoomLocked(const InternedString& name_space) {
  const auto own = queues_.find(name_space);
  const size_t share = own == queues_.end() ? 0 : own->second.size();
  const auto most = std::max_element(queues_.begin(), queues_.end(),
                                     [](const auto& a, const auto& b) {
                                       return a.second.size() < b.second.size();
                                     });
  if (most == queues_.end() || most->second.size() <= share + 1) return false;
  most->second.pop_back();
  --queued_;
  ++dropped_;
  return true;
}

Event EventRecorder::TakeLocked() {
  auto turn = queues_.upper_bound(last_turn_);
  if (turn == queues_.end()) turn = queues_.begin();
  last_turn_ = turn->first;
  Event event = std::move(turn->second.front());
  turn->second.pop_front();
  if (turn->second.empty()) queues_.erase(turn);
  --queued_;
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
    return queued_ == 0 && !busy_;
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
        return stopped_ || queued_ > 0;
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
