#include "shim/reconcile/reconcile_error.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/cloud/cloud_identity.h"
#include "common/status/error_details.h"

namespace evroc::shim {
namespace {

// Something has to be released first, which can be soon.
constexpr absl::Duration kSoon = absl::Seconds(15);

ReconcileError Lasting(absl::string_view reason, absl::Duration retry_after) {
  return {.reason = std::string(reason), .retry_after = retry_after};
}

// A service that has told when it tries again is asked then.
absl::Duration PauseAfter(const ReconcileError& error,
                          const ErrorDetails& details,
                          absl::Duration retry_interval) {
  const bool told = details.retry_after > absl::ZeroDuration();
  if (error.transient || !told) return error.retry_after;
  return std::clamp(details.retry_after, kSoon,
                    std::max(kSoon, retry_interval));
}

ReconcileError Transient(absl::string_view reason,
                         const ErrorDetails& details) {
  return {.reason = std::string(reason),
          .transient = true,
          .retry_after = details.retry_after};
}

// Set by kube_error alone.
bool IsOfKubernetes(const ErrorDetails& details) {
  return details.metadata.contains("kube_reason");
}

ReconcileError ClassifyKubernetes(absl::StatusCode code,
                                  const ErrorDetails& details) {
  // A webhook that can't be called may be back at any time.
  if (details.metadata.contains("kube_undecided")) {
    return Transient(kWriteRefusedReason, {});
  }
  const bool refused = code == absl::StatusCode::kPermissionDenied ||
                       code == absl::StatusCode::kInvalidArgument;
  return refused ? Lasting(kWriteRefusedReason, kSoon)
                 : Transient("KubernetesUnavailable", details);
}

// `retry_interval`: where the Secret or the object has to be changed, or the
// cloud's operator acts.
ReconcileError Classify(absl::StatusCode code, const ErrorDetails& details,
                        absl::Duration retry_interval) {
  if (IsOfKubernetes(details)) return ClassifyKubernetes(code, details);
  switch (code) {
    case absl::StatusCode::kUnauthenticated:
      return Lasting("CredentialsRefused", retry_interval);
    case absl::StatusCode::kPermissionDenied:
      return Lasting(kPermissionDeniedReason, retry_interval);
    case absl::StatusCode::kInvalidArgument:
      return Lasting(details.reason == kZoneRefused ? kZoneRefusedReason
                                                    : "InvalidConfiguration",
                     retry_interval);
    case absl::StatusCode::kUnimplemented:
      return Lasting("NotSupported", retry_interval);
    case absl::StatusCode::kFailedPrecondition:
      return details.reason == kOtherCloud
                 ? Lasting("OtherCloud", retry_interval)
                 : Lasting("Blocked", kSoon);
    case absl::StatusCode::kNotFound:
      return Lasting("NotFound", retry_interval);
    case absl::StatusCode::kAborted:
      return Transient("Conflict", details);
    case absl::StatusCode::kResourceExhausted:
      if (details.reason == kQuotaExceeded) {
        return Lasting(kQuotaExceededReason, retry_interval);
      }
      break;
    default:
      break;
  }
  return Transient("CloudUnavailable", details);
}

// The cloud, or a check, that answers says what it is about.
bool IsAnswer(const ReconcileError& error, const ErrorDetails& details) {
  if (error.kubernetes) return false;
  if (error.transient) return error.reason == "Conflict";
  return !details.reason.empty() || !details.field_violations.empty();
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
  // The causes of the Kubernetes API are in its message.
  if (details.field_violations.empty() || IsOfKubernetes(details)) {
    return std::string(status.message());
  }
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
  if (IsOfKubernetes(details)) return "";
  for (const FieldViolation& each : details.field_violations) {
    const absl::string_view condition =
        ConditionOfField(CrdFieldOf(each.field, source));
    if (!condition.empty()) return std::string(condition);
  }
  return "";
}

}  // namespace

ReconcileError ReconcileErrorOf(const absl::Status& status,
                                const CredentialSource& source,
                                absl::Duration retry_interval) {
  const ErrorDetails details = DetailsOf(status);
  ReconcileError error = Classify(status.code(), details, retry_interval);
  error.retry_after = PauseAfter(error, details, retry_interval);
  error.cause = status;
  error.kubernetes = IsOfKubernetes(details);
  error.answered = IsAnswer(error, details);
  error.condition = ConditionFor(details, source);
  error.message = MessageOf(status, details, source);
  error.credentials =
      !error.transient && ConcernsCredentials(status.code(), details);
  if (!error.credentials) return error;
  if (error.reason == "InvalidConfiguration") {
    error.reason = "CredentialsInvalid";
  }
  if (error.reason == "NotFound") error.reason = "CredentialsMissing";
  if (error.reason == kPermissionDeniedReason &&
      details.reason == kCredentialsSecret) {
    error.reason = "CredentialsForbidden";
  }
  if (details.field_violations.empty() &&
      details.reason != kCredentialsSecret) {
    error.message = absl::StrCat("Secret ", source.secret, ": ", error.message);
  }
  return error;
}

bool IsRefusedWrite(const absl::Status& status) {
  if (status.ok()) return false;
  const ErrorDetails details = DetailsOf(status);
  return IsOfKubernetes(details) &&
         ClassifyKubernetes(status.code(), details).reason ==
             kWriteRefusedReason;
}

bool ConcernsAccess(const ReconcileError& error) {
  if (error.condition == kCloudIdentityMatched) return false;
  return error.credentials || error.reason == kPermissionDeniedReason;
}

bool ComesFirst(const ReconcileError& error) {
  return error.transient || ConcernsAccess(error) || IsOtherCloud(error.cause);
}

ReconcileError Waiting(absl::string_view condition, absl::string_view reason,
                       absl::string_view message, absl::Duration retry_after) {
  return {.condition = std::string(condition),
          .reason = std::string(reason),
          .message = std::string(message),
          .retry_after = retry_after};
}

}  // namespace evroc::shim
