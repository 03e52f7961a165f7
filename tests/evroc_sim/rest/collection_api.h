// The regional collections of the REST API: GET, LIST, POST, PATCH and DELETE
// under /{service}/{version}/projects/{project}/regions/{region}/{collection}
// (evroc-api.md B.1). Thread-safe.

#ifndef TESTS_EVROC_SIM_REST_COLLECTION_API_H_
#define TESTS_EVROC_SIM_REST_COLLECTION_API_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/evroc_sim/cloud/cloud.h"
#include "tests/evroc_sim/server/exchange.h"

namespace evroc::sim {

class CollectionApi {
 public:
  // `cloud` must outlive the API.
  explicit CollectionApi(Cloud& cloud) : cloud_(cloud) {}

  // Answers a path of 7 or 8 segments whose third is "projects" and whose fifth
  // is "regions".
  // The caller may do what it asks for.
  Response Handle(const Request& request, const std::vector<std::string>& path);

 private:
  Response OnCollection(const Request& request, const KindInfo& info,
                        const Key& key);
  Response OnObject(const Request& request, const KindInfo& info,
                    const Key& key);
  Response List(const Request& request, const Key& key);
  Response Post(const Request& request, const KindInfo& info, const Key& key);
  Response Patch(const Request& request, const KindInfo& info, const Key& key);
  Response Secret(const Request& request, const std::vector<std::string>& path);
  // "served", "forbidden" or "absent": custom images may be switched off.
  std::string ServiceOf(const KindInfo& info) const;
  std::string Show(const Object& object, const Settings& settings) const;
  Response AnswerWrite(int status, const absl::StatusOr<Written>& written);

  Cloud& cloud_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_REST_COLLECTION_API_H_
