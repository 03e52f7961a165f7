// Fuzzes the kubeconfig of a workload cluster, up to the requests that are made
// with it.

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "common/http/request_check.h"
#include "common/http/url.h"
#include "shim/kube/kube_config.h"
#include "shim/kube/kube_request.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto config =
      evroc::shim::ParseKubeConfig({reinterpret_cast<const char*>(data), size});
  if (!config.ok()) return 0;
  if (!evroc::ParseUrl(config->server).ok()) __builtin_trap();
  evroc::HttpRequest request = evroc::shim::MakeKubeRequest(
      "GET", config->server, {.type = evroc::shim::kClusterType, .key = {}},
      {});
  if (const auto* token = std::get_if<evroc::StaticToken>(&config->user)) {
    request.url = "https://host/";
    request.headers.emplace_back("Authorization", "Bearer " + token->token);
    if (!evroc::CheckRequest(request).ok()) __builtin_trap();
  }
  return 0;
}
