// Calls that return a JSON object or a list of them, for both dialects.
// Thread-safe.

#ifndef SERVICES_EVROC_HTTP_JSON_CALLS_H_
#define SERVICES_EVROC_HTTP_JSON_CALLS_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/http/http_client.h"
#include "common/json/json.h"
#include "services/evroc/http/http_error.h"

namespace evroc::cloud {

// The member that lists always drop: it is large and secret.
inline constexpr absl::string_view kUserDataKey = "cloudInitUserData";

// Sends `request` and parses the answer. Errors of ErrorOf, and INTERNAL for an
// answer that is no JSON object.
absl::StatusOr<Json> CallForObject(HttpClient& http, const CallContext& context,
                                   const HttpRequest& request,
                                   const CallTarget& target);

// Sends a list request and passes on each element as it arrives, without user
// data. A truncated list is read again: `restart` is called before each
// attempt, and discards the elements so far. Returns the document without its
// elements.
absl::StatusOr<Json> CallForList(
    HttpClient& http, const CallContext& context, const HttpRequest& request,
    const CallTarget& target, const std::function<void()>& restart,
    const std::function<absl::Status(const Json& element)>& visit);

// INTERNAL: the answer about `object` is invalid, and why.
absl::Status SenselessAnswer(const absl::Status& why, absl::string_view object);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_HTTP_JSON_CALLS_H_
