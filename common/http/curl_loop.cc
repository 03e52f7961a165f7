#include "common/http/curl_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "common/time/clock.h"
#include "glog/logging.h"

namespace evroc {
namespace {

constexpr absl::Duration kLongestWait = absl::Minutes(1);

uint32_t EventsFor(int what) {
  uint32_t events = 0;
  if ((what & CURL_POLL_IN) != 0) events |= EPOLLIN;
  if ((what & CURL_POLL_OUT) != 0) events |= EPOLLOUT;
  return events;
}

int ActionsOf(uint32_t events) {
  int actions = 0;
  if ((events & (EPOLLIN | EPOLLHUP)) != 0) actions |= CURL_CSELECT_IN;
  if ((events & EPOLLOUT) != 0) actions |= CURL_CSELECT_OUT;
  if ((events & EPOLLERR) != 0) actions |= CURL_CSELECT_ERR;
  return actions;
}

int WaitMillisecondsUntil(absl::Time until) {
  const absl::Duration left = std::clamp(until - Clock::Real().Now(),
                                         absl::ZeroDuration(), kLongestWait);
  return static_cast<int>(
      absl::ToInt64Milliseconds(absl::Ceil(left, absl::Milliseconds(1))));
}

}  // namespace

CurlLoop::CurlLoop()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wakeup_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  CHECK_EQ(initialised, CURLE_OK);
  PCHECK(epoll_ >= 0 && wakeup_ >= 0);
  epoll_event event{.events = EPOLLIN, .data = {.fd = wakeup_}};
  PCHECK(epoll_ctl(epoll_, EPOLL_CTL_ADD, wakeup_, &event) == 0);
  thread_ = std::thread([this] { Run(); });
}

CurlLoop::~CurlLoop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  Wake();
  thread_.join();
  close(wakeup_);
  close(epoll_);
}

void CurlLoop::Start(CurlConnections& connections,
                     std::shared_ptr<CurlTransfer> transfer) {
  Post({.kind = Order::Kind::kStart,
        .connections = &connections,
        .transfer = std::move(transfer)});
}

void CurlLoop::Resume(CurlConnections& connections,
                      std::shared_ptr<CurlTransfer> transfer) {
  Post({.kind = Order::Kind::kResume,
        .connections = &connections,
        .transfer = std::move(transfer)});
}

void CurlLoop::Abort(CurlConnections& connections,
                     std::shared_ptr<CurlTransfer> transfer,
                     absl::Status status) {
  Post({.kind = Order::Kind::kAbort,
        .connections = &connections,
        .transfer = std::move(transfer),
        .status = std::move(status)});
}

void CurlLoop::Close(CurlConnections& connections) {
  absl::Notification done;
  Post({.kind = Order::Kind::kClose,
        .connections = &connections,
        .done = &done});
  done.WaitForNotification();
}

void CurlLoop::Post(Order order) {
  {
    absl::MutexLock lock(&mutex_);
    orders_.push_back(std::move(order));
  }
  Wake();
}

void CurlLoop::Wake() {
  constexpr uint64_t kOne = 1;
  // It fails only if the loop has been woken 2^64 times and not looked.
  (void)!write(wakeup_, &kOne, sizeof(kOne));
}

void CurlLoop::Run() {
  for (;;) {
    std::vector<Order> orders;
    {
      absl::MutexLock lock(&mutex_);
      orders.swap(orders_);
      if (stopping_ && orders.empty()) return;
    }
    for (Order& order : orders) Carry(order);
    Wait(RunTimers());
  }
}

void CurlLoop::Carry(Order& order) {
  CurlConnections& connections = *order.connections;
  switch (order.kind) {
    case Order::Kind::kStart:
      active_.insert(&connections);
      connections.Start(std::move(order.transfer), *this);
      return;
    case Order::Kind::kResume:
      connections.Resume(*order.transfer);
      return;
    case Order::Kind::kAbort:
      connections.Abort(*order.transfer, std::move(order.status));
      return;
    case Order::Kind::kClose:
      connections.Close();
      active_.erase(&connections);
      order.done->Notify();
      return;
  }
}

absl::Time CurlLoop::RunTimers() {
  absl::Time next = absl::InfiniteFuture();
  std::vector<CurlConnections*> closed;
  for (CurlConnections* connections : active_) {
    next = std::min(next, connections->RunTimers());
    if (!connections->IsOpen()) closed.push_back(connections);
  }
  for (CurlConnections* connections : closed) active_.erase(connections);
  return next;
}

void CurlLoop::Wait(absl::Time until) {
  std::array<epoll_event, 64> events;
  const int count = epoll_wait(epoll_, events.data(), events.size(),
                               WaitMillisecondsUntil(until));
  for (int i = 0; i < count; ++i) {
    const curl_socket_t socket = events[i].data.fd;
    if (socket == wakeup_) {
      uint64_t times = 0;
      (void)!read(wakeup_, &times, sizeof(times));
      continue;
    }
    // What was done for another event may have closed it.
    const auto owner = owners_.find(socket);
    if (owner == owners_.end()) continue;
    owner->second->Act(socket, ActionsOf(events[i].events));
  }
}

void CurlLoop::Poll(CurlConnections& owner, curl_socket_t socket, int what) {
  if (what == CURL_POLL_REMOVE) {
    owners_.erase(socket);
    epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, nullptr);
    return;
  }
  const bool is_new = owners_.insert_or_assign(socket, &owner).second;
  epoll_event event{.events = EventsFor(what), .data = {.fd = socket}};
  epoll_ctl(epoll_, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event);
}

}  // namespace evroc
