#include "tests/evroc_sim/cloud/address_book.h"

#include <algorithm>

namespace evroc::sim {

std::optional<uint32_t> AddressBook::Take(const std::string& pool,
                                          uint32_t first, uint32_t last) {
  Pool& numbers = pools_[pool];
  uint32_t next = std::max(first, numbers.lowest_free);
  while (next <= last && numbers.taken.contains(next)) ++next;
  if (next > last) return std::nullopt;
  numbers.taken.insert(next);
  numbers.lowest_free = next + 1;
  return next;
}

void AddressBook::Mark(const std::string& pool, uint32_t number) {
  pools_[pool].taken.insert(number);
}

void AddressBook::Release(const std::string& pool, uint32_t number) {
  Pool& numbers = pools_[pool];
  numbers.taken.erase(number);
  numbers.lowest_free = std::min(numbers.lowest_free, number);
}

}  // namespace evroc::sim
