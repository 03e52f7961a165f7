#include "common/http/curl_loop.h"

#include <utility>

#include "glog/logging.h"

namespace evroc {
namespace {

constexpr int kIdleWaitMs = 60'000;

CURLM* NewMulti(int max_connections_per_host) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  CHECK_EQ(initialised, CURLE_OK);
  CURLM* multi = curl_multi_init();
  CHECK(multi != nullptr);
  curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                    static_cast<long>(  // NOLINT(google-runtime-int): its API
                        max_connections_per_host));
  return multi;
}

}  // namespace

CurlLoop::CurlLoop(int max_connections_per_host)
    : multi_(NewMulti(max_connections_per_host)), thread_([this] { Run(); }) {}

CurlLoop::~CurlLoop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  curl_multi_wakeup(multi_);
  thread_.join();
  curl_multi_cleanup(multi_);
}

void CurlLoop::Start(std::shared_ptr<CurlTransfer> transfer) {
  Post({.kind = Order::Kind::kStart, .transfer = std::move(transfer)});
}

void CurlLoop::Resume(std::shared_ptr<CurlTransfer> transfer) {
  Post({.kind = Order::Kind::kResume, .transfer = std::move(transfer)});
}

void CurlLoop::Abort(std::shared_ptr<CurlTransfer> transfer,
                     absl::Status status) {
  Post({.kind = Order::Kind::kAbort,
        .transfer = std::move(transfer),
        .status = std::move(status)});
}

void CurlLoop::Post(Order order) {
  {
    absl::MutexLock lock(&mutex_);
    orders_.push_back(std::move(order));
  }
  curl_multi_wakeup(multi_);
}

void CurlLoop::Run() {
  for (;;) {
    std::vector<Order> orders;
    bool stop = false;
    {
      absl::MutexLock lock(&mutex_);
      orders.swap(orders_);
      stop = stopping_;
    }
    for (Order& order : orders) Carry(order);
    if (stop) break;
    int active = 0;
    curl_multi_perform(multi_, &active);
    FinishCompleted();
    curl_multi_poll(multi_, nullptr, 0, kIdleWaitMs, nullptr);
  }
  while (!running_.empty()) {
    Remove(running_.begin()->first,
           absl::CancelledError("the HTTP client is shutting down"));
  }
}

void CurlLoop::Carry(Order& order) {
  CURL* const easy = order.transfer->handle();
  switch (order.kind) {
    case Order::Kind::kStart:
      running_.emplace(easy, std::move(order.transfer));
      curl_multi_add_handle(multi_, easy);
      return;
    case Order::Kind::kResume:
      if (running_.contains(easy)) order.transfer->Resume();
      return;
    case Order::Kind::kAbort:
      if (running_.contains(easy)) Remove(easy, std::move(order.status));
      return;
  }
}

void CurlLoop::FinishCompleted() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    // Removal invalidates `message`.
    CURL* const easy = message->easy_handle;
    const CURLcode code = message->data.result;
    Remove(easy, running_.at(easy)->StatusOf(code));
  }
}

void CurlLoop::Remove(CURL* easy, absl::Status status) {
  curl_multi_remove_handle(multi_, easy);
  const auto found = running_.find(easy);
  const std::shared_ptr<CurlTransfer> transfer = std::move(found->second);
  running_.erase(found);
  transfer->Finish(std::move(status));
}

}  // namespace evroc
