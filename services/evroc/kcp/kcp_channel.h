// How the Kubernetes-style API of one project is reached.

#ifndef SERVICES_EVROC_KCP_KCP_CHANNEL_H_
#define SERVICES_EVROC_KCP_KCP_CHANNEL_H_

#include <string>

#include "absl/strings/string_view.h"
#include "common/http/http_client.h"

namespace evroc::cloud {

struct KcpChannel {
  HttpClient& http;        // authorizes, limits, repeats
  HttpClient& watches;     // the same, with connections of its own
  std::string base_url;    // the workspace: "https://h/clusters/root:p"
  std::string name_space;  // "p"
};

// A kubeconfig's server with the project's workspace below it; a server that
// names a workspace already is left as it is (traps.md A6). `project` may be
// "organisation:project".
std::string KcpWorkspaceUrl(absl::string_view server,
                            absl::string_view project);

// What follows the last ":" of a project.
std::string KcpNamespace(absl::string_view project);

// The project that a server's workspace names, "organisation:project" or
// "project"; empty if it names none.
std::string KcpProjectOf(absl::string_view server);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_KCP_KCP_CHANNEL_H_
