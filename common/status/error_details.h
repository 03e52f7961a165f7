// Errors with details besides code and message: a reason for programs, the
// object concerned, the invalid fields, and when to retry.
//
// The details travel inside absl::Status as google.rpc messages, and over gRPC
// unchanged (status_grpc.h). Pure functions.

#ifndef COMMON_STATUS_ERROR_DETAILS_H_
#define COMMON_STATUS_ERROR_DETAILS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace evroc {

// google.rpc.ErrorInfo.domain of every error of this project.
inline constexpr absl::string_view kErrorDomain = "evroc.com";

// Reasons that callers distinguish.
inline constexpr absl::string_view kQuotaExceeded = "QUOTA_EXCEEDED";
inline constexpr absl::string_view kThrottled = "THROTTLED";
inline constexpr absl::string_view kInUse = "IN_USE";
inline constexpr absl::string_view kNameTaken = "NAME_TAKEN";
inline constexpr absl::string_view kZoneRefused = "ZONE_REFUSED";

struct FieldViolation {
  std::string field;        // path in proto names: "virtual_machine.zone"
  std::string description;  // what is wrong, for people
  friend bool operator==(const FieldViolation&,
                         const FieldViolation&) = default;
};

struct ErrorDetails {
  std::string reason;  // UPPER_SNAKE_CASE; empty: none
  std::map<std::string, std::string> metadata;
  std::vector<FieldViolation> field_violations;
  absl::Duration retry_after;  // zero: not set
  friend bool operator==(const ErrorDetails&, const ErrorDetails&) = default;
};

// Returns an error with details. `code` is not OK.
absl::Status MakeError(absl::StatusCode code, absl::string_view message,
                       const ErrorDetails& details);

// Returns INVALID_ARGUMENT for one field; the message also names it.
absl::Status InvalidField(absl::string_view field,
                          absl::string_view description);

// Returns FAILED_PRECONDITION for a field that can't be changed in this way.
absl::Status ImmutableField(absl::string_view field,
                            absl::string_view description);

// Returns UNIMPLEMENTED for a field that requests `what` ("zones"), which the
// Kubernetes-style API does not have.
absl::Status UnsupportedField(absl::string_view field, absl::string_view what);

// Returns the details from MakeError; members are empty where it set none.
ErrorDetails DetailsOf(const absl::Status& status);

// Returns an error as text for a log line: "CODE: message (REASON)". The bytes
// of details, which absl::Status prints escaped, are not in it.
std::string ErrorText(const absl::Status& status);

// Returns the same error with "<context>: " before its message. OK stays OK.
absl::Status Annotate(const absl::Status& status, absl::string_view context);

// Returns the same error with one more metadata entry, unless the key exists.
absl::Status WithMetadata(const absl::Status& status, absl::string_view key,
                          absl::string_view value);

}  // namespace evroc

#endif  // COMMON_STATUS_ERROR_DETAILS_H_
