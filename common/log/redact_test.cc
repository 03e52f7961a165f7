#include "common/log/redact.h"

#include "evroc/compute/v1/compute_service.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(RedactTest, HidesSecretsAtAnyDepth) {
  compute::v1::ApplyVirtualMachineRequest request;
  request.mutable_scope()->set_project("p");
  request.mutable_scope()->mutable_credentials()->set_content("key material");
  request.mutable_virtual_machine()->set_user_data("password: x");
  request.mutable_virtual_machine()->add_data_disks()->set_name("data");
  const std::string text = Redacted(request);
  EXPECT_THAT(text, HasSubstr("project: \"p\""));
  EXPECT_THAT(text, HasSubstr("name: \"data\""));
  EXPECT_THAT(text, HasSubstr("content: \"REDACTED\""));
  EXPECT_THAT(text, HasSubstr("user_data: \"REDACTED\""));
  EXPECT_THAT(text, Not(HasSubstr("key material")));
  EXPECT_THAT(text, Not(HasSubstr("password")));
}

TEST(RedactTest, IsCutShort) {
  compute::v1::ApplyVirtualMachineRequest request;
  request.mutable_scope()->set_project(std::string(10'000, 'x'));
  EXPECT_LT(Redacted(request).size(), 2100);
}

}  // namespace
}  // namespace evroc
