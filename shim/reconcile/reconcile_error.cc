#include "shim/reconcile/reconcile_error.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/cloud/cloud_identity.h"
#include "common/status/error_details.h"

namespace evroc::shim {
namespace {

// The Secret or the object has to be changed, or the cloud's operator acts.
constexpr absl::Duration kSlow = absl::Minutes(2);
// Something has to be released first, which can be soon.
constexpr absl::Duration kSoon = absl::Seconds(15);

ReconcileError Lasting(absl::string_view reason,
                       absl::Duration retry_after = kSlow) {
  return {.reason = std::string(reason), .retry_after = retry_after};
}

ReconcileError Transient(const ErrorDetails& details) {
  return {.reason = "CloudUnavailable",
          .transient = true,
          .retry_after = details.retry_after};
}

ReconcileError Classify(absl::StatusCode code, const ErrorDetails& details) {
  // An error of the Kubernetes API says nothing of the object in the cloud.
  if (details.metadata.contains("kube_reason")) return Transient(details);
  switch (code) {
    case absl::StatusCode::kUnauthenticated:
      return Lasting("CredentialsRefused");
    case absl::StatusCode::kPermissionDenied:
      return Lasting("PermissionDenied");
    case absl::StatusCode::kInvalidArgument:
      return Lasting("InvalidConfiguration");
    case absl::StatusCode::kUnimplemented:
      return Lasting("NotSupported");
    case absl::StatusCode::kFailedPrecondition:
      return details.reason == kOtherCloud ? Lasting("OtherCloud")
                                           : Lasting("Blocked", kSoon);
    case absl::StatusCode::kNotFound:
      return Lasting("NotFound");
    case absl::StatusCode::kResourceExhausted:
      if (details.reason == kQuotaExceeded) {
        return Lasting(kQuotaExceededReason);
      }
      break;
    default:
      break;
  }
  return Transient(details);
}

bool ConcernsCredentials(absl::StatusCode code, const ErrorDetails& details) {
  return code == absl::StatusCode::kUnauthenticated ||
         details.reason == kCredentialsSecret ||
         details.reason == kOtherCloud ||
         std::any_of(
             details.field_violations.begin(), details.field_violations.end(),
             [](const auto& each) { return IsCredentialField(each.field); });
}

std::string MessageOf(const absl::Status& status, const ErrorDetails& details,
                      const CredentialSource& source) {
  if (details.field_violations.empty()) return std::string(status.message());
  return absl::StrJoin(details.field_violations, "; ",
                       [&](std::string* out, const FieldViolation& each) {
                         absl::StrAppend(out, CrdFieldOf(each.field, source),
                                         ": ", each.description);
                       });
}

std::string ConditionFor(const ErrorDetails& details,
                         const CredentialSource& source) {
  const auto named = details.metadata.find("condition");
  if (named != details.metadata.end()) return named->second;
  for (const FieldViolation& each : details.field_violations) {
    const absl::string_view condition =
        ConditionOfField(CrdFieldOf(each.field, source));
    if (!condition.empty()) return std::string(condition);
  }
  return "";
}

}  // namespace

ReconcileError ReconcileErrorOf(const absl::Status& status,
                                const CredentialSource& source) {
  const ErrorDetails details = DetailsOf(status);
  ReconcileError error = Classify(status.code(), details);
  error.cause = status;
  error.condition = ConditionFor(details, source);
  error.message = MessageOf(status, details, source);
  error.credentials =
      !error.transient && ConcernsCredentials(status.code(), details);
  if (!error.credentials) return error;
  if (error.reason == "InvalidConfiguration") {
    error.reason = "CredentialsInvalid";
  }
  if (error.reason == "NotFound") error.reason = "CredentialsMissing";
  if (details.field_violations.empty() &&
      details.reason != kCredentialsSecret) {
    error.message = absl::StrCat("Secret ", source.secret, ": ", error.message);
  }
  return error;
}

ReconcileError Waiting(absl::string_view condition, absl::string_view reason,
                       absl::string_view message, absl::Duration retry_after) {
  return {.condition = std::string(condition),
          .reason = std::string(reason),
          .message = std::string(message),
          .retry_after = retry_after};
}

}  // namespace evroc::shim
