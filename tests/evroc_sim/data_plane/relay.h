// One forwarded connection: bytes from each side are sent to the other, through
// a bounded buffer for each direction.
//
// Not thread-safe: the data plane's thread owns it.

#ifndef TESTS_EVROC_SIM_DATA_PLANE_RELAY_H_
#define TESTS_EVROC_SIM_DATA_PLANE_RELAY_H_

#include <poll.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/evroc_sim/data_plane/socket.h"

namespace evroc::sim {

class Relay {
 public:
  // `backend` may still be connecting.
  Relay(Socket client, Socket backend)
      : client_(std::move(client)), backend_(std::move(backend)) {}

  // Appends two poll entries.
  void AddPolls(std::vector<pollfd>& polls) const;
  // Moves bytes, given the two entries after poll(). Returns false when the
  // connection is over.
  bool Pump(const pollfd* polls);

 private:
  // One direction.
  struct Stream {
    std::string buffer;
    bool source_ended = false;
    bool end_passed_on = false;
  };

  static bool Move(const Socket& from, const Socket& to, Stream& stream,
                   bool readable);

  Socket client_;
  Socket backend_;
  bool connected_ = false;
  Stream up_;    // client to backend
  Stream down_;  // backend to client
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_DATA_PLANE_RELAY_H_
