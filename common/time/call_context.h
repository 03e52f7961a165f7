// The deadline, cancellation and request id that every blocking call gets from
// its caller. A value.

#ifndef COMMON_TIME_CALL_CONTEXT_H_
#define COMMON_TIME_CALL_CONTEXT_H_

#include <stop_token>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/time/clock.h"

namespace evroc {

struct CallContext {
  // The call ends with DEADLINE_EXCEEDED when this has passed.
  absl::Time deadline = absl::InfiniteFuture();
  // The call ends with CANCELLED when this is cancelled.
  std::stop_token cancel;
  // Used in log lines, in ErrorInfo and, where possible, in cloud calls.
  std::string request_id;
};

// CANCELLED or DEADLINE_EXCEEDED if the call should stop now, else OK.
absl::Status CheckAlive(const CallContext& context, const Clock& clock);

}  // namespace evroc

#endif  // COMMON_TIME_CALL_CONTEXT_H_
