// Maps answers of the cloud's API to errors, for both dialects
// (architecture.md#error-codes, evroc-api.md A.5, B.9.1). Pure functions.

#ifndef SERVICES_EVROC_HTTP_HTTP_ERROR_H_
#define SERVICES_EVROC_HTTP_HTTP_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/http/http_client.h"
#include "services/evroc/api/verb.h"

namespace evroc::cloud {

// Returns the error of an answer that is not 2xx, as Collection's methods
// document it; a 404 whose body is no JSON is not the cloud's and counts as
// UNAVAILABLE. `object` names the object of the call: "disk d". The message has
// the cloud's own text, truncated; the metadata has "http_status",
// "cloud_reason" and "object".
absl::Status ErrorOf(const HttpResponse& response, Verb verb,
                     absl::string_view object);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_HTTP_HTTP_ERROR_H_
