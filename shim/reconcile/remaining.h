// What still exists during a deletion, for people. A pure function.

#ifndef SHIM_RECONCILE_REMAINING_H_
#define SHIM_RECONCILE_REMAINING_H_

#include <string>
#include <vector>

#include "evroc/common/v1/resources.pb.h"

namespace evroc::shim {

// "waiting for VirtualMachine x (in use by …), Disk y": at most a handful by
// name, the rest counted.
std::string DescribeRemaining(
    const std::vector<common::v1::RemainingObject>& remaining);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_REMAINING_H_
