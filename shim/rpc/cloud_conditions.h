// Conditions of the services' resources as the shim keeps them. Values; not
// thread-safe.

#ifndef SHIM_RPC_CLOUD_CONDITIONS_H_
#define SHIM_RPC_CLOUD_CONDITIONS_H_

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "evroc/common/v1/resources.pb.h"
#include "google/protobuf/repeated_ptr_field.h"

namespace evroc::shim {

struct CloudCondition {
  std::string type;  // "VMReady"
  common::v1::Condition::Status status = common::v1::Condition::STATUS_UNKNOWN;
  std::string reason;
  std::string message;
  friend bool operator==(const CloudCondition&,
                         const CloudCondition&) = default;
};

// A list of conditions, which machines with the same conditions share. Null:
// none.
using CloudConditions = std::shared_ptr<const std::vector<CloudCondition>>;

CloudConditions ConditionsOf(
    const google::protobuf::RepeatedPtrField<common::v1::Condition>& protos);

// The condition of that type, or null.
const CloudCondition* FindCondition(const CloudConditions& conditions,
                                    absl::string_view type);

// Whether both lists have the same content.
bool SameConditions(const CloudConditions& a, const CloudConditions& b);

// Replaces equal lists of conditions by one: most machines have the same. Keeps
// only the last few lists.
class ConditionPool {
 public:
  // Returns a list with the same content, shared with others if one came
  // lately.
  CloudConditions Share(CloudConditions conditions);

 private:
  std::array<CloudConditions, 32> recent_;
  size_t next_ = 0;
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_CLOUD_CONDITIONS_H_
