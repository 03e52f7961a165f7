// RFC 1123 labels: what names in Kubernetes and in Evroc Cloud are. Pure
// functions.

#ifndef COMMON_NAMES_DNS_LABEL_H_
#define COMMON_NAMES_DNS_LABEL_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace evroc {

inline constexpr size_t kMaxDnsLabel = 63;

// Whether `text` is an RFC 1123 label of at most 63 characters.
bool IsDnsLabel(absl::string_view text);

// Returns what a label can have of `text`: its lower-case letters, digits and
// single inner "-", of any length, perhaps nothing.
std::string ReadableLabel(absl::string_view text);

// Returns a label for any text: the text itself if it is one, else the readable
// part of it with a hash. Different texts have different labels.
std::string DnsLabelOf(absl::string_view text);

}  // namespace evroc

#endif  // COMMON_NAMES_DNS_LABEL_H_
