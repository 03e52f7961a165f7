// A cloud for the contract tests: the fakes, or evroc-sim over a socket with
// one of its credentials.

#ifndef TESTS_CONTRACT_CLOUD_API_TEST_CLOUD_H_
#define TESTS_CONTRACT_CLOUD_API_TEST_CLOUD_H_

#include <memory>
#include <string>

#include "services/evroc/api/compute_api.h"
#include "services/evroc/api/network_api.h"
#include "services/evroc/testing/fake_network_api.h"

namespace evroc::cloud {

class TestCloud {
 public:
  virtual ~TestCloud() = default;

  virtual NetworkApi& network() = 0;
  virtual ComputeApi& compute() = 0;

  // Completes all pending changes: objects become ready, deletions end.
  virtual void Settle() = 0;
};

std::unique_ptr<TestCloud> MakeFakeCloud(FakeDialect dialect);

// `credential` is one of the simulator's files, `settings` a patch of its
// settings, as JSON.
std::unique_ptr<TestCloud> MakeSimulatedCloud(const std::string& credential,
                                              const std::string& settings);

}  // namespace evroc::cloud

#endif  // TESTS_CONTRACT_CLOUD_API_TEST_CLOUD_H_
