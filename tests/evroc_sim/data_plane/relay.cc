#include "tests/evroc_sim/data_plane/relay.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>

namespace evroc::sim {
namespace {

constexpr size_t kBufferBytes = size_t{64} << 10;

bool WouldBlock() { return errno == EAGAIN || errno == EINTR; }

}  // namespace

void Relay::AddPolls(std::vector<pollfd>& polls) const {
  const auto events = [this](const Stream& in, const Stream& out) {
    int16_t wanted = 0;
    if (connected_ && !in.source_ended && in.buffer.size() < kBufferBytes) {
      wanted |= POLLIN;
    }
    if (!out.buffer.empty()) wanted |= POLLOUT;
    return wanted;
  };
  polls.push_back({client_.fd(), events(up_, down_), 0});
  const int16_t connecting = connected_ ? 0 : POLLOUT;
  polls.push_back({backend_.fd(),
                   static_cast<int16_t>(events(down_, up_) | connecting), 0});
}

bool Relay::Pump(const pollfd* polls) {
  if (!connected_) {
    if ((polls[1].revents & (POLLOUT | POLLERR | POLLHUP)) == 0) return true;
    if (backend_.ConnectError() != 0) {
      client_.ResetOnClose();
      return false;
    }
    connected_ = true;
    return true;
  }
  constexpr int16_t kInput = POLLIN | POLLHUP | POLLERR;
  return Move(client_, backend_, up_, (polls[0].revents & kInput) != 0) &&
         Move(backend_, client_, down_, (polls[1].revents & kInput) != 0) &&
         !(up_.end_passed_on && down_.end_passed_on);
}

bool Relay::Move(const Socket& from, const Socket& to, Stream& stream,
                 bool readable) {
  if (readable && !stream.source_ended && stream.buffer.size() < kBufferBytes) {
    std::array<char, kBufferBytes> bytes;
    const ssize_t got = recv(from.fd(), bytes.data(), bytes.size(), 0);
    if (got > 0) stream.buffer.append(bytes.data(), got);
    if (got == 0) stream.source_ended = true;
    if (got < 0 && !WouldBlock()) {
      to.ResetOnClose();
      return false;
    }
  }
  if (!stream.buffer.empty()) {
    const ssize_t sent =
        send(to.fd(), stream.buffer.data(), stream.buffer.size(), MSG_NOSIGNAL);
    if (sent > 0) stream.buffer.erase(0, sent);
    if (sent < 0 && !WouldBlock()) {
      from.ResetOnClose();
      return false;
    }
  }
  if (stream.source_ended && stream.buffer.empty() && !stream.end_passed_on) {
    shutdown(to.fd(), SHUT_WR);
    stream.end_passed_on = true;
  }
  return true;
}

}  // namespace evroc::sim
