// Recognizes loopback hosts. A pure function.

#ifndef COMMON_NET_LOOPBACK_H_
#define COMMON_NET_LOOPBACK_H_

#include "absl/strings/string_view.h"

namespace evroc {

// Whether `host`, an IPv6 address with or without brackets, is loopback. Of
// names only "localhost" counts: others depend on the resolver.
bool IsLoopback(absl::string_view host);

}  // namespace evroc

#endif  // COMMON_NET_LOOPBACK_H_
