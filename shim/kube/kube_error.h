// Maps answers of the Kubernetes API to the errors of kube_client.h. Pure
// functions.

#ifndef SHIM_KUBE_KUBE_ERROR_H_
#define SHIM_KUBE_KUBE_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/http/http_client.h"
#include "common/json/json.h"

namespace evroc::shim {

// Whether an error may quote the server's message: that about a Secret could
// contain its data.
enum class Disclosure { kFull, kReasonOnly };

// The error of an answer that is not 2xx. `action` names the attempt: "patch
// evrocmachines ns/name". The body may be a Status, or {"ErrStatus": Status}.
// A 404 without a Status is not about the object (a proxy's page, or a resource
// that the server does not have yet): UNAVAILABLE. What an admission policy or
// a webhook denies is PERMISSION_DENIED or INVALID_ARGUMENT, whatever its code.
// ErrorDetails has the server's reason, retry_after, the fields of its causes,
// and "kube_undecided" where a webhook can't be called.
absl::Status KubeErrorOf(const HttpResponse& response, absl::string_view action,
                         Disclosure disclosure);

// The error of a Status in a watch's ERROR event.
absl::Status KubeErrorOfStatus(JsonView status, absl::string_view action,
                               Disclosure disclosure);

}  // namespace evroc::shim

#endif  // SHIM_KUBE_KUBE_ERROR_H_
