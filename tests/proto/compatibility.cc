#include "tests/proto/compatibility.h"

#include <map>

#include "absl/strings/str_cat.h"

namespace evroc {
namespace {

using google::protobuf::DescriptorProto;
using google::protobuf::EnumDescriptorProto;
using google::protobuf::FieldDescriptorProto;
using google::protobuf::FileDescriptorProto;
using google::protobuf::FileDescriptorSet;

// Everything that clients rely on, by its full name, with the properties that
// must not change.
using Surface = std::map<std::string, std::string>;

void AddEnum(const std::string& scope, const EnumDescriptorProto& type,
             Surface& surface) {
  const std::string name = absl::StrCat(scope, ".", type.name());
  surface["enum " + name] = "";
  for (const auto& value : type.value()) {
    surface[absl::StrCat("value ", name, ".", value.name())] =
        absl::StrCat(value.number());
  }
}

std::string FieldOf(const DescriptorProto& message,
                    const FieldDescriptorProto& field) {
  std::string text =
      absl::StrCat("number ", field.number(), " type ", field.type(), " ",
                   field.type_name(), " label ", field.label());
  if (field.has_oneof_index()) {
    absl::StrAppend(&text, " in ",
                    message.oneof_decl(field.oneof_index()).name());
  }
  return text;
}

void AddMessage(const std::string& scope, const DescriptorProto& message,
                Surface& surface) {
  const std::string name = absl::StrCat(scope, ".", message.name());
  surface["message " + name] = "";
  for (const FieldDescriptorProto& field : message.field()) {
    surface[absl::StrCat("field ", name, ".", field.name())] =
        FieldOf(message, field);
  }
  for (const auto& nested : message.nested_type()) {
    AddMessage(name, nested, surface);
  }
  for (const auto& type : message.enum_type()) AddEnum(name, type, surface);
}

void AddFile(const FileDescriptorProto& file, Surface& surface) {
  for (const auto& message : file.message_type()) {
    AddMessage(file.package(), message, surface);
  }
  for (const auto& type : file.enum_type()) {
    AddEnum(file.package(), type, surface);
  }
  for (const auto& service : file.service()) {
    const std::string name = absl::StrCat(file.package(), ".", service.name());
    surface["service " + name] = "";
    for (const auto& method : service.method()) {
      surface[absl::StrCat("method ", name, ".", method.name())] = absl::StrCat(
          method.input_type(), " ", method.client_streaming(), " to ",
          method.output_type(), " ", method.server_streaming());
    }
  }
}

Surface SurfaceOf(const FileDescriptorSet& files) {
  Surface surface;
  for (const FileDescriptorProto& file : files.file()) AddFile(file, surface);
  return surface;
}

}  // namespace

std::vector<std::string> BreakingChanges(const FileDescriptorSet& before,
                                         const FileDescriptorSet& after) {
  std::vector<std::string> changes;
  const Surface now = SurfaceOf(after);
  for (const auto& [name, was] : SurfaceOf(before)) {
    const auto is = now.find(name);
    if (is == now.end()) {
      changes.push_back(absl::StrCat(name, " is gone"));
    } else if (is->second != was) {
      changes.push_back(
          absl::StrCat(name, " was ", was, " and is ", is->second));
    }
  }
  return changes;
}

}  // namespace evroc
