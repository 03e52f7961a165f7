#include "services/evroc/http/http_error.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/http/retry_policy.h"
#include "common/json/json.h"
#include "common/status/error_details.h"

namespace evroc::cloud {
namespace {

constexpr size_t kMaxWords = 400;
constexpr size_t kMaxBody = size_t{64} << 10;

// The error text of an answer.
struct Words {
  std::string reason;
  std::string text;
  bool are_the_clouds = true;  // else a proxy's page, say
};

std::string Printable(absl::string_view text) {
  std::string printable(text.substr(0, kMaxWords));
  for (char& c : printable) {
    if (!absl::ascii_isprint(static_cast<unsigned char>(c))) c = ' ';
  }
  return printable;
}

Words WordsOf(const HttpResponse& response) {
  const absl::StatusOr<Json> body = Json::Parse(response.body, kMaxBody);
  if (!body.ok()) return {.are_the_clouds = response.body.empty()};
  const absl::string_view text =
      (*body)["debug"].String((*body)["message"].String());
  return {Printable((*body)["reason"].String()), Printable(text)};
}

absl::StatusCode CodeOfConflict(Verb verb) {
  if (verb == Verb::kCreate) return absl::StatusCode::kAlreadyExists;
  if (verb == Verb::kDelete) return absl::StatusCode::kFailedPrecondition;
  return absl::StatusCode::kAborted;
}

absl::StatusCode CodeOf(const HttpResponse& response, Verb verb, bool is_quota,
                        bool is_the_clouds) {
  switch (response.status) {
    case 400:
    case 413:
    case 422:
      return absl::StatusCode::kInvalidArgument;
    case 401:
      return absl::StatusCode::kUnauthenticated;
    case 403:
      return is_quota ? absl::StatusCode::kResourceExhausted
                      : absl::StatusCode::kPermissionDenied;
    case 404:
      // Only the cloud can report that something does not exist; a proxy can't.
      return is_the_clouds ? absl::StatusCode::kNotFound
                           : absl::StatusCode::kUnavailable;
    case 405:
      return absl::StatusCode::kUnimplemented;
    case 409:
      return CodeOfConflict(verb);
    case 410:
      return absl::StatusCode::kOutOfRange;
    case 429:
      return absl::StatusCode::kResourceExhausted;
    default:
      return response.status >= 500 ? absl::StatusCode::kUnavailable
                                    : absl::StatusCode::kInternal;
  }
}

absl::string_view ReasonOf(const HttpResponse& response, Verb verb,
                           bool is_quota) {
  if (response.status == 429) return kThrottled;
  if (is_quota) return kQuotaExceeded;
  if (response.status == 409 && verb == Verb::kDelete) return kInUse;
  return "CLOUD_REFUSED";
}

absl::string_view Doing(Verb verb) {
  switch (verb) {
    case Verb::kGet:
      return "reading";
    case Verb::kList:
      return "listing";
    case Verb::kCreate:
      return "creating";
    case Verb::kUpdate:
      return "changing";
    case Verb::kDelete:
      return "deleting";
    case Verb::kWatch:
      return "watching";
  }
  return "calling";
}

}  // namespace

absl::Status ErrorOf(const HttpResponse& response, Verb verb,
                     absl::string_view object) {
  const Words words = WordsOf(response);
  const bool is_quota = response.status == 403 &&
                        absl::StrContains(words.text, "not enough quota");
  std::string message = absl::StrCat(
      Doing(verb), " ", object, ": the cloud answered HTTP ", response.status);
  if (!words.reason.empty()) absl::StrAppend(&message, " ", words.reason);
  if (!words.text.empty()) absl::StrAppend(&message, ": ", words.text);
  return MakeError(CodeOf(response, verb, is_quota, words.are_the_clouds),
                   message,
                   {.reason = std::string(ReasonOf(response, verb, is_quota)),
                    .metadata = {{"http_status", absl::StrCat(response.status)},
                                 {"cloud_reason", words.reason},
                                 {"object", std::string(object)}},
                    .retry_after = RetryAfterOf(response.headers)});
}

}  // namespace evroc::cloud
