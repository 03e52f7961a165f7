#include "services/evroc/http/http_error.h"

#include <string>

#include "absl/strings/match.h"
#include "common/status/error_details.h"
#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

struct Case {
  int status;
  Verb verb;
  const char* body;
  absl::StatusCode code;
  absl::string_view reason;
};

class HttpErrorTest : public testing::TestWithParam<Case> {};

TEST_P(HttpErrorTest, HasOneMeaning) {
  const Case& test = GetParam();
  const absl::Status error = ErrorOf({.status = test.status, .body = test.body},
                                     {test.verb, "disk d", "computeOperator"});
  EXPECT_EQ(error.code(), test.code) << error;
  EXPECT_EQ(DetailsOf(error).reason, test.reason);
  EXPECT_TRUE(absl::StrContains(error.message(), "disk d"));
  EXPECT_EQ(DetailsOf(error).metadata.at("http_status"),
            std::to_string(test.status));
}

constexpr char kQuota[] =
    R"({"reason": "Forbidden", "debug": "denied: not enough quota"})";
constexpr char kWebhook[] =
    R"({"reason": "Forbidden", "debug": "admission webhook )"
    R"(\"virtualmachine-webhook.evroc.com\" denied the request: GPUs"})";
constexpr char kZone[] =
    R"({"reason": "Forbidden", "debug": "admission webhook )"
    R"(\"virtualmachine-webhook.evroc.com\" denied the request: )"
    R"(GPUs are in Zone a only"})";
constexpr char kOwnReason[] =
    R"({"reason": "IPv4OnlyStackTypeDeprecated", "debug": "choose another"})";
constexpr char kMissing[] = R"({"reason": "NotFound", "debug": "no"})";
constexpr char kForbidden[] = R"({"reason": "Forbidden", "debug": "no"})";
constexpr absl::string_view kRefused = "CLOUD_REFUSED";

INSTANTIATE_TEST_SUITE_P(
    Answers, HttpErrorTest,
    testing::Values(
        Case{400, Verb::kCreate, "{}", absl::StatusCode::kInvalidArgument,
             kRefused},
        Case{422, Verb::kUpdate, "", absl::StatusCode::kInvalidArgument,
             kRefused},
        Case{413, Verb::kCreate, "", absl::StatusCode::kInvalidArgument,
             kRefused},
        Case{401, Verb::kGet, "", absl::StatusCode::kUnauthenticated, kRefused},
        Case{403, Verb::kGet, "", absl::StatusCode::kPermissionDenied,
             kRefused},
        Case{403, Verb::kCreate, kQuota, absl::StatusCode::kResourceExhausted,
             kQuotaExceeded},
        // The text tells quota and a refused request from a permission, but
        // only where something is to change.
        Case{403, Verb::kUpdate, kQuota, absl::StatusCode::kResourceExhausted,
             kQuotaExceeded},
        Case{403, Verb::kGet, kQuota, absl::StatusCode::kPermissionDenied,
             kRefused},
        Case{403, Verb::kCreate, kWebhook, absl::StatusCode::kInvalidArgument,
             kRefused},
        Case{403, Verb::kUpdate, kWebhook, absl::StatusCode::kInvalidArgument,
             kRefused},
        Case{403, Verb::kCreate, kZone, absl::StatusCode::kInvalidArgument,
             kZoneRefused},
        // What is there stays in its zone.
        Case{403, Verb::kUpdate, kZone, absl::StatusCode::kInvalidArgument,
             kRefused},
        Case{403, Verb::kGet, kZone, absl::StatusCode::kPermissionDenied,
             kRefused},
        Case{403, Verb::kDelete, kWebhook,
             absl::StatusCode::kFailedPrecondition, kRefused},
        Case{403, Verb::kGet, kWebhook, absl::StatusCode::kPermissionDenied,
             kRefused},
        Case{403, Verb::kCreate, kOwnReason, absl::StatusCode::kInvalidArgument,
             kRefused},
        Case{403, Verb::kList, kOwnReason, absl::StatusCode::kPermissionDenied,
             kRefused},
        Case{403, Verb::kCreate, kForbidden,
             absl::StatusCode::kPermissionDenied, kRefused},
        Case{403, Verb::kDelete, "", absl::StatusCode::kPermissionDenied,
             kRefused},
        Case{404, Verb::kGet, kMissing, absl::StatusCode::kNotFound, kRefused},
        Case{404, Verb::kDelete, kMissing, absl::StatusCode::kNotFound,
             kRefused},
        Case{404, Verb::kUpdate, kMissing, absl::StatusCode::kNotFound,
             kRefused},
        Case{404, Verb::kGet, R"({"kind": "Status"})",
             absl::StatusCode::kNotFound, kRefused},
        // Neither says anything of the object.
        Case{404, Verb::kGet, "", absl::StatusCode::kUnavailable, kRefused},
        Case{404, Verb::kGet, "{}", absl::StatusCode::kUnavailable, kRefused},
        Case{404, Verb::kGet, R"({"error": "no route"})",
             absl::StatusCode::kUnavailable, kRefused},
        Case{404, Verb::kGet, R"({"reason": ""})",
             absl::StatusCode::kUnavailable, kRefused},
        Case{404, Verb::kGet, "[1]", absl::StatusCode::kUnavailable, kRefused},
        Case{404, Verb::kGet, "<html>", absl::StatusCode::kUnavailable,
             kRefused},
        Case{404, Verb::kDelete, "", absl::StatusCode::kUnavailable, kRefused},
        Case{404, Verb::kUpdate, "", absl::StatusCode::kUnavailable, kRefused},
        // Nor of a collection, nor of a right.
        Case{404, Verb::kList, kMissing, absl::StatusCode::kNotFound, kRefused},
        Case{404, Verb::kList, R"({"kind": "Status"})",
             absl::StatusCode::kNotFound, kRefused},
        Case{404, Verb::kList, "", absl::StatusCode::kUnavailable, kRefused},
        Case{404, Verb::kList, "{}", absl::StatusCode::kUnavailable, kRefused},
        Case{404, Verb::kWatch, kMissing, absl::StatusCode::kNotFound,
             kRefused},
        Case{404, Verb::kWatch, "", absl::StatusCode::kUnavailable, kRefused},
        Case{404, Verb::kCreate, kMissing, absl::StatusCode::kPermissionDenied,
             kRefused},
        Case{404, Verb::kCreate, "", absl::StatusCode::kUnavailable, kRefused},
        Case{404, Verb::kCreate, R"({"error": "no route"})",
             absl::StatusCode::kUnavailable, kRefused},
        Case{404, Verb::kCreate, "<html>", absl::StatusCode::kUnavailable,
             kRefused},
        Case{405, Verb::kList, "", absl::StatusCode::kUnimplemented, kRefused},
        Case{409, Verb::kCreate, "", absl::StatusCode::kAlreadyExists,
             kRefused},
        Case{409, Verb::kUpdate, "", absl::StatusCode::kAborted, kRefused},
        Case{409, Verb::kDelete, "", absl::StatusCode::kFailedPrecondition,
             kInUse},
        Case{410, Verb::kWatch, "", absl::StatusCode::kOutOfRange, kRefused},
        Case{429, Verb::kGet, "", absl::StatusCode::kResourceExhausted,
             kThrottled},
        Case{500, Verb::kGet, "", absl::StatusCode::kUnavailable, kRefused},
        Case{599, Verb::kGet, "", absl::StatusCode::kUnavailable, kRefused},
        Case{302, Verb::kGet, "", absl::StatusCode::kInternal, kRefused}));

