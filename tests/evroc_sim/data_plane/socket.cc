#include "tests/evroc_sim/data_plane/socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace evroc::sim {
namespace {

sockaddr_in AddressOf(const std::string& address, int port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(static_cast<uint16_t>(port));
  inet_pton(AF_INET, address.c_str(), &result.sin_addr);
  return result;
}

Socket NewSocket() {
  Socket result(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  setsockopt(result.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return result;
}

}  // namespace

Socket::~Socket() {
  if (fd_ >= 0) close(fd_);
}

void Socket::ResetOnClose() const {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

int Socket::ConnectError() const {
  int error = 0;
  socklen_t size = sizeof(error);
  getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

Socket ListenOn(const std::string& address, int port) {
  Socket result = NewSocket();
  const int on = 1;
  setsockopt(result.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const sockaddr_in where = AddressOf(address, port);
  if (bind(result.fd(), reinterpret_cast<const sockaddr*>(&where),
           sizeof(where)) != 0 ||
      listen(result.fd(), SOMAXCONN) != 0) {
    return {};
  }
  return result;
}

Socket AcceptFrom(const Socket& listener) {
  Socket result(
      accept4(listener.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  const int on = 1;
  setsockopt(result.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return result;
}

Socket ConnectTo(const std::string& address, int port) {
  Socket result = NewSocket();
  const sockaddr_in where = AddressOf(address, port);
  if (connect(result.fd(), reinterpret_cast<const sockaddr*>(&where),
              sizeof(where)) != 0 &&
      errno != EINPROGRESS) {
    return {};
  }
  return result;
}

}  // namespace evroc::sim
