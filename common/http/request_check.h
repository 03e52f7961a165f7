// Refuses requests that a server could read as something else. A pure function.

#ifndef COMMON_HTTP_REQUEST_CHECK_H_
#define COMMON_HTTP_REQUEST_CHECK_H_

#include "absl/status/status.h"
#include "common/http/http_client.h"

namespace evroc {

// INVALID_ARGUMENT, which names the part and quotes no value, unless the method
// and the headers' names are tokens, the headers' values have no control
// characters but tabs (RFC 9110, section 5.5), and the URL is visible ASCII and
// has no segment, such as "..", that leads elsewhere. Whatever the parts of a
// request were made of, it is one request to where it says.
absl::Status CheckRequest(const HttpRequest& request);

}  // namespace evroc

#endif  // COMMON_HTTP_REQUEST_CHECK_H_
