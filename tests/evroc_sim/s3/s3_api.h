// The S3 endpoint of the simulated cloud: PUT, GET, HEAD and DELETE of objects
// at /<bucket>/<key>, signed with AWS Signature Version 4 (evroc-api.md B.11).
// Thread-safe.

#ifndef TESTS_EVROC_SIM_S3_S3_API_H_
#define TESTS_EVROC_SIM_S3_S3_API_H_

#include "tests/evroc_sim/cloud/cloud.h"
#include "tests/evroc_sim/server/exchange.h"

namespace evroc::sim {

class S3Api {
 public:
  // `cloud` must outlive the API.
  explicit S3Api(Cloud& cloud) : cloud_(cloud) {}

  Response Handle(const Request& request);

 private:
  absl::StatusOr<Response> Answer(const Request& request);
  absl::StatusOr<Response> Put(const Request& request, const Object& bucket,
                               const BucketContents::Address& address);
  absl::StatusOr<Response> Get(const Request& request,
                               const BucketContents::Address& address) const;
  absl::StatusOr<Response> Delete(const Request& request, const Object& bucket,
                                  const BucketContents::Address& address);

  Cloud& cloud_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_S3_S3_API_H_
