// Lets equal lists of conditions be one: nearly all machines say the same.
// Bounded, since it remembers the last few lists only. Not thread-safe.

#ifndef SHIM_RPC_CONDITION_POOL_H_
#define SHIM_RPC_CONDITION_POOL_H_

#include <array>
#include <cstddef>

#include "shim/rpc/cloud_snapshot.h"

namespace evroc::shim {

class ConditionPool {
 public:
  // A list with the same content, shared with others if it was met lately.
  CloudConditions Share(CloudConditions conditions);

 private:
  std::array<CloudConditions, 32> recent_;
  size_t next_ = 0;
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_CONDITION_POOL_H_
