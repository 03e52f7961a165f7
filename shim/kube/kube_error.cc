#include "shim/kube/kube_error.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/http/redact_answer.h"
#include "common/http/retry_policy.h"
#include "common/status/error_details.h"
#include "common/text/cut_text.h"

namespace evroc::shim {
namespace {

constexpr size_t kMaxBody = size_t{1} << 20;
constexpr size_t kMaxWords = 1024;
constexpr size_t kMaxCauses = 20;
constexpr int64_t kLongestRetrySeconds = 3600;

// Numbers may be strings in bodies that were converted from YAML.
int64_t Number(JsonView value) {
  int64_t number = value.Integer();
  if (value.is_string() && !absl::SimpleAtoi(value.String(), &number)) return 0;
  return number;
}

// The text as it may be told.
std::string Printable(const HttpResponse& answer, absl::string_view text) {
  std::string printable = CutText(RedactAnswer(answer, text), kMaxWords);
  for (char& c : printable) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_iscntrl(byte)) c = ' ';
  }
  return printable;
}

// An admission policy, or a webhook, may choose any code: 401 is not about our
// token then, 404 and 409 are not about the object. By its words, since no
// other part of the answer shows it.
bool IsDenied(absl::string_view message) {
  const bool by_webhook = absl::StrContains(message, "admission webhook \"");
  const bool by_policy = absl::StrContains(message, "AdmissionPolicy '");
  return (by_webhook && absl::StrContains(message, "denied the request")) ||
         (by_policy && absl::StrContains(message, "denied request"));
}

// Whether a webhook that has to be asked can't be called.
bool IsUndecided(int http, absl::string_view message) {
  return http >= 500 && absl::StrContains(message, "failed calling webhook");
}

absl::StatusCode CodeOf(int http, absl::string_view reason, bool is_status) {
  switch (http) {
    case 400:
    case 413:
    case 415:
    case 422:
      return absl::StatusCode::kInvalidArgument;
    case 401:
      return absl::StatusCode::kUnauthenticated;
    case 403:
      return absl::StatusCode::kPermissionDenied;
    case 404:
      return is_status ? absl::StatusCode::kNotFound
                       : absl::StatusCode::kUnavailable;
    case 409:
      return reason == "AlreadyExists" ? absl::StatusCode::kAlreadyExists
                                       : absl::StatusCode::kAborted;
    case 410:
      return absl::StatusCode::kOutOfRange;
    case 429:
      return absl::StatusCode::kResourceExhausted;
    default:
      return http >= 500 ? absl::StatusCode::kUnavailable
                         : absl::StatusCode::kInternal;
  }
}

// The invalid fields, from the server's causes.
std::vector<FieldViolation> CausesOf(const HttpResponse& answer,
                                     JsonView status, Disclosure disclosure) {
  std::vector<FieldViolation> violations;
  const JsonView causes = status.At("details.causes");
  const size_t count = std::min(causes.size(), kMaxCauses);
  violations.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const absl::string_view description = disclosure == Disclosure::kFull
                                              ? causes[i]["message"].String()
                                              : causes[i]["reason"].String();
    violations.push_back({Printable(answer, causes[i]["field"].String()),
                          Printable(answer, description)});
  }
  return violations;
}

absl::Status ErrorFrom(const HttpResponse& answer, JsonView status,
                       absl::string_view action, Disclosure disclosure) {
  const int http = answer.status;
  const absl::Duration retry_after = RetryAfterOf(answer.headers);
  const std::string reason = Printable(answer, status["reason"].String());
  const bool is_status = status["status"].exists() || !reason.empty();
  const absl::string_view told = status["message"].String();
  std::string message =
      absl::StrCat(action, ": the Kubernetes API answered HTTP ", http);
  if (!reason.empty()) absl::StrAppend(&message, " ", reason);
  if (disclosure == Disclosure::kFull) {
    const std::string words = Printable(answer, told);
    if (!words.empty()) absl::StrAppend(&message, ": ", words);
  }
  ErrorDetails details{
      .reason = http == 429 ? std::string(kThrottled) : std::string(),
      .metadata = {{"http_status", absl::StrCat(http)},
                   {"kube_reason", reason}},
      .field_violations = CausesOf(answer, status, disclosure),
      .retry_after = retry_after};
  const int64_t seconds = Number(status.At("details.retryAfterSeconds"));
  if (seconds > 0 && retry_after == absl::ZeroDuration()) {
    details.retry_after =
        absl::Seconds(std::min(seconds, kLongestRetrySeconds));
  }
  if (IsUndecided(http, told)) details.metadata["kube_undecided"] = "webhook";
  absl::StatusCode code = CodeOf(http, reason, is_status);
  if (IsDenied(told) && code != absl::StatusCode::kInvalidArgument) {
    code = absl::StatusCode::kPermissionDenied;
  }
  return MakeError(code, message, details);
}

}  // namespace

absl::Status KubeErrorOf(const HttpResponse& response, absl::string_view action,
                         Disclosure disclosure) {
  const absl::StatusOr<Json> body = Json::Parse(response.body, kMaxBody);
  JsonView status = body.ok() ? body->view() : JsonView();
  if (status["ErrStatus"].is_object()) status = status["ErrStatus"];
  return ErrorFrom(response, status, action, disclosure);
}

absl::Status KubeErrorOfStatus(JsonView status, absl::string_view action,
                               Disclosure disclosure) {
  if (status["ErrStatus"].is_object()) status = status["ErrStatus"];
  const int64_t code = Number(status["code"]);
  const bool is_code = code >= 300 && code < 600;
  return ErrorFrom({.status = is_code ? static_cast<int>(code) : 500}, status,
                   action, disclosure);
}

}  // namespace evroc::shim
