// The REST dialect (evroc-api.md part B): authenticates and authorises requests
// and routes each path to its API. Thread-safe.

#ifndef TESTS_EVROC_SIM_REST_REST_API_H_
#define TESTS_EVROC_SIM_REST_REST_API_H_

#include <string>
#include <vector>

#include "tests/evroc_sim/iam/token_issuer.h"
#include "tests/evroc_sim/rest/catalogue_api.h"
#include "tests/evroc_sim/rest/collection_api.h"
#include "tests/evroc_sim/rest/iam_api.h"
#include "tests/evroc_sim/rest/quota_api.h"
#include "tests/evroc_sim/server/exchange.h"

namespace evroc::sim {

class RestApi {
 public:
  // All must outlive the API.
  RestApi(Cloud& cloud, TokenIssuer& issuer, IamApi& iam)
      : cloud_(cloud),
        issuer_(issuer),
        iam_(iam),
        collections_(cloud),
        catalogue_(cloud),
        quotas_(cloud) {}

  Response Handle(const Request& request);

 private:
  // Answers an authenticated request; 403 or 404 if the caller may not make it.
  Response AnswerIfAllowed(const Request& request, const Identity& identity);
  Response Route(const Request& request, const Identity& identity,
                 const std::vector<std::string>& path,
                 const Settings& settings);

  Cloud& cloud_;
  TokenIssuer& issuer_;
  IamApi& iam_;
  CollectionApi collections_;
  CatalogueApi catalogue_;
  QuotaApi quotas_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_REST_REST_API_H_
