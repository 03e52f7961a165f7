// A plain HTTP server of a few pages that programs read: GET and HEAD, no
// files. Thread-safe.

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
  // Called on threads of the server's, several at a time. `query` is what
  // follows the "?".
  using Handler = std::function<Page(absl::string_view query)>;

  // Serves each path, "/metrics", at `address` until it is destroyed: HOST:PORT
  // or :PORT for all addresses; port 0 is any. INVALID_ARGUMENT for another
  // form, UNAVAILABLE where it can't listen.
  static absl::StatusOr<std::unique_ptr<HttpEndpoint>> Listen(
      absl::string_view address, std::map<std::string, Handler> pages);

  // Waits for handlers to return.
  ~HttpEndpoint();

  // Where it listens, with the port that it got.
  const std::string& address() const { return address_; }

 private:
  explicit HttpEndpoint(std::map<std::string, Handler> pages)
      : pages_(std::move(pages)) {}

  // Whether it can listen at `ports`, as civetweb calls it.
  bool Start(const std::string& ports);
  static int OnRequest(mg_connection* connection, void* self);
  Page Answer(absl::string_view method, const std::string& path,
              absl::string_view query) const;

  const std::map<std::string, Handler> pages_;
  std::string address_;
  // Where it is reached from here.
  std::string knock_host_ = "127.0.0.1";
  int port_ = 0;
  mg_context* context_ = nullptr;
};

}  // namespace evroc

#endif  // COMMON_SERVER_HTTP_ENDPOINT_H_
