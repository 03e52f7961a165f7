// Describes the remaining objects of a deletion, for messages. A pure function.

#ifndef SHIM_RECONCILE_REMAINING_H_
#define SHIM_RECONCILE_REMAINING_H_

#include <string>
#include <vector>

#include "evroc/common/v1/resources.pb.h"

namespace evroc::shim {

// "waiting for VirtualMachine x (in use by …), Disk y": names a few objects,
// and counts the rest.
std::string DescribeRemaining(
    const std::vector<common::v1::RemainingObject>& remaining);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_REMAINING_H_
