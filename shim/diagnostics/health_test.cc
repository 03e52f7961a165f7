#include "shim/diagnostics/health.h"

#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

class HealthTest : public ::testing::Test {
 protected:
  HttpEndpoint::Page Ask(const std::string& path,
                         absl::string_view query = "") {
    const std::vector<HealthCheck> live = {
        {"workers", [this] { return workers_; }}};
    const std::vector<HealthCheck> ready = {
        {"kubernetes", [this] { return kubernetes_; }},
        {"caches", [] { return absl::OkStatus(); }}};
    return HealthPages(live, ready).at(path)(query);
  }

  absl::Status workers_;
  absl::Status kubernetes_;
};

TEST_F(HealthTest, IsOkIfAllChecksSucceed) {
  for (const char* path : {"/healthz", "/livez", "/readyz"}) {
    EXPECT_EQ(Ask(path).status, 200) << path;
    EXPECT_EQ(Ask(path).body, "ok") << path;
  }
}

TEST_F(HealthTest, NamesFailedChecks) {
  kubernetes_ = absl::UnavailableError("no answer from the API server");
  EXPECT_EQ(Ask("/healthz").status, 200);
  EXPECT_EQ(Ask("/livez").status, 200);
  EXPECT_EQ(Ask("/readyz").status, 503);
  EXPECT_EQ(Ask("/readyz").body,
            "[+]workers\n"
            "[-]kubernetes: no answer from the API server\n"
            "[+]caches\n"
            "failed\n");
}

TEST_F(HealthTest, LivenessFailuresAlsoFailReadiness) {
  workers_ = absl::InternalError("stuck");
  for (const char* path : {"/healthz", "/livez", "/readyz"}) {
    EXPECT_EQ(Ask(path).status, 503) << path;
  }
}

TEST_F(HealthTest, ListsAllChecksWhenAsked) {
  EXPECT_EQ(Ask("/livez", "verbose").body, "[+]workers\nok\n");
}

}  // namespace
}  // namespace evroc::shim
