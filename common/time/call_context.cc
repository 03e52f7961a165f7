#include "common/time/call_context.h"

namespace evroc {

absl::Status CheckAlive(const CallContext& context, const Clock& clock) {
  if (context.cancel.stop_requested()) {
    return absl::CancelledError("the caller cancelled");
  }
  if (clock.Now() >= context.deadline) {
    return absl::DeadlineExceededError("the deadline has passed");
  }
  return absl::OkStatus();
}

}  // namespace evroc
