// Kubernetes label selectors: "a=b,c!=d,e in (f,g),h notin (i),j,!k". Values.

#ifndef COMMON_LABELS_LABEL_SELECTOR_H_
#define COMMON_LABELS_LABEL_SELECTOR_H_

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/text/interned_string.h"

namespace evroc {

// By key. Many objects have the same labels, so their texts are shared.
using LabelMap = absl::btree_map<InternedString, InternedString, std::less<>>;

class LabelSelector {
 public:
  // Selects everything.
  LabelSelector() = default;

  // INVALID_ARGUMENT, which quotes the requirement, for an invalid selector.
  // The empty text selects everything.
  static absl::StatusOr<LabelSelector> Parse(absl::string_view text);

  // Selects objects that have all of `labels`.
  static LabelSelector ForAll(const LabelMap& labels);

  // Whether labels match; `value_of` returns a label's value, null if there is
  // no such label. As in Kubernetes, an absent key satisfies every negation.
  bool Matches(absl::FunctionRef<const std::string*(const std::string& key)>
                   value_of) const;
  bool Matches(const LabelMap& labels) const;

  // Text that Parse accepts.
  std::string ToString() const;

 private:
  // The key's value is among `values`, or the key exists if `values` is empty;
  // the opposite if negated.
  struct Requirement {
    std::string key;
    bool negated = false;
    std::set<std::string> values;
  };

  static absl::StatusOr<Requirement> ParseRequirement(absl::string_view text);
  static bool ParseSet(absl::string_view text, Requirement& requirement);
  static bool ParseEquality(absl::string_view text, Requirement& requirement);

  std::vector<Requirement> requirements_;
};

}  // namespace evroc

#endif  // COMMON_LABELS_LABEL_SELECTOR_H_
