// Runs the streams of a service's Watch method. Each passes on the events of a
// ResourceFeed as fast as its client reads them, and no faster.
//
// Most clients come back: the feed is kept up to date until then, for a
// while, so that a shim that restarts or takes over need not wait for a list
// of the cloud. Thread-safe.

#ifndef SERVICES_RPC_WATCH_STREAMS_H_
#define SERVICES_RPC_WATCH_STREAMS_H_

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/status/status_grpc.h"
#include "glog/logging.h"
#include "grpcpp/support/server_callback.h"
#include "prometheus/gauge.h"
#include "services/evroc/connection/fair_share.h"
#include "services/rpc/delayed_executor.h"
#include "services/watch/resource_feed.h"

namespace evroc::cloud {

template <typename Response>
class WatchStreams {
 public:
  static constexpr int kMaxStreams = 10'000;

  // Both must outlive the streams. A feed is kept up to date for `linger` after
  // its last client has left.
  WatchStreams(DelayedExecutor& executor, prometheus::Gauge& open,
               absl::Duration linger)
      : executor_(executor), open_(open), linger_(linger) {}

  // Starts a stream of `feed`, which `owner` keeps alive. It ends with
  // RESOURCE_EXHAUSTED if the tenant has its share of streams.
  grpc::ServerWriteReactor<Response>* Start(const std::string& tenant,
                                            std::shared_ptr<void> owner,
                                            ResourceFeed& feed,
                                            const std::string& cursor,
                                            const std::string& cluster_id);

  // Returns a stream that ends at once with this error.
  static grpc::ServerWriteReactor<Response>* Refuse(const absl::Status& error);

  // Ends all current and future streams.
  void EndAll(const absl::Status& error);

 private:
  class Stream;

  DelayedExecutor& executor_;
  prometheus::Gauge& open_;
  const absl::Duration linger_;
  FairShare shares_{kMaxStreams, "watches"};
  absl::Mutex mutex_;
  std::set<Stream*> streams_ ABSL_GUARDED_BY(mutex_);
  absl::Status ended_ ABSL_GUARDED_BY(mutex_);
};

// gRPC never deletes a reactor: a stream deletes itself in OnDone.
template <typename Response>
class WatchStreams<Response>::Stream
    : public grpc::ServerWriteReactor<Response> {
 public:
  // `place`: an error if it has none, and is to end.
  Stream(WatchStreams& streams, std::shared_ptr<void> owner,
         absl::StatusOr<FairShare::Place> place)
      : streams_(streams), owner_(std::move(owner)), place_(std::move(place)) {}

  void Begin(ResourceFeed& feed, const std::string& cursor,
             const std::string& cluster_id) {
    auto subscription = feed.Subscribe(cursor, cluster_id, [this] { Pump(); });
    {
      absl::MutexLock lock(&mutex_);
      subscription_ = std::move(subscription);
    }
    Pump();
  }

  void End(const absl::Status& error) {
    absl::MutexLock lock(&mutex_);
    FinishLocked(error);
  }

  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&mutex_);
      writing_ = false;
      if (!ok) LeaveLocked();
    }
    Pump();
  }

  void OnCancel() override {
    absl::MutexLock lock(&mutex_);
    LeaveLocked();
  }

  // The caller may be a thread of the feed, and the subscription's end waits
  // for that thread: so the stream is deleted elsewhere.
  void OnDone() override {
    {
      absl::MutexLock lock(&streams_.mutex_);
      streams_.streams_.erase(this);
    }
    streams_.open_.Decrement();
    streams_.executor_.Run([this] { delete this; });
  }

 private:
  ~Stream() override {
    std::shared_ptr<ResourceFeed::Subscription> last;
    bool client_left = false;
    {
      absl::MutexLock lock(&mutex_);
      last = std::move(subscription_);
      client_left = client_left_;
    }
    if (last == nullptr) return;
    // Waits for running wake-ups.
    last->StopReading();
    if (!client_left) return;
    // Ended before the feed's owner, which the subscription needs.
    streams_.executor_.Run(
        [owner = owner_, last = std::move(last)]() mutable { last.reset(); },
        streams_.linger_);
  }

  void LeaveLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    client_left_ = client_left_ || !finished_;
    FinishLocked(absl::CancelledError("the client went away"));
  }

  void Pump() {
    absl::MutexLock lock(&mutex_);
    if (writing_ || finished_ || subscription_ == nullptr) return;
    ChangeLog::Event event;
    bool found = false;
    const absl::Status read = subscription_->reader().Next(&event, &found);
    if (!read.ok()) return FinishLocked(read);
    if (!found) return;
    SetResponseLocked(event);
    writing_ = true;
    this->StartWrite(&response_);
  }

  void SetResponseLocked(const ChangeLog::Event& event)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    using Type = ChangeLog::Event::Type;
    response_.Clear();
    if (event.resource != nullptr) response_.ParseFromString(*event.resource);
    response_.set_cursor(event.cursor);
    switch (event.type) {
      case Type::kReset:
        response_.set_type(Response::TYPE_RESET);
        break;
      case Type::kChanged:
        response_.set_type(Response::TYPE_CHANGED);
        break;
      case Type::kDeleted:
        response_.set_type(Response::TYPE_DELETED);
        break;
      case Type::kSynced:
        response_.set_type(Response::TYPE_SYNCED);
        break;
      case Type::kContact:
        response_.set_type(Response::TYPE_CONTACT);
        *response_.mutable_contact() = event.contact;
        break;
    }
  }

  void FinishLocked(const absl::Status& error)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (finished_) return;
    finished_ = true;
    this->Finish(ToGrpcStatus(error));
  }

  WatchStreams& streams_;
  const std::shared_ptr<void> owner_;
  const absl::StatusOr<FairShare::Place> place_;
  absl::Mutex mutex_;
  std::shared_ptr<ResourceFeed::Subscription> subscription_
      ABSL_GUARDED_BY(mutex_);
  Response response_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  bool client_left_ ABSL_GUARDED_BY(mutex_) = false;  // before it finished
};

template <typename Response>
grpc::ServerWriteReactor<Response>* WatchStreams<Response>::Start(
    const std::string& tenant, std::shared_ptr<void> owner, ResourceFeed& feed,
    const std::string& cursor, const std::string& cluster_id) {
  absl::StatusOr<FairShare::Place> place = shares_.Take(tenant);
  absl::Status refused = place.status();
  auto* const stream = new Stream(*this, std::move(owner), std::move(place));
  {
    absl::MutexLock lock(&mutex_);
    if (!ended_.ok()) refused = ended_;
    streams_.insert(stream);
  }
  open_.Increment();
  if (refused.ok()) {
    stream->Begin(feed, cursor, cluster_id);
  } else {
    stream->End(refused);
  }
  return stream;
}

template <typename Response>
grpc::ServerWriteReactor<Response>* WatchStreams<Response>::Refuse(
    const absl::Status& error) {
  class Refusal : public grpc::ServerWriteReactor<Response> {
   public:
    explicit Refusal(const absl::Status& error) {
      this->Finish(ToGrpcStatus(error));
    }
    void OnDone() override { delete this; }
  };
  return new Refusal(error);
}

template <typename Response>
void WatchStreams<Response>::EndAll(const absl::Status& error) {
  absl::MutexLock lock(&mutex_);
  ended_ = error;
  for (Stream* stream : streams_) stream->End(error);
}

}  // namespace evroc::cloud

#endif  // SERVICES_RPC_WATCH_STREAMS_H_
