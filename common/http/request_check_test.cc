#include "common/http/request_check.h"

#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

HttpRequest Request() {
  return {.method = "PATCH",
          .url = "https://api/a%2Fb/root:p/v1..2?labelSelector=a%3Db&x=..",
          .headers = {{"Authorization", "Bearer s3cr3t"}, {"X-A", "a\tb c"}}};
}

TEST(RequestCheckTest, TakesWhatIsOneRequest) {
  EXPECT_TRUE(CheckRequest(Request()).ok()) << CheckRequest(Request());
}

TEST(RequestCheckTest, RefusesControlCharactersInEveryPart) {
  for (const std::string& bad :
       {std::string("\r\nX: y"), std::string("\n"), std::string("\r"),
        std::string("\0", 1), std::string("\x7f")}) {
    HttpRequest request = Request();
    request.headers[0].second += bad;
    const absl::Status status = CheckRequest(request);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(absl::StrContains(status.message(), "Authorization"));
    EXPECT_FALSE(absl::StrContains(status.message(), "s3cr3t")) << status;
    for (std::string* part : {&request.method, &request.url}) {
      request = Request();
      *part += bad;
      EXPECT_FALSE(CheckRequest(request).ok());
    }
    request = Request();
    request.headers[1].first += bad;
    EXPECT_FALSE(CheckRequest(request).ok());
  }
}

TEST(RequestCheckTest, RefusesUrlsThatLeadElsewhere) {
  for (const char* url :
       {"https://api/a/../b", "https://api/..", "https://api/./a",
        "https://api/%2e%2E/a", "https://api/.%2e?x", "https://api/a b",
        "https://api/\xc3\xa9"}) {
    EXPECT_FALSE(CheckRequest({.method = "GET", .url = url}).ok()) << url;
  }
}

}  // namespace
}  // namespace evroc
