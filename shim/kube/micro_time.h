// Formats Kubernetes' MicroTime: RFC 3339 in UTC with microseconds. A pure
// function.

#ifndef SHIM_KUBE_MICRO_TIME_H_
#define SHIM_KUBE_MICRO_TIME_H_

#include <string>

#include "absl/time/time.h"

namespace evroc::shim {

// "2026-01-02T03:04:05.000006Z".
inline std::string FormatMicroTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

}  // namespace evroc::shim

#endif  // SHIM_KUBE_MICRO_TIME_H_
