#include "services/evroc/kcp/kcp_channel.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "common/http/url.h"

namespace evroc::cloud {
namespace {

constexpr absl::string_view kClusters = "/clusters/";

absl::string_view WithoutSlashes(absl::string_view text) {
  while (absl::ConsumeSuffix(&text, "/")) {
  }
  return text;
}

}  // namespace

std::string KcpWorkspaceUrl(absl::string_view server,
                            absl::string_view project) {
  server = WithoutSlashes(server);
  if (absl::StrContains(server, kClusters)) return std::string(server);
  // The colons of a workspace path are sent unescaped (A.1).
  const std::string workspace =
      absl::StrReplaceAll(EscapeUrlComponent(project), {{"%3A", ":"}});
  return JoinUrl(server, absl::StrCat(kClusters, "root:", workspace));
}

std::string KcpNamespace(absl::string_view project) {
  return std::string(project.substr(project.rfind(':') + 1));
}

std::string KcpProjectOf(absl::string_view server) {
  server = WithoutSlashes(server);
  const size_t at = server.find(kClusters);
  if (at == server.npos) return "";
  absl::string_view workspace = server.substr(at + kClusters.size());
  workspace = workspace.substr(0, workspace.find('/'));
  absl::ConsumePrefix(&workspace, "root:");
  return std::string(workspace);
}

}  // namespace evroc::cloud
