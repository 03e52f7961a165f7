// Kubernetes label selectors, as both dialects take them in lists: written for
// a set of labels, and matched, which fakes do.
//
// Pure functions.

#ifndef SERVICES_EVROC_API_LABEL_SELECTOR_H_
#define SERVICES_EVROC_API_LABEL_SELECTOR_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/evroc/api/object.h"

namespace evroc::cloud {

// The selector of objects that carry all of `labels`: "a=1,b=2".
std::string SelectorFor(const Labels& labels);

// Whether `labels` match `selector`: requirements `k`, `!k`, `k=v`, `k==v`,
// `k!=v`, `k in (v,w)`, `k notin (v,w)`, joined by commas; an empty selector
// matches all. INVALID_ARGUMENT quoting a requirement that is none of these.
absl::StatusOr<bool> MatchesSelector(const Labels& labels,
                                     absl::string_view selector);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_API_LABEL_SELECTOR_H_
