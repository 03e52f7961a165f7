// Serves a few pages over plain HTTP: GET and HEAD, no files. Thread-safe;
// handlers run on the server's own threads.

#ifndef COMMON_SERVER_HTTP_ENDPOINT_H_
#define COMMON_SERVER_HTTP_ENDPOINT_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct mg_connection;
struct mg_context;

namespace evroc {

class HttpEndpoint {
 public:
  struct Page {
    int status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
  };
  // Called on the server's threads, several at a time. `query` is the part
  // after the "?".
  using Handler = std::function<Page(absl::string_view query)>;

  // Serves each page under its path ("/metrics") until destroyed. `address` is
  // HOST:PORT, or :PORT for all addresses; port 0 is any free one.
  // INVALID_ARGUMENT for another form, UNAVAILABLE if it can't listen.
  static absl::StatusOr<std::unique_ptr<HttpEndpoint>> Listen(
      absl::string_view address, std::map<std::string, Handler> pages);

  // Stops serving; waits for handlers to return.
  ~HttpEndpoint();

  // The address that it listens on, with the actual port.
  const std::string& address() const { return address_; }

 private:
  explicit HttpEndpoint(std::map<std::string, Handler> pages)
      : pages_(std::move(pages)) {}

  // Listens on `ports`, in civetweb's syntax; false if it can't.
  bool Start(const std::string& ports);
  static int OnRequest(mg_connection* connection, void* self);
  Page Answer(absl::string_view method, const std::string& path,
              absl::string_view query) const;

  const std::map<std::string, Handler> pages_;
  std::string address_;
  // The host to connect to when stopping.
  std::string own_host_ = "127.0.0.1";
  int port_ = 0;
  mg_context* context_ = nullptr;
};

}  // namespace evroc

#endif  // COMMON_SERVER_HTTP_ENDPOINT_H_
