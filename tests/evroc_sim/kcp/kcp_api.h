// The KCP dialect (evroc-api.md part A): a Kubernetes API under
// /clusters/root:<project>, with discovery, selectors and watches over the same
// objects. Thread-safe.

#ifndef TESTS_EVROC_SIM_KCP_KCP_API_H_
#define TESTS_EVROC_SIM_KCP_KCP_API_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/evroc_sim/cloud/cloud.h"
#include "tests/evroc_sim/iam/token_issuer.h"
#include "tests/evroc_sim/kcp/kcp_kind.h"
#include "tests/evroc_sim/server/exchange.h"

namespace evroc::sim {

class KcpApi {
 public:
  // Both must outlive the API. `organisation` is the workspace of the projects.
  KcpApi(Cloud& cloud, TokenIssuer& issuer, std::string organisation)
      : cloud_(cloud),
        issuer_(issuer),
        organisation_(std::move(organisation)) {}

  // Answers a path that starts with "/clusters/".
  Response Handle(const Request& request);

 private:
  // The target of a request.
  struct Target {
    const KcpKind* kind = nullptr;
    Key key;  // without an id: the collection
  };

  Response Route(const Request& request, const Identity& identity,
                 const std::vector<std::string>& path);
  Response Resource(const Request& request, const Identity& identity,
                    const std::string& workspace,
                    const std::vector<std::string>& path);
  // The project that workspace and namespace name.
  absl::StatusOr<std::string> ProjectOf(const std::string& workspace,
                                        const std::string& name_space) const;
  Response OnCollection(const Request& request, const Target& target);
  Response OnObject(const Request& request, const Target& target);
  Response List(const Request& request, const Target& target);
  Response Watch(const Request& request, const Target& target);
  Response Create(const Request& request, const Target& target);
  Response Change(const Request& request, const Target& target);
  Response Delete(const Request& request, const Target& target);

  Cloud& cloud_;
  TokenIssuer& issuer_;
  const std::string organisation_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_KCP_KCP_API_H_
