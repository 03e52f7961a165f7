#include "shim/rpc/testing/fake_values.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/crypto/sha256.h"
#include "common/names/dns_label.h"
#include "common/proto/serialize.h"
#include "common/status/error_details.h"

namespace evroc::shim {

void CheckFakeOwner(const common::v1::Owner& owner, bool is_machine,
                    const std::string& field, Violations& violations) {
  const std::pair<const char*, const std::string&> required[] = {
      {"cluster_id", owner.cluster_id()},
      {"cluster_name", owner.cluster_name()},
      {"machine_id", owner.machine_id()},
      {"machine_name", owner.machine_name()}};
  for (size_t i = 0; i < std::size(required); ++i) {
    const auto& [name, value] = required[i];
    const bool wanted = i < 2 || is_machine;
    violations.Check(value.empty() != wanted, absl::StrCat(field, ".", name),
                     wanted ? "is required" : "is for machines only");
  }
  violations.Check(
      owner.resource_prefix().empty() || IsDnsLabel(owner.resource_prefix()),
      absl::StrCat(field, ".resource_prefix"), "is not an RFC 1123 label");
}

std::string FakeEtag(const google::protobuf::Message& message) {
  return Sha256Hex(SerializeDeterministically(message)).substr(0, 16);
}

std::string FakeId(const std::string& hint, const std::string& key) {
  return absl::StrCat(hint, "-", Sha256Hex(key).substr(0, 8));
}

std::string FakeUuid(const std::string& key) {
  const std::string hex = Sha256Hex(key);
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-4",
                      hex.substr(13, 3), "-8", hex.substr(17, 3), "-",
                      hex.substr(20, 12));
}

void AddFakeCondition(
    const std::string& type, bool holds, const std::string& reason,
    const std::string& message,
    google::protobuf::RepeatedPtrField<common::v1::Condition>& conditions) {
  common::v1::Condition& condition = *conditions.Add();
  condition.set_type(type);
  condition.set_status(holds ? common::v1::Condition::STATUS_TRUE
                             : common::v1::Condition::STATUS_FALSE);
  condition.set_reason(reason);
  condition.set_message(message);
}

}  // namespace evroc::shim
