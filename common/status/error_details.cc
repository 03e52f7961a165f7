#include "common/status/error_details.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"

namespace evroc {
namespace {

constexpr char kErrorInfoUrl[] = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr char kBadRequestUrl[] = "type.googleapis.com/google.rpc.BadRequest";
constexpr char kRetryInfoUrl[] = "type.googleapis.com/google.rpc.RetryInfo";

template <typename Message>
Message ReadPayload(const absl::Status& status, const char* url) {
  Message message;
  if (const auto payload = status.GetPayload(url); payload.has_value()) {
    // Bytes from a server may be anything; an unparsable payload counts as
    // absent.
    if (!message.ParseFromString(std::string(*payload))) message.Clear();
  }
  return message;
}

void SetPayload(absl::Status& status, const char* url,
                const google::protobuf::Message& message) {
  status.SetPayload(url, absl::Cord(message.SerializeAsString()));
}

void SetErrorInfo(absl::Status& status, const ErrorDetails& details) {
  google::rpc::ErrorInfo info;
  info.set_reason(details.reason);
  info.set_domain(std::string(kErrorDomain));
  info.mutable_metadata()->insert(details.metadata.begin(),
                                  details.metadata.end());
  SetPayload(status, kErrorInfoUrl, info);
}

void SetBadRequest(absl::Status& status, const ErrorDetails& details) {
  google::rpc::BadRequest bad_request;
  for (const FieldViolation& violation : details.field_violations) {
    auto* added = bad_request.add_field_violations();
    added->set_field(violation.field);
    added->set_description(violation.description);
  }
  SetPayload(status, kBadRequestUrl, bad_request);
}

void SetRetryInfo(absl::Status& status, absl::Duration retry_after) {
  google::rpc::RetryInfo retry;
  absl::Duration rest;
  retry.mutable_retry_delay()->set_seconds(
      absl::IDivDuration(retry_after, absl::Seconds(1), &rest));
  retry.mutable_retry_delay()->set_nanos(
      static_cast<int>(absl::ToInt64Nanoseconds(rest)));
  SetPayload(status, kRetryInfoUrl, retry);
}

absl::Status FieldError(absl::StatusCode code, const char* reason,
                        absl::string_view field,
                        absl::string_view description) {
  return MakeError(
      code, absl::StrCat(field, ": ", description),
      {.reason = reason,
       .field_violations = {{.field = std::string(field),
                             .description = std::string(description)}}});
}

}  // namespace

absl::Status MakeError(absl::StatusCode code, absl::string_view message,
                       const ErrorDetails& details) {
  absl::Status status(code, message);
  if (!details.reason.empty() || !details.metadata.empty()) {
    SetErrorInfo(status, details);
  }
  if (!details.field_violations.empty()) SetBadRequest(status, details);
  if (details.retry_after > absl::ZeroDuration()) {
    SetRetryInfo(status, details.retry_after);
  }
  return status;
}

absl::Status InvalidField(absl::string_view field,
                          absl::string_view description) {
  return FieldError(absl::StatusCode::kInvalidArgument, "INVALID_FIELD", field,
                    description);
}

absl::Status ImmutableField(absl::string_view field,
                            absl::string_view description) {
  return FieldError(absl::StatusCode::kFailedPrecondition, "IMMUTABLE_FIELD",
                    field, description);
}

absl::Status UnsupportedField(absl::string_view field, absl::string_view what) {
  return FieldError(
      absl::StatusCode::kUnimplemented, "NOT_IN_THIS_API", field,
      absl::StrCat("the API that a kubeconfig leads to has no ", what));
}

ErrorDetails DetailsOf(const absl::Status& status) {
  ErrorDetails details;
  const auto info = ReadPayload<google::rpc::ErrorInfo>(status, kErrorInfoUrl);
  details.reason = info.reason();
  details.metadata.insert(info.metadata().begin(), info.metadata().end());
  const auto bad_request =
      ReadPayload<google::rpc::BadRequest>(status, kBadRequestUrl);
  for (const auto& violation : bad_request.field_violations()) {
    details.field_violations.push_back(
        {.field = violation.field(), .description = violation.description()});
  }
  const auto retry = ReadPayload<google::rpc::RetryInfo>(status, kRetryInfoUrl);
  details.retry_after = absl::Seconds(retry.retry_delay().seconds()) +
                        absl::Nanoseconds(retry.retry_delay().nanos());
  return details;
}

std::string ErrorText(const absl::Status& status) {
  std::string text = absl::StatusCodeToString(status.code());
  if (!status.message().empty()) {
    absl::StrAppend(&text, ": ", status.message());
  }
  const std::string reason = DetailsOf(status).reason;
  if (!reason.empty()) absl::StrAppend(&text, " (", reason, ")");
  return text;
}

absl::Status Annotate(const absl::Status& status, absl::string_view context) {
  if (status.ok()) return status;
  absl::Status annotated(status.code(),
                         absl::StrCat(context, ": ", status.message()));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    annotated.SetPayload(url, payload);
  });
  return annotated;
}

absl::Status WithMetadata(const absl::Status& status, absl::string_view key,
                          absl::string_view value) {
  if (status.ok()) return status;
  absl::Status changed = status;
  ErrorDetails details = DetailsOf(status);
  details.metadata.emplace(key, value);
  SetErrorInfo(changed, details);
  return changed;
}

}  // namespace evroc
