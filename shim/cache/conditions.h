// Decodes, compares and changes lists of metav1.Condition. Values and pure
// functions.

#ifndef SHIM_CACHE_CONDITIONS_H_
#define SHIM_CACHE_CONDITIONS_H_

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/json/json.h"
#include "common/text/interned_string.h"

namespace evroc::shim {

enum class ConditionStatus { kUnknown, kTrue, kFalse };

struct KubeCondition {
  InternedString type;
  ConditionStatus status = ConditionStatus::kUnknown;
  InternedString reason;            // CamelCase, never empty
  InternedString message;           // without times and ids (DS-01)
  InternedString last_transition;   // RFC 3339
  int64_t observed_generation = 0;  // 0: not set

  friend bool operator==(const KubeCondition&, const KubeCondition&) = default;
};

// The conditions of one object, in the order in which they were first set.
class Conditions {
 public:
  // Leaves out what only Evroc's official provider sets, so that it goes with
  // the first write. Conditions that others set stay.
  static Conditions Decode(JsonView list);
  Json Encode() const;

  // Null if there is none of that type; valid until the next change.
  const KubeCondition* Find(absl::string_view type) const;
  bool IsTrue(absl::string_view type) const;
  // The reason of the condition of that type, empty if there is none.
  absl::string_view ReasonOf(absl::string_view type) const;

  // Sets one condition. Its transition time changes only with its status. An
  // illegal reason or message is made legal, since core copies them unchecked
  // (IC-08).
  void Set(absl::string_view type, ConditionStatus status,
           absl::string_view reason, absl::string_view message,
           int64_t generation, absl::Time now);
  void Remove(absl::string_view type);
  // Gives each condition that has the status it has in `before` the transition
  // time that it has there: it was set to another one only in between.
  void KeepTransitions(const Conditions& before);

  bool empty() const { return conditions_.empty(); }
  friend bool operator==(const Conditions&, const Conditions&) = default;

 private:
  std::vector<KubeCondition> conditions_;
};

}  // namespace evroc::shim

#endif  // SHIM_CACHE_CONDITIONS_H_
