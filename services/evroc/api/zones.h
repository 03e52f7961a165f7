// The zones that a project can use, derived from its subnets. A pure function.

#ifndef SERVICES_EVROC_API_ZONES_H_
#define SERVICES_EVROC_API_ZONES_H_

#include <string>
#include <vector>

#include "services/evroc/api/networking.h"

namespace evroc::cloud {

// Sorted, each once.
std::vector<std::string> ZonesOf(const std::vector<Subnet>& subnets);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_API_ZONES_H_
