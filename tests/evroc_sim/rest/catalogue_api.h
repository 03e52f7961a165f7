// The catalogues of the REST API (evroc-api.md B.5.7), read-only. Thread-safe.

#ifndef TESTS_EVROC_SIM_REST_CATALOGUE_API_H_
#define TESTS_EVROC_SIM_REST_CATALOGUE_API_H_

#include <string>
#include <vector>

#include "tests/evroc_sim/cloud/cloud.h"
#include "tests/evroc_sim/server/exchange.h"

namespace evroc::sim {

class CatalogueApi {
 public:
  // `cloud` must outlive the API.
  explicit CatalogueApi(const Cloud& cloud) : cloud_(cloud) {}

  // Answers /compute/v1beta2/global/{computeProfiles|diskImages/evroc}[/{id}].
  Response Catalogue(const Request& request,
                     const std::vector<std::string>& path) const;

 private:
  const Cloud& cloud_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_REST_CATALOGUE_API_H_
