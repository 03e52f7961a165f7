// The HTTP listener: passes each request to a handler and sends its answer,
// over plain HTTP/1.1 or TLS. One thread serves each connection. Thread-safe.

#ifndef TESTS_EVROC_SIM_SERVER_HTTP_SERVER_H_
#define TESTS_EVROC_SIM_SERVER_HTTP_SERVER_H_

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "tests/evroc_sim/server/exchange.h"

namespace httplib {
class Server;
struct Request;
struct Response;
}  // namespace httplib

namespace evroc::sim {

// The listener's address and TLS settings.
struct Listener {
  std::string host = "127.0.0.1";
  int port = 0;  // 0: any
  // PEM files; plain HTTP without them. With a client CA every client must
  // present a certificate.
  std::string tls_certificate;
  std::string tls_key;
  std::string client_ca;
};

// Faults in the delivery of an answer.
struct Delivery {
  Response response;
  // Close the connection without sending any byte.
  bool lost = false;
  // Close the connection after this many bytes of the body; negative: never.
  int64_t cut_after = -1;
  // Pause before the answer, and before each KiB of its body.
  absl::Duration delay;
  absl::Duration pause_per_kib;
};

class HttpServer {
 public:
  using Handler = std::function<Delivery(const Request&)>;

  // Listens and starts serving. UNAVAILABLE if it can't.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(
      const Listener& listener, Handler handler);
  // Cuts all connections and joins their threads.
  ~HttpServer();

  // "127.0.0.1:8080".
  const std::string& address() const { return address_; }
  // "http://127.0.0.1:8080".
  const std::string& url() const { return url_; }

 private:
  HttpServer(const Listener& listener, Handler handler);
  absl::Status Listen(const Listener& listener);
  void Serve(const httplib::Request& request, httplib::Response& response);

  const bool has_client_ca_;
  const Handler handler_;
  std::unique_ptr<httplib::Server> server_;
  std::string address_;
  std::string url_;
  std::stop_source stop_;
  std::thread thread_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_SERVER_HTTP_SERVER_H_
