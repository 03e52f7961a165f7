// Takes out of an answer's text what its request was not to show. A pure
// function.

#ifndef COMMON_HTTP_REDACT_ANSWER_H_
#define COMMON_HTTP_REDACT_ANSWER_H_

#include <string>

#include "absl/strings/string_view.h"
#include "common/http/http_client.h"

namespace evroc {

// Returns `text`, which the answer says, with "[redacted]" in place of each
// piece of at least eight characters of a secret of the request: as it is, as
// base64, hexadecimal, JSON or a URL would have it, in any case. Words such as
// "certificate", which secrets have too, and what the request says outside of
// its secrets stay. User data that the request did not have, as in an answer to
// the read of a VM, is taken out by how it begins, by the name of its member
// and by its length. Only the first 4 KiB are returned.
std::string RedactAnswer(const HttpResponse& answer, absl::string_view text);

}  // namespace evroc

#endif  // COMMON_HTTP_REDACT_ANSWER_H_
