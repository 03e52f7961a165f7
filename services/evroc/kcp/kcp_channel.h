// The connection to the Kubernetes-style API of one project.

#ifndef SERVICES_EVROC_KCP_KCP_CHANNEL_H_
#define SERVICES_EVROC_KCP_KCP_CHANNEL_H_

#include <string>

#include "absl/strings/string_view.h"
#include "common/http/http_client.h"

namespace evroc::cloud {

struct KcpChannel {
  HttpClient& http;        // authorizes, limits, retries
  HttpClient& watches;     // the same, with its own connections
  std::string base_url;    // the workspace: "https://h/clusters/root:p"
  std::string name_space;  // "p"
};

// Returns a kubeconfig's server with the project's workspace below it; a server
// that already names a workspace is unchanged (traps.md A6). `project` may be
// "organisation:project".
std::string KcpWorkspaceUrl(absl::string_view server,
                            absl::string_view project);

// Returns the part after the last ":" of a project.
std::string KcpNamespace(absl::string_view project);

// Returns the project in a server's workspace, "organisation:project" or
// "project"; empty if there is none.
std::string KcpProjectOf(absl::string_view server);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_KCP_KCP_CHANNEL_H_
