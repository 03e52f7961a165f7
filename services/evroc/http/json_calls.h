// Calls whose answer is a JSON object or a list of them, as both dialects make
// them. Thread-safe.

#ifndef SERVICES_EVROC_HTTP_JSON_CALLS_H_
#define SERVICES_EVROC_HTTP_JSON_CALLS_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/http/http_client.h"
#include "common/json/json.h"
#include "services/evroc/api/verb.h"

namespace evroc::cloud {

// The member that lists never keep: it is large and secret.
inline constexpr absl::string_view kUserDataKey = "cloudInitUserData";

// Sends `request` and parses the answer. `object` says what it is about, for
// errors, which are those of ErrorOf, and INTERNAL for an answer that is no
// JSON object.
absl::StatusOr<Json> CallForObject(HttpClient& http, const CallContext& context,
                                   Verb verb, const HttpRequest& request,
                                   absl::string_view object);

// Sends a list request and hands over each element as it arrives, user data
// left out. A list that was cut is read anew: `restart` is called before each
// attempt, and voids what was handed over. Returns the document without its
// elements.
absl::StatusOr<Json> CallForList(
    HttpClient& http, const CallContext& context, const HttpRequest& request,
    absl::string_view objects, const std::function<void()>& restart,
    const std::function<absl::Status(const Json& element)>& visit);

// INTERNAL: the answer about `object` can't be understood, and why.
absl::Status SenselessAnswer(const absl::Status& why, absl::string_view object);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_HTTP_JSON_CALLS_H_
