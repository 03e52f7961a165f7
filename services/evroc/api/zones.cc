#include "services/evroc/api/zones.h"

#include <set>

namespace evroc::cloud {

std::vector<std::string> ZonesOf(const std::vector<Subnet>& subnets) {
  std::set<std::string> zones;
  for (const Subnet& subnet : subnets) {
    if (!subnet.zone.empty()) zones.insert(subnet.zone);
  }
  return {zones.begin(), zones.end()};
}

}  // namespace evroc::cloud
