// The HTTP interface of the code: one request, one response.
//
// CurlHttpClient is the real implementation, FakeHttpClient the one for tests;
// decorators (retry, bearer token, rate limit, log, metrics) wrap any of them.
// Every implementation is thread-safe.

#ifndef COMMON_HTTP_HTTP_CLIENT_H_
#define COMMON_HTTP_HTTP_CLIENT_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/time/call_context.h"

namespace evroc {

// In the order sent or received. Names are case-insensitive.
using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;  // "GET", "POST", …
  std::string url;     // absolute, already escaped
  HttpHeaders headers;
  std::string body;
  // The path with its variable parts as names, e.g.
  // "/compute/v1beta2/projects/{project}/regions/{region}/disks/{id}": used by
  // logs, metrics and per-route policies.
  std::string route;
  // Whether it may be sent again when its outcome is unknown: a repeat has no
  // further effect, or its answer tells it apart.
  bool repeatable = false;
  // A streamed answer of which nothing more comes for so long ends with
  // DEADLINE_EXCEEDED: its server may be gone without a word.
  absl::Duration max_silence = absl::InfiniteDuration();
  // Texts in the body that nobody may be told, such as user data, as they were
  // before they were encoded.
  std::vector<std::string> secrets;
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;
  std::string body;  // empty where a BodySink took it
  // Of an answer that is not 2xx, for RedactAnswer: the secrets of its request,
  // the bearer token among them, and what the request says beside them.
  std::vector<std::string> secrets;
  std::string shown;
};

// Whether an answer's status is 2xx.
constexpr bool IsSuccess(int status) { return status >= 200 && status < 300; }
inline bool IsSuccess(const HttpResponse& response) {
  return IsSuccess(response.status);
}

// Returns the value of the first header of that name, empty if there is none.
// Valid as long as `headers`.
absl::string_view FindHeader(const HttpHeaders& headers,
                             absl::string_view name);

// Receives each piece of a 2xx answer's body as it arrives, on the thread that
// called Send. An error ends the call with that error.
using BodySink = std::function<absl::Status(absl::string_view)>;

class HttpClient {
 public:
  virtual ~HttpClient() = default;

  // Sends `request` and waits for the whole answer. Any HTTP status is an
  // answer, not an error. With a `sink`, the body of a 2xx answer is passed to
  // it piece by piece (other bodies are in the response).
  //
  // Errors: UNAVAILABLE (no connection, connection lost, TLS failure; the
  // message says which), DEADLINE_EXCEEDED, CANCELLED, RESOURCE_EXHAUSTED (the
  // body exceeds the client's limit), INVALID_ARGUMENT (CheckRequest refuses
  // it). A repeat is as safe as the method is.
  virtual absl::StatusOr<HttpResponse> Send(const CallContext& context,
                                            const HttpRequest& request,
                                            const BodySink& sink) = 0;

  absl::StatusOr<HttpResponse> Send(const CallContext& context,
                                    const HttpRequest& request) {
    return Send(context, request, nullptr);
  }
};

}  // namespace evroc

#endif  // COMMON_HTTP_HTTP_CLIENT_H_
