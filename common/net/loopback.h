// Which hosts are this machine. A pure function.

#ifndef COMMON_NET_LOOPBACK_H_
#define COMMON_NET_LOOPBACK_H_

#include "absl/strings/string_view.h"

namespace evroc {

// Whether `host`, an IPv6 address with or without its brackets, is loopback: by
// number, since what a name stands for is for others to say; "localhost" apart.
bool IsLoopback(absl::string_view host);

}  // namespace evroc

#endif  // COMMON_NET_LOOPBACK_H_
