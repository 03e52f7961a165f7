#include "common/http/testing/fake_http_client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/http/request_check.h"

namespace evroc {

void FakeHttpClient::Expect(std::string method, std::string url,
                            absl::StatusOr<HttpResponse> answer) {
  absl::MutexLock lock(&mutex_);
  script_.push_back({std::move(method), std::move(url), std::move(answer)});
}

absl::StatusOr<HttpResponse> FakeHttpClient::Send(
    const CallContext& /*context*/, const HttpRequest& request,
    const BodySink& sink) {
  if (absl::Status checked = CheckRequest(request); !checked.ok()) {
    return checked;
  }
  absl::StatusOr<HttpResponse> answer;
  {
    absl::MutexLock lock(&mutex_);
    requests_.push_back(request);
    if (script_.empty() || script_.front().method != request.method ||
        script_.front().url != request.url) {
      failures_.push_back(
          absl::StrCat("unexpected ", request.method, " ", request.url));
      return absl::InternalError(failures_.back());
    }
    answer = std::move(script_.front().answer);
    script_.pop_front();
  }
  if (sink != nullptr && answer.ok() && answer->status / 100 == 2) {
    absl::Status status = sink(std::exchange(answer->body, {}));
    if (!status.ok()) return status;
  }
  return answer;
}

std::vector<HttpRequest> FakeHttpClient::requests() const {
  absl::MutexLock lock(&mutex_);
  return requests_;
}

std::vector<std::string> FakeHttpClient::Failures() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> failures = failures_;
  for (const Expectation& expectation : script_) {
    failures.push_back(
        absl::StrCat("never sent: ", expectation.method, " ", expectation.url));
  }
  return failures;
}

}  // namespace evroc