TEST(HttpErrorTest, RepeatsTheWordsOfBothDialects) {
  EXPECT_TRUE(absl::StrContains(
      ErrorOf({.status = 400, .body = R"({"reason": "R", "debug": "why"})"},
              {Verb::kCreate, "x"})
          .message(),
      "HTTP 400 R: why"));
  EXPECT_TRUE(absl::StrContains(
      ErrorOf({.status = 422, .body = R"({"kind": "Status", "reason": "Invalid",
                           "message": "why"})"},
              {Verb::kCreate, "x"})
          .message(),
      "HTTP 422 Invalid: why"));
}

TEST(HttpErrorTest, NamesTheRoleThatAPermissionNeeds) {
  const auto message = [](int status, Verb verb, absl::string_view role) {
    return std::string(
        ErrorOf({.status = status, .body = kForbidden}, {verb, "disk d", role})
            .message());
  };
  EXPECT_EQ(message(403, Verb::kGet, "computeOperator"),
            "reading disk d: the cloud answered HTTP 403 Forbidden: no (the "
            "call needs the role computeOperator)");
  EXPECT_EQ(message(404, Verb::kCreate, "computeOperator"),
            "creating disk d: the cloud answered HTTP 404 Forbidden: no (the "
            "project or region does not exist, or the role computeOperator is "
            "missing)");
  EXPECT_EQ(message(403, Verb::kGet, ""),
            "reading disk d: the cloud answered HTTP 403 Forbidden: no (the "
            "call needs the permission)");
  EXPECT_EQ(message(404, Verb::kGet, "computeOperator"),
            "reading disk d: the cloud answered HTTP 404 Forbidden: no");
}

TEST(HttpErrorTest, CutsAndCleansWhatTheCloudSays) {
  const std::string body =
      R"({"reason": "R", "debug": "a\nb)" + std::string(10'000, 'x') + "\"}";
  const absl::Status error =
      ErrorOf({.status = 400, .body = body}, {Verb::kGet, "x"});
  EXPECT_LT(error.message().size(), 600u);
  EXPECT_FALSE(absl::StrContains(error.message(), "\n"));
}

TEST(HttpErrorTest, KeepsRetryAfter) {
  HttpResponse response{.status = 429};
  response.headers = {{"Retry-After", "7"}};
  EXPECT_EQ(DetailsOf(ErrorOf(response, {Verb::kGet, "x"})).retry_after,
            absl::Seconds(7));
}

}  // namespace
}  // namespace evroc::cloud
