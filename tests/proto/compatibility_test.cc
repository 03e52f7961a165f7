#include "tests/proto/compatibility.h"

#include <fcntl.h>
#include <unistd.h>

#include "evroc/common/v1/resources.pb.h"
#include "evroc/compute/v1/compute_service.pb.h"
#include "evroc/compute/v1/resources.pb.h"
#include "evroc/network/v1/network_service.pb.h"
#include "evroc/network/v1/resources.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/io/zero_copy_stream_impl.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

using google::protobuf::DescriptorProto;
using google::protobuf::FileDescriptorSet;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

FileDescriptorSet Released() {
  const int file = open("tests/proto/released.txtpb", O_RDONLY | O_CLOEXEC);
  google::protobuf::io::FileInputStream stream(file);
  stream.SetCloseOnDelete(true);
  FileDescriptorSet files;
  google::protobuf::TextFormat::Parser parser;
  parser.AllowUnknownField(true);  // `secret`, which is a number there
  EXPECT_TRUE(parser.Parse(&stream, &files));
  return files;
}

FileDescriptorSet Current() {
  FileDescriptorSet files;
  for (const auto* descriptor :
       {common::v1::Owner::descriptor()->file(),
        compute::v1::VirtualMachine::descriptor()->file(),
        compute::v1::WatchRequest::descriptor()->file(),
        network::v1::ClusterNetwork::descriptor()->file(),
        network::v1::WatchRequest::descriptor()->file()}) {
    descriptor->CopyTo(files.add_file());
  }
  return files;
}

// `make release-protos` updates released.txtpb at a release.
TEST(CompatibilityTest, NothingThatWasReleasedBreaks) {
  const FileDescriptorSet released = Released();
  ASSERT_GE(released.file_size(), 5);
  EXPECT_THAT(BreakingChanges(released, Current()), IsEmpty());
}

TEST(CompatibilityTest, SeesWhatBreaks) {
  FileDescriptorSet before;
  auto* file = before.add_file();
  file->set_package("p");
  DescriptorProto* message = file->add_message_type();
  message->set_name("M");
  auto* field = message->add_field();
  field->set_name("f");
  field->set_number(1);
  field->set_type(google::protobuf::FieldDescriptorProto::TYPE_INT32);
  auto* type = file->add_enum_type();
  type->set_name("E");
  type->add_value()->set_name("A");

  FileDescriptorSet after = before;
  after.mutable_file(0)->mutable_message_type(0)->mutable_field(0)->set_number(
      2);
  EXPECT_THAT(BreakingChanges(before, after),
              ElementsAre(HasSubstr("field p.M.f was number 1")));
  after = before;
  after.mutable_file(0)->clear_enum_type();
  EXPECT_THAT(BreakingChanges(before, after),
              ElementsAre("enum p.E is gone", "value p.E.A is gone"));
  after = before;
  after.mutable_file(0)->mutable_message_type(0)->add_field()->set_name("new");
  EXPECT_THAT(BreakingChanges(before, after), IsEmpty());
}

}  // namespace
}  // namespace evroc
