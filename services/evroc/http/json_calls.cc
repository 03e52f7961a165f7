#include "services/evroc/http/json_calls.h"

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"

namespace evroc::cloud {
namespace {

constexpr int kListAttempts = 3;

absl::StatusOr<Json> ListOnce(HttpClient& http, const CallContext& context,
                              const HttpRequest& request,
                              const CallTarget& target,
                              const ListReader& reader, bool* body_seen) {
  JsonListStream stream(kUserDataKey, reader.visit);
  absl::Status malformed;
  const auto feed = [&](absl::string_view piece) {
    *body_seen = true;
    malformed = stream.Feed(piece);
    return malformed;
  };
  const absl::StatusOr<HttpResponse> response =
      http.Send(context, request, feed);
  if (!malformed.ok()) return SenselessAnswer(malformed, target.object);
  EVROC_RETURN_IF_ERROR(response.status());
  if (!IsSuccess(*response)) return ErrorOf(*response, target);
  absl::StatusOr<Json> frame = stream.Finish(reader.form);
  if (!frame.ok()) return SenselessAnswer(frame.status(), target.object);
  return frame;
}

}  // namespace

absl::Status SenselessAnswer(const absl::Status& why,
                             absl::string_view object) {
  return absl::InternalError(absl::StrCat("the cloud's answer about ", object,
                                          " makes no sense: ", why.message()));
}

absl::Status CheckAnswered(absl::string_view asked,
                           absl::string_view answered) {
  if (asked == answered) return absl::OkStatus();
  return absl::InternalError("it is about another object");
}

absl::StatusOr<Json> CallForObject(HttpClient& http, const CallContext& context,
                                   const HttpRequest& request,
                                   const CallTarget& target) {
  EVROC_ASSIGN_OR_RETURN(const HttpResponse response,
                         http.Send(context, request));
  if (!IsSuccess(response)) return ErrorOf(response, target);
  absl::StatusOr<Json> body = Json::Parse(response.body);
  if (!body.ok()) return SenselessAnswer(body.status(), target.object);
  if (!body->view().is_object()) {
    return SenselessAnswer(absl::InternalError("it is no object"),
                           target.object);
  }
  return body;
}

// The layer below can't know that a list may be read again after a part of it
// was passed on.
absl::StatusOr<Json> CallForList(HttpClient& http, const CallContext& context,
                                 const HttpRequest& request,
                                 const CallTarget& target,
                                 const ListReader& reader) {
  for (int attempt = 1;; ++attempt) {
    bool body_seen = false;
    reader.restart();
    absl::StatusOr<Json> frame =
        ListOnce(http, context, request, target, reader, &body_seen);
    if (attempt == kListAttempts || !body_seen ||
        !absl::IsUnavailable(frame.status())) {
      return frame;
    }
  }
}

}  // namespace evroc::cloud
