// Allocates addresses from pools. The lowest free one is allocated first, so
// that released addresses are reused soon, as in the real cloud.
//
// Not thread-safe: Cloud guards it.

#ifndef TESTS_EVROC_SIM_CLOUD_ADDRESS_BOOK_H_
#define TESTS_EVROC_SIM_CLOUD_ADDRESS_BOOK_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace evroc::sim {

class AddressBook {
 public:
  // Returns the lowest free number from `first` to `last`; nullopt if all are
  // taken. A pool is always used with the same bounds.
  std::optional<uint32_t> Take(const std::string& pool, uint32_t first,
                               uint32_t last);
  // Marks a number of a restored state as taken.
  void Mark(const std::string& pool, uint32_t number);
  void Release(const std::string& pool, uint32_t number);

 private:
  struct Pool {
    std::set<uint32_t> taken;
    uint32_t lowest_free = 0;  // no number below it is free
  };
  std::map<std::string, Pool> pools_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_CLOUD_ADDRESS_BOOK_H_
