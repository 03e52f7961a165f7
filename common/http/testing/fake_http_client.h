// A scripted HttpClient for tests. Strict: a request that the script does not
// expect next fails with INTERNAL and is recorded. Thread-safe.

#ifndef COMMON_HTTP_TESTING_FAKE_HTTP_CLIENT_H_
#define COMMON_HTTP_TESTING_FAKE_HTTP_CLIENT_H_

#include <deque>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/http/http_client.h"

namespace evroc {

class FakeHttpClient : public HttpClient {
 public:
  // Expects a request of that method and URL after those expected so far, and
  // answers it with the given response.
  void Expect(std::string method, std::string url,
              absl::StatusOr<HttpResponse> answer);

  using HttpClient::Send;
  absl::StatusOr<HttpResponse> Send(const CallContext& context,
                                    const HttpRequest& request,
                                    const BodySink& sink) override;

  // The requests sent, in order.
  std::vector<HttpRequest> requests() const;
  // Unexpected requests and unmet expectations.
  std::vector<std::string> Failures() const;

 private:
  struct Expectation {
    std::string method;
    std::string url;
    absl::StatusOr<HttpResponse> answer;
  };

  mutable absl::Mutex mutex_;
  std::deque<Expectation> script_ ABSL_GUARDED_BY(mutex_);
  std::vector<HttpRequest> requests_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> failures_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc

#endif  // COMMON_HTTP_TESTING_FAKE_HTTP_CLIENT_H_
