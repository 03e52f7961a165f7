#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/status/error_details.h"
#include "common/status/status_grpc.h"
#include "common/status/status_macros.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

const ErrorDetails& Example() {
  static const auto* const details = new ErrorDetails{
      .reason = "QUOTA_EXCEEDED",
      .metadata = {{"kind", "Disk"}, {"id", "d-1"}},
      .field_violations = {{.field = "a.b", .description = "too large"}},
      .retry_after = absl::Milliseconds(1500)};
  return *details;
}

TEST(ErrorDetailsTest, AreReadBack) {
  const absl::Status status =
      MakeError(absl::StatusCode::kResourceExhausted, "no room", Example());
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(DetailsOf(status), Example());
}

TEST(ErrorDetailsTest, PlainErrorsHaveNone) {
  EXPECT_EQ(DetailsOf(absl::InternalError("x")), ErrorDetails{});
  EXPECT_EQ(DetailsOf(absl::OkStatus()), ErrorDetails{});
}

TEST(ErrorDetailsTest, TextHasTheReasonAndNoPayload) {
  EXPECT_EQ(ErrorText(MakeError(absl::StatusCode::kResourceExhausted, "no room",
                                Example())),
            "RESOURCE_EXHAUSTED: no room (QUOTA_EXCEEDED)");
  EXPECT_EQ(ErrorText(MakeError(absl::StatusCode::kAborted, "changed",
                                {.retry_after = absl::Seconds(1)})),
            "ABORTED: changed");
  EXPECT_EQ(ErrorText(absl::InternalError("")), "INTERNAL");
  EXPECT_EQ(ErrorText(absl::OkStatus()), "OK");
}

TEST(ErrorDetailsTest, AnnotateKeepsDetails) {
  const absl::Status status = Annotate(
      MakeError(absl::StatusCode::kAborted, "changed", Example()), "disk d-1");
  EXPECT_EQ(status.message(), "disk d-1: changed");
  EXPECT_EQ(DetailsOf(status), Example());
  EXPECT_TRUE(Annotate(absl::OkStatus(), "x").ok());
}

TEST(ErrorDetailsTest, InvalidFieldNamesTheField) {
  const absl::Status status = InvalidField("vm.zone", "no such zone");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "vm.zone: no such zone");
  ASSERT_EQ(DetailsOf(status).field_violations.size(), 1);
  EXPECT_EQ(DetailsOf(status).field_violations[0].field, "vm.zone");
}

TEST(ErrorDetailsTest, ErrorsOfFieldsTellWhy) {
  const std::pair<absl::Status, const char*> errors[] = {
      {InvalidField("vm.zone", "x"), "INVALID_FIELD"},
      {ImmutableField("vm.zone", "x"), "IMMUTABLE_FIELD"},
      {UnsupportedField("vm.zone", "x"), "NOT_IN_THIS_API"}};
  for (const auto& [status, reason] : errors) {
    EXPECT_THAT(status.message(), StartsWith("vm.zone: "));
    EXPECT_THAT(status.message(), EndsWith("x"));
    EXPECT_EQ(DetailsOf(status).reason, reason);
    ASSERT_EQ(DetailsOf(status).field_violations.size(), 1);
    EXPECT_EQ(DetailsOf(status).field_violations[0].field, "vm.zone");
  }
  EXPECT_TRUE(absl::IsFailedPrecondition(errors[1].first));
  EXPECT_TRUE(absl::IsUnimplemented(errors[2].first));
}

TEST(ErrorDetailsTest, MetadataIsAddedOnce) {
  absl::Status status = InvalidField("f", "d");
  status = WithMetadata(status, "request_id", "1");
  status = WithMetadata(status, "request_id", "2");
  EXPECT_EQ(DetailsOf(status).metadata.at("request_id"), "1");
  EXPECT_EQ(DetailsOf(status).field_violations.size(), 1);
}

TEST(StatusGrpcTest, RoundTripLosesNothing) {
  const absl::Status status =
      MakeError(absl::StatusCode::kResourceExhausted, "no room", Example());
  const grpc::Status over_grpc = ToGrpcStatus(status);
  EXPECT_EQ(over_grpc.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(FromGrpcStatus(over_grpc), status);
  EXPECT_TRUE(FromGrpcStatus(ToGrpcStatus(absl::OkStatus())).ok());
}

TEST(StatusGrpcTest, GarbageInDetailsIsDropped) {
  const absl::Status status = FromGrpcStatus(
      grpc::Status(grpc::StatusCode::INTERNAL, "m", "\xff\xff\xff"));
  EXPECT_EQ(status, absl::InternalError("m"));
}

absl::StatusOr<int> Half(int value) {
  if (value % 2 != 0) return absl::InvalidArgumentError("odd");
  return value / 2;
}

absl::StatusOr<int> Quarter(int value) {
  EVROC_ASSIGN_OR_RETURN(const int half, Half(value));
  EVROC_RETURN_IF_ERROR(Half(half).status());
  return half / 2;
}

TEST(StatusMacrosTest, ReturnEarly) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(Quarter(6).status(), absl::InvalidArgumentError("odd"));
  EXPECT_EQ(Quarter(5).status(), absl::InvalidArgumentError("odd"));
}

}  // namespace
}  // namespace evroc
