#include "common/log/redact.h"

#include <memory>
#include <vector>

#include "evroc/common/v1/annotations.pb.h"
#include "google/protobuf/descriptor.h"

namespace evroc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr char kRedacted[] = "REDACTED";
constexpr size_t kMaxLength = 2000;

void Hide(const FieldDescriptor* field, Message& message) {
  const Reflection& reflection = *message.GetReflection();
  const bool is_text = field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  if (!is_text || field->is_repeated()) {
    reflection.ClearField(&message, field);
  } else {
    reflection.SetString(&message, field, kRedacted);
  }
}

void Redact(Message& message) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->options().GetExtension(common::v1::secret)) {
      Hide(field, message);
    } else if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      continue;
    } else if (!field->is_repeated()) {
      Redact(*reflection.MutableMessage(&message, field));
    } else {
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
        Redact(*reflection.MutableRepeatedMessage(&message, field, i));
      }
    }
  }
}

}  // namespace

std::string Redacted(const Message& message) {
  const std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  Redact(*copy);
  std::string text = copy->ShortDebugString();
  if (text.size() > kMaxLength) text = text.substr(0, kMaxLength) + "…";
  return text;
}

}  // namespace evroc
