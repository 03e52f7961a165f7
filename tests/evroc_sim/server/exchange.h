// One HTTP request and its answer. Values.

#ifndef TESTS_EVROC_SIM_SERVER_EXCHANGE_H_
#define TESTS_EVROC_SIM_SERVER_EXCHANGE_H_

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/http/http_client.h"
#include "common/json/json.h"
#include "common/time/call_context.h"

namespace evroc::sim {

struct Request {
  std::string method;
  std::string path;                          // unescaped, without the query
  std::map<std::string, std::string> query;  // unescaped
  HttpHeaders headers;
  std::string body;
  // Whether the client has a certificate that --client-ca has signed.
  bool has_client_certificate = false;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  HttpHeaders headers;

  // For a watch: writes pieces with `write` until that returns false or the
  // context ends; `body` is ignored.
  using Write = std::function<bool(absl::string_view)>;
  std::function<void(const CallContext&, const Write&)> stream;

  // The route, for the statistics: "/…/disks/{id}".
  std::string route;
};

Response JsonResponse(int status, const Json& body);

// Returns the segments of a path: "/a/b" has two. Empty segments are kept, so
// that a doubled or trailing slash is an unknown route.
std::vector<std::string> SplitPath(absl::string_view path);

// Returns the query parameter or form field, empty if absent.
std::string FieldOf(const std::map<std::string, std::string>& fields,
                    const std::string& name);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_SERVER_EXCHANGE_H_
