// A file descriptor that its owner closes, and the operations on non-blocking
// TCP sockets that the data plane needs.

#ifndef TESTS_EVROC_SIM_DATA_PLANE_SOCKET_H_
#define TESTS_EVROC_SIM_DATA_PLANE_SOCKET_H_

#include <string>
#include <utility>

namespace evroc::sim {

class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket();

  bool valid() const { return fd_ >= 0; }
  int fd() const { return fd_; }

  // Makes closing send a reset instead of an orderly end.
  void ResetOnClose() const;
  // The error of a connect that has ended; 0 if it has succeeded.
  int ConnectError() const;

 private:
  int fd_ = -1;
};

// All non-blocking, invalid on failure. Connect may still be in progress.
Socket ListenOn(const std::string& address, int port);
Socket AcceptFrom(const Socket& listener);
Socket ConnectTo(const std::string& address, int port);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_DATA_PLANE_SOCKET_H_
