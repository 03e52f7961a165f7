#include "services/evroc/http/http_error.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/http/redact_answer.h"
#include "common/http/retry_policy.h"
#include "common/json/json.h"
#include "common/status/error_details.h"

namespace evroc::cloud {
namespace {

constexpr size_t kMaxWords = 400;
constexpr size_t kMaxBody = size_t{64} << 10;

// The error text of an answer, as the cloud wrote it.
struct Words {
  std::string reason;
  std::string text;
  bool are_of_an_api = false;  // the form of an error of either dialect
};

// The text as it may be told.
std::string Printable(const HttpResponse& response, absl::string_view text) {
  std::string printable = RedactAnswer(response, text).substr(0, kMaxWords);
  for (char& c : printable) {
    if (!absl::ascii_isprint(static_cast<unsigned char>(c))) c = ' ';
  }
  return printable;
}

Words WordsOf(const HttpResponse& response) {
  const absl::StatusOr<Json> body = Json::Parse(response.body, kMaxBody);
  if (!body.ok()) return {};
  const absl::string_view text =
      (*body)["debug"].String((*body)["message"].String());
  const absl::string_view reason = (*body)["reason"].String();
  return {
      .reason = std::string(reason),
      .text = std::string(text),
      .are_of_an_api = !reason.empty() || (*body)["kind"].String() == "Status"};
}

// What the cloud means by an answer, as far as its code leaves that open. The
// text decides between kinds of refusal, never whether something exists.
enum class Meaning { kPlain, kPermission, kRefusedRequest, kQuota };

bool IsChange(Verb verb) {
  return verb == Verb::kCreate || verb == Verb::kUpdate ||
         verb == Verb::kDelete;
}

// Admission looks at changes only (evroc-api.md B.9.1).
Meaning MeaningOf403(const Words& words, Verb verb) {
  if (!IsChange(verb)) return Meaning::kPermission;
  if (verb != Verb::kDelete &&
      absl::StrContains(words.text, "not enough quota")) {
    return Meaning::kQuota;
  }
  const bool has_own_reason =
      !words.reason.empty() && words.reason != "Forbidden";
  const bool is_admission =
      absl::StrContains(words.text, "-webhook.evroc.com") ||
      absl::StrContains(words.text, "denied the request");
  return has_own_reason || is_admission ? Meaning::kRefusedRequest
                                        : Meaning::kPermission;
}

// A POST without permission may be answered as if the collection did not exist
// (evroc-api.md B.2.7).
Meaning MeaningOf(const HttpResponse& response, const Words& words, Verb verb) {
  if (response.status == 403) return MeaningOf403(words, verb);
  if (response.status == 404 && verb == Verb::kCreate && words.are_of_an_api) {
    return Meaning::kPermission;
  }
  return Meaning::kPlain;
}

absl::StatusCode CodeOfRefusal(Verb verb) {
  return verb == Verb::kDelete ? absl::StatusCode::kFailedPrecondition
                               : absl::StatusCode::kInvalidArgument;
}

absl::StatusCode CodeOfConflict(Verb verb) {
  if (verb == Verb::kCreate) return absl::StatusCode::kAlreadyExists;
  if (verb == Verb::kDelete) return absl::StatusCode::kFailedPrecondition;
  return absl::StatusCode::kAborted;
}

absl::StatusCode CodeOfStatus(const HttpResponse& response, Verb verb,
                              const Words& words) {
  switch (response.status) {
    case 400:
    case 413:
    case 422:
      return absl::StatusCode::kInvalidArgument;
    case 401:
      return absl::StatusCode::kUnauthenticated;
    case 404:
      // What a proxy, or a cloud without its database, answers must not end a
      // deletion, nor say that a collection is not offered.
      return words.are_of_an_api ? absl::StatusCode::kNotFound
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

absl::StatusCode CodeOf(const HttpResponse& response, const Words& words,
                        Verb verb, Meaning meaning) {
  switch (meaning) {
    case Meaning::kPermission:
      return absl::StatusCode::kPermissionDenied;
    case Meaning::kRefusedRequest:
      return CodeOfRefusal(verb);
    case Meaning::kQuota:
      return absl::StatusCode::kResourceExhausted;
    case Meaning::kPlain:
      break;
  }
  return CodeOfStatus(response, verb, words);
}

// What some zones have and others lack (evroc-api.md B.9.4).
bool IsAboutZone(const Words& words) {
  return absl::StrContains(absl::AsciiStrToLower(words.text), "zone");
}

absl::string_view ReasonOf(const HttpResponse& response, const Words& words,
                           Verb verb, Meaning meaning) {
  if (response.status == 429) return kThrottled;
  if (meaning == Meaning::kQuota) return kQuotaExceeded;
  if (response.status == 409 && verb == Verb::kDelete) return kInUse;
  if (meaning == Meaning::kRefusedRequest && verb == Verb::kCreate &&
      IsAboutZone(words)) {
    return kZoneRefused;
  }
  return "CLOUD_REFUSED";
}

// What to look at, for people.
std::string Remedy(const HttpResponse& response, absl::string_view role) {
  const std::string permission =
      role.empty() ? "the permission" : absl::StrCat("the role ", role);
  if (response.status == 404) {
    return absl::StrCat(" (the project or region does not exist, or ",
                        permission, " is missing)");
  }
  return absl::StrCat(" (the call needs ", permission, ")");
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

absl::Status ErrorOf(const HttpResponse& response, const CallTarget& target) {
  const Words words = WordsOf(response);
  const Meaning meaning = MeaningOf(response, words, target.verb);
  std::string message =
      absl::StrCat(Doing(target.verb), " ", target.object,
                   ": the cloud answered HTTP ", response.status);
  const std::string reason = Printable(response, words.reason);
  const std::string text = Printable(response, words.text);
  if (!reason.empty()) absl::StrAppend(&message, " ", reason);
  if (!text.empty()) absl::StrAppend(&message, ": ", text);
  if (meaning == Meaning::kPermission) {
    absl::StrAppend(&message, Remedy(response, target.role));
  }
  return MakeError(
      CodeOf(response, words, target.verb, meaning), message,
      {.reason = std::string(ReasonOf(response, words, target.verb, meaning)),
       .metadata = {{"http_status", absl::StrCat(response.status)},
                    {"cloud_reason", reason},
                    {"object", std::string(target.object)}},
       .retry_after = RetryAfterOf(response.headers)});
}

}  // namespace evroc::cloud
