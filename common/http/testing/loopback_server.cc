#include "common/http/testing/loopback_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "glog/logging.h"

namespace evroc {
namespace {

size_t ContentLength(absl::string_view head) {
  const size_t at = head.find("Content-Length: ");
  if (at == absl::string_view::npos) return 0;
  const absl::string_view rest = head.substr(at + 16);
  size_t length = 0;
  CHECK(absl::SimpleAtoi(rest.substr(0, rest.find("\r\n")), &length));
  return length;
}

}  // namespace

bool LoopbackServer::Connection::Fill() {
  char bytes[4096];
  const ssize_t count = recv(fd_, bytes, sizeof(bytes), 0);
  if (count <= 0) return false;
  buffer_.append(bytes, count);
  return true;
}

std::optional<std::string> LoopbackServer::Connection::ReadRequest() {
  size_t head = std::string::npos;
  while ((head = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill()) return std::nullopt;
  }
  const size_t size = head + 4 + ContentLength(buffer_.substr(0, head + 2));
  while (buffer_.size() < size) {
    if (!Fill()) return std::nullopt;
  }
  std::string request = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return request;
}

std::string LoopbackServer::Connection::ReadSome() {
  if (buffer_.empty()) Fill();
  return std::exchange(buffer_, {});
}

bool LoopbackServer::Connection::Write(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(count);
  }
  return true;
}

void LoopbackServer::Connection::AwaitClose() {
  while (Fill()) {
  }
}

LoopbackServer::LoopbackServer(std::function<void(Connection&)> serve,
                               const std::string& address)
    : serve_(std::move(serve)), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  CHECK_EQ(inet_pton(AF_INET, address.c_str(), &where.sin_addr), 1) << address;
  auto* generic = reinterpret_cast<sockaddr*>(&where);
  socklen_t size = sizeof(where);
  CHECK_EQ(bind(listener_, generic, size), 0);
  CHECK_EQ(listen(listener_, 64), 0);
  CHECK_EQ(getsockname(listener_, generic, &size), 0);
  port_ = ntohs(where.sin_port);
  url_ = absl::StrCat("http://", address, ":", port_);
  acceptor_ = std::thread([this] { Accept(); });
}

LoopbackServer::~LoopbackServer() {
  std::vector<std::thread> threads;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    for (const int fd : fds_) shutdown(fd, SHUT_RDWR);
  }
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
  {
    absl::MutexLock lock(&mutex_);
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
}

int LoopbackServer::connections() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int>(threads_.size());
}

int LoopbackServer::open_connections() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int>(fds_.size());
}

std::string LoopbackServer::Ok(absl::string_view body) {
  return absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: ", body.size(),
                      "\r\n\r\n", body);
}

void LoopbackServer::Accept() {
  for (;;) {
    const int fd = accept(listener_, nullptr, nullptr);
    if (fd < 0) return;
    absl::MutexLock lock(&mutex_);
    if (stopping_) {
      close(fd);
      return;
    }
    fds_.push_back(fd);
    threads_.emplace_back([this, fd] {
      Connection connection(fd);
      serve_(connection);
      absl::MutexLock lock(&mutex_);
      fds_.erase(std::find(fds_.begin(), fds_.end(), fd));
      close(fd);
    });
  }
}

}  // namespace evroc
