#include "common/http/curl_connections.h"

#include <algorithm>
#include <utility>

#include "common/time/clock.h"
#include "glog/logging.h"

namespace evroc {

void CurlConnections::Open(Poller& poller) {
  poller_ = &poller;
  multi_ = curl_multi_init();
  CHECK(multi_ != nullptr);
  curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS,
                    static_cast<long>(  // NOLINT(google-runtime-int): its API
                        max_per_host_));
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(
      multi_, CURLMOPT_SOCKETFUNCTION,
      +[](CURL* /*easy*/, curl_socket_t socket, int what, void* self,
          void* /*per_socket*/) {
        auto* const connections = static_cast<CurlConnections*>(self);
        connections->poller_->Poll(*connections, socket, what);
        return 0;
      });
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(
      multi_, CURLMOPT_TIMERFUNCTION,
      // NOLINTNEXTLINE(google-runtime-int): libcurl's type
      +[](CURLM* /*multi*/, long milliseconds, void* self) {
        return static_cast<CurlConnections*>(self)->OnTimer(milliseconds);
      });
}

// NOLINTNEXTLINE(google-runtime-int): libcurl's type
int CurlConnections::OnTimer(long milliseconds) {
  timer_ = milliseconds < 0
               ? absl::InfiniteFuture()
               : Clock::Real().Now() + absl::Milliseconds(milliseconds);
  return 0;
}

void CurlConnections::Start(std::shared_ptr<CurlTransfer> transfer,
                            Poller& poller) {
  if (multi_ == nullptr) Open(poller);
  idle_since_ = absl::InfiniteFuture();
  CURL* const easy = transfer->handle();
  running_[easy] = std::move(transfer);
  curl_multi_add_handle(multi_, easy);
}

void CurlConnections::Resume(CurlTransfer& transfer) {
  if (running_.contains(transfer.handle())) transfer.Resume();
}

void CurlConnections::Abort(CurlTransfer& transfer, absl::Status status) {
  if (running_.contains(transfer.handle())) {
    Remove(transfer.handle(), std::move(status));
  }
}

void CurlConnections::Close() {
  while (!running_.empty()) {
    Remove(running_.begin()->first,
           absl::CancelledError("the HTTP client is shutting down"));
  }
  if (multi_ != nullptr) curl_multi_cleanup(std::exchange(multi_, nullptr));
  timer_ = absl::InfiniteFuture();
  idle_since_ = absl::InfiniteFuture();
}

void CurlConnections::Act(curl_socket_t socket, int actions) {
  int active = 0;
  curl_multi_socket_action(multi_, socket, actions, &active);
  FinishCompleted();
}

absl::Time CurlConnections::RunTimers() {
  const absl::Time now = Clock::Real().Now();
  if (idle_since_ + idle_time_ <= now) {
    Close();
    return absl::InfiniteFuture();
  }
  if (timer_ <= now) {
    timer_ = absl::InfiniteFuture();
    Act(CURL_SOCKET_TIMEOUT, 0);
  }
  return std::min(timer_, idle_since_ + idle_time_);
}

void CurlConnections::FinishCompleted() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    // Removal invalidates `message`.
    CURL* const easy = message->easy_handle;
    const CURLcode code = message->data.result;
    Remove(easy, running_.at(easy)->StatusOf(code));
  }
}

void CurlConnections::Remove(CURL* easy, absl::Status status) {
  curl_multi_remove_handle(multi_, easy);
  const auto found = running_.find(easy);
  const std::shared_ptr<CurlTransfer> transfer = std::move(found->second);
  running_.erase(found);
  if (running_.empty()) idle_since_ = Clock::Real().Now();
  transfer->Finish(std::move(status));
}

}  // namespace evroc
