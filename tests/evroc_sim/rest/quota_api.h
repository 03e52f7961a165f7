// The quotas of the REST API (evroc-api.md B.9.6): limits, and what is used of
// them. Read-only. Thread-safe.

#ifndef TESTS_EVROC_SIM_REST_QUOTA_API_H_
#define TESTS_EVROC_SIM_REST_QUOTA_API_H_

#include <string>
#include <vector>

#include "tests/evroc_sim/cloud/cloud.h"
#include "tests/evroc_sim/server/exchange.h"

namespace evroc::sim {

class QuotaApi {
 public:
  // `cloud` must outlive the API.
  explicit QuotaApi(const Cloud& cloud) : cloud_(cloud) {}

  // Answers /quotas/v1alpha2/{organizations|projects}/{id}/regions/{region}/…
  Response Handle(const Request& request,
                  const std::vector<std::string>& path) const;

 private:
  const Cloud& cloud_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_REST_QUOTA_API_H_
