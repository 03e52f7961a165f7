#include "tests/evroc_sim/model/api_error.h"

#include "gtest/gtest.h"

namespace evroc::sim {
namespace {

TEST(ApiErrorTest, CarriesStatusAndReason) {
  EXPECT_EQ(HttpStatusOf(Invalid("x")), 400);
  EXPECT_EQ(ReasonOf(Invalid("x")), "FieldValueInvalid");
  EXPECT_EQ(HttpStatusOf(Unprocessable("x")), 422);
  EXPECT_EQ(HttpStatusOf(Forbidden("x")), 403);
  EXPECT_EQ(ReasonOf(Forbidden("x")), "Forbidden");
  EXPECT_EQ(HttpStatusOf(NotFound("x")), 404);
  EXPECT_EQ(ReasonOf(NotFound("x")), "NotFound");
  EXPECT_EQ(HttpStatusOf(AlreadyExists("x")), 409);
  EXPECT_EQ(ReasonOf(AlreadyExists("x")), "AlreadyExists");
  EXPECT_EQ(HttpStatusOf(Conflict("x")), 409);
  EXPECT_EQ(ReasonOf(Conflict("x")), "Conflict");
  EXPECT_EQ(ApiError(413, "R", "text").message(), "text");
}

TEST(ApiErrorTest, AnyOtherErrorIs500) {
  EXPECT_EQ(HttpStatusOf(absl::NotFoundError("x")), 500);
}

}  // namespace
}  // namespace evroc::sim
