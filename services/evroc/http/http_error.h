// Maps answers of the cloud's API to errors, for both dialects
// (architecture.md#error-codes, evroc-api.md A.5, B.9.1). Pure functions.

#ifndef SERVICES_EVROC_HTTP_HTTP_ERROR_H_
#define SERVICES_EVROC_HTTP_HTTP_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/http/http_client.h"
#include "services/evroc/api/verb.h"

namespace evroc::cloud {

// What a call does, for its errors.
struct CallTarget {
  Verb verb = Verb::kGet;
  absl::string_view object;  // "disk d"
  // The role that the call needs (evroc-api.md B.9.8); empty: there are none.
  absl::string_view role = "";
};

// Returns the error of an answer that is not 2xx, as Collection's methods
// document it. A 404 is the cloud's only if its body is a JSON object with a
// `reason`, or of the kind Status: it is NOT_FOUND, or, to a POST,
// PERMISSION_DENIED. Any other, about an object or a collection, may be a
// proxy's and is UNAVAILABLE (ADR 27). A missing permission names the role. The
// message has the cloud's own text, truncated and without the request's
// secrets; the metadata has "http_status", "cloud_reason" and "object".
absl::Status ErrorOf(const HttpResponse& response, const CallTarget& target);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_HTTP_HTTP_ERROR_H_
