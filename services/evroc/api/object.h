// The common part of every cloud object: identity, labels, conditions. Values.

#ifndef SERVICES_EVROC_API_OBJECT_H_
#define SERVICES_EVROC_API_OBJECT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/labels/label_selector.h"
#include "common/text/interned_string.h"
#include "services/evroc/api/id.h"

namespace evroc::cloud {

using Labels = LabelMap;

// Returns the label's value, empty if absent.
InternedString LabelOf(const Labels& labels, absl::string_view key);

// Source: `metadata` of REST (evroc-api.md B.3) and KCP objects.
template <typename Kind>
struct Metadata {
  Id<Kind> id;
  Labels labels;  // the user's: userLabels in REST, metadata.labels in KCP

  // Observed.
  std::string uid;               // UUID
  std::string resource_version;  // empty if the server has none
  int64_t generation = 0;
  absl::Time created = absl::InfinitePast();
  bool deleting = false;  // set only in KCP (deletionTimestamp)

  friend bool operator==(const Metadata&, const Metadata&) = default;
};

enum class ConditionStatus { kUnknown, kTrue, kFalse };

// Source: `status.conditions[]`. Times are omitted: nothing depends on them.
struct Condition {
  InternedString type;
  ConditionStatus status = ConditionStatus::kUnknown;
  InternedString reason;
  InternedString message;

  friend bool operator==(const Condition&, const Condition&) = default;
};

using Conditions = std::vector<Condition>;

// Returns the condition of that type, or null.
const Condition* FindCondition(const Conditions& conditions,
                               absl::string_view type);

// Whether condition "Ready" exists and is true.
bool IsReady(const Conditions& conditions);

// The address families. kUnset: the server's default.
enum class StackType { kUnset, kDualStack, kIpv6Only, kIpv4Only };

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_API_OBJECT_H_
