#include "tests/evroc_sim/server/connections.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <memory>

#include "absl/strings/numbers.h"

namespace evroc::sim {
namespace {

using SocketName = int (*)(int, sockaddr*, socklen_t*);

// Returns the port of one end of a TCP connection, 0 if `fd` is none.
int PortOf(int fd, SocketName name) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (name(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  if (address.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<sockaddr_in*>(&address)->sin_port);
  }
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<sockaddr_in6*>(&address)->sin6_port);
  }
  return 0;
}

int PeerName(int fd, sockaddr* address, socklen_t* size) {
  return getpeername(fd, address, size);
}

int OwnName(int fd, sockaddr* address, socklen_t* size) {
  return getsockname(fd, address, size);
}

}  // namespace

void ShutDownConnections(int local_port, int remote_port) {
  const std::unique_ptr<DIR, int (*)(DIR*)> fds(opendir("/proc/self/fd"),
                                                closedir);
  if (fds == nullptr) return;
  while (const dirent* entry = readdir(fds.get())) {
    int fd = -1;
    if (!absl::SimpleAtoi(entry->d_name, &fd)) continue;
    const int peer = PortOf(fd, PeerName);
    if (peer == 0 || PortOf(fd, OwnName) != local_port) continue;
    if (remote_port == 0 || peer == remote_port) shutdown(fd, SHUT_RDWR);
  }
}

}  // namespace evroc::sim
