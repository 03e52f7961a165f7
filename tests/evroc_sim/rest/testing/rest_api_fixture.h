// The REST API of a simulated cloud, for tests: calls without a network, by
// whatever identity.

#ifndef TESTS_EVROC_SIM_REST_TESTING_REST_API_FIXTURE_H_
#define TESTS_EVROC_SIM_REST_TESTING_REST_API_FIXTURE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "tests/evroc_sim/cloud/cloud.h"
#include "tests/evroc_sim/iam/accounts.h"
#include "tests/evroc_sim/iam/token_issuer.h"
#include "tests/evroc_sim/rest/iam_api.h"
#include "tests/evroc_sim/rest/rest_api.h"

namespace evroc::sim {

class RestApiFixture : public testing::Test {
 protected:
  RestApiFixture();

  Response Call(const std::string& method, const std::string& path,
                const std::string& body = "", const std::string& selector = "");
  // The status alone.
  int StatusOf(const std::string& method, const std::string& path,
               const std::string& body = "");
  static Json BodyOf(const Response& response);

  // Makes the next calls those of this identity; at first it is one that IAM
  // does not know.
  void SignIn(const Identity& identity);
  void SignInAsServiceAccount(const std::string& project,
                              const std::string& id);

  void SetChoice(absl::string_view name, absl::string_view answer);

  FakeClock clock_;
  Cloud cloud_{{}, clock_};
  Accounts accounts_;
  TokenIssuer issuer_;
  IamApi iam_{accounts_, clock_};
  RestApi api_{cloud_, issuer_, iam_};
  std::string token_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_REST_TESTING_REST_API_FIXTURE_H_
