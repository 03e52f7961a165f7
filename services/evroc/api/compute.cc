#include "services/evroc/api/compute.h"

#include <limits>

namespace evroc::cloud {
namespace {

int64_t UnitBytes(const std::string& unit) {
  if (unit == "KB") return int64_t{1} << 10;
  if (unit == "MB") return int64_t{1} << 20;
  if (unit == "GB") return int64_t{1} << 30;
  if (unit == "TB") return int64_t{1} << 40;
  return 0;
}

}  // namespace

int64_t Bytes(const DiskSize& size) {
  const int64_t unit = UnitBytes(size.unit);
  if (unit == 0 || size.amount <= 0) return 0;
  if (size.amount > std::numeric_limits<int64_t>::max() / unit) {
    return std::numeric_limits<int64_t>::max();
  }
  return size.amount * unit;
}

bool IsGrowing(const Disk& disk) {
  return disk.size.has_value() && disk.status.size.has_value() &&
         Bytes(*disk.status.size) < Bytes(*disk.size);
}

}  // namespace evroc::cloud
