// Builds HTTP requests of the Kubernetes API: path, query, whether it may be
// repeated. Pure functions.

#ifndef SHIM_KUBE_KUBE_REQUEST_H_
#define SHIM_KUBE_KUBE_REQUEST_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/http/http_client.h"
#include "shim/kube/kube_client.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

// Our name in an object's managedFields (ADR 9, traps.md D9).
inline constexpr absl::string_view kFieldManager = "evroc-shim";

using Query = std::vector<std::pair<std::string, std::string>>;

// The objects of a resource, or, with a name, one of them. `name_space` is
// empty for all namespaces; `subresource` may be empty.
struct KubeTarget {
  ResourceType type;
  ObjectKey key;
  std::string subresource;
};

// A request without a body. GETs are marked as repeatable; the caller marks
// others.
HttpRequest MakeKubeRequest(absl::string_view method, absl::string_view server,
                            const KubeTarget& target, const Query& query);

// The selectors of `selection` as query parameters.
Query SelectorsOf(const Selection& selection);

// Names an attempt in errors: "patch evrocmachines/status ns/name".
std::string DescribeAction(absl::string_view verb, const KubeTarget& target);

}  // namespace evroc::shim

#endif  // SHIM_KUBE_KUBE_REQUEST_H_
