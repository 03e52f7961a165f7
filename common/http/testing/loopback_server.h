// A raw HTTP/1.1 server on loopback for tests of clients: the test controls
// each byte of the answers, and when they are sent. Thread-safe.

#ifndef COMMON_HTTP_TESTING_LOOPBACK_SERVER_H_
#define COMMON_HTTP_TESTING_LOOPBACK_SERVER_H_

#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace evroc {

class LoopbackServer {
 public:
  // One accepted connection, used by the thread that serves it.
  class Connection {
   public:
    explicit Connection(int fd) : fd_(fd) {}

    // Reads the next request, head and body; nullopt when the client has
    // closed.
    std::optional<std::string> ReadRequest();
    // Reads the next bytes, at most a few kB; empty when the client has closed.
    std::string ReadSome();
    // Returns false when the client has closed.
    bool Write(absl::string_view bytes);
    // Blocks until the client closes.
    void AwaitClose();

   private:
    bool Fill();

    const int fd_;
    std::string buffer_;
  };

  // `serve` runs on its own thread for each connection, which is closed when it
  // returns. Listens on any port of `address`.
  explicit LoopbackServer(std::function<void(Connection&)> serve,
                          const std::string& address = "127.0.0.1");
  // Cuts all connections and joins their threads.
  ~LoopbackServer();

  // "http://127.0.0.1:PORT".
  const std::string& url() const { return url_; }
  int port() const { return port_; }
  // The number of connections accepted so far.
  int connections() const;
  // The number of those that are open.
  int open_connections() const;

  // "HTTP/1.1 200 OK" with that body; the connection is kept open.
  static std::string Ok(absl::string_view body);

 private:
  void Accept();

  const std::function<void(Connection&)> serve_;
  int listener_ = -1;
  int port_ = 0;
  std::string url_;

  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<int> fds_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);

  std::thread acceptor_;
};

}  // namespace evroc

#endif  // COMMON_HTTP_TESTING_LOOPBACK_SERVER_H_
