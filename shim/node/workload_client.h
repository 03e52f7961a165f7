// The client of a workload cluster, from the kubeconfig that its control-plane
// provider wrote.

#ifndef SHIM_NODE_WORKLOAD_CLIENT_H_
#define SHIM_NODE_WORKLOAD_CLIENT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/http/curl_loop.h"
#include "common/time/clock.h"
#include "shim/kube/kube_client.h"

namespace evroc::shim {

// A client with few connections, of its own, that leaves repeats to its caller.
// `loop` drives the connections of all workload clusters. INVALID_ARGUMENT,
// never quoting the bytes, if they are no kubeconfig, name files or commands,
// or would have the credentials sent to somebody who has not shown a
// certificate. `clock` must outlive the client. No call is made yet.
absl::StatusOr<std::unique_ptr<KubeClient>> MakeWorkloadClient(
    absl::string_view kubeconfig, std::shared_ptr<CurlLoop> loop, Clock& clock);

}  // namespace evroc::shim

#endif  // SHIM_NODE_WORKLOAD_CLIENT_H_
