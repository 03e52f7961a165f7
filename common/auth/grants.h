// Sources of a bearer token that need no issuer. Values; secret members are
// never printed.

#ifndef COMMON_AUTH_GRANTS_H_
#define COMMON_AUTH_GRANTS_H_

#include <map>
#include <string>
#include <vector>

namespace evroc {

// A fixed token; it is useless once expired.
struct StaticToken {
  std::string token;  // secret
  friend bool operator==(const StaticToken&, const StaticToken&) = default;
};
// A file that holds a token; it is read again from time to time, since it may
// be rotated.
struct TokenFile {
  std::string path;
  friend bool operator==(const TokenFile&, const TokenFile&) = default;
};
// A command that prints an ExecCredential of client.authentication.k8s.io.
struct ExecPlugin {
  std::string command;
  std::vector<std::string> args;
  std::map<std::string, std::string> env;
  std::string api_version;
  std::string cluster_info;  // JSON for KUBERNETES_EXEC_INFO; may be empty
  friend bool operator==(const ExecPlugin&, const ExecPlugin&) = default;
};
// No token: a client certificate authenticates the caller, or nothing does.
struct NoToken {
  friend bool operator==(const NoToken&, const NoToken&) = default;
};

}  // namespace evroc

#endif  // COMMON_AUTH_GRANTS_H_
