// Checks the contract on the fake, and, with EVROC_CONTRACT_KUBECONFIG set, on
// the real client and an API server that has our CRDs.

#include "shim/kube/testing/kube_client_contract.h"

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "shim/kube/http_kube_client.h"
#include "shim/kube/kube_config.h"
#include "shim/kube/testing/fake_kube_client.h"

namespace evroc::shim {
namespace {

TEST(KubeClientContractTest, HoldsForTheFake) {
  FakeClock clock;
  FakeKubeClient client(clock);
  CheckKubeClientContract(client, "default", "contract-");
}

TEST(KubeClientContractTest, HoldsForARealServer) {
  const char* path = std::getenv("EVROC_CONTRACT_KUBECONFIG");
  if (path == nullptr) GTEST_SKIP() << "EVROC_CONTRACT_KUBECONFIG is not set";
  const auto config = LoadKubeConfig(path);
  ASSERT_TRUE(config.ok()) << config.status();
  const auto client = HttpKubeClient::Make(*config, {}, Clock::Real());
  ASSERT_TRUE(client.ok()) << client.status();
  CheckKubeClientContract(
      **client, "default",
      absl::StrCat("contract-", absl::ToUnixMillis(absl::Now()), "-"));
}

}  // namespace
}  // namespace evroc::shim
