#include "shim/rpc/condition_pool.h"

#include <utility>

namespace evroc::shim {

CloudConditions ConditionPool::Share(CloudConditions conditions) {
  if (conditions == nullptr) return conditions;
  for (const CloudConditions& known : recent_) {
    if (known != nullptr && *known == *conditions) return known;
  }
  recent_[next_] = conditions;
  next_ = (next_ + 1) % recent_.size();
  return conditions;
}

}  // namespace evroc::shim
