#include "tests/evroc_sim/cloud/life_context.h"

namespace evroc::sim {

void EnterPhase(Object& object, const char* phase, absl::Time now) {
  if (object.phase == phase) return;
  object.phase = phase;
  object.phase_since = now;
}

}  // namespace evroc::sim
