#include "common/server/free_memory_trimmer.h"

#include <malloc.h>

namespace evroc {
namespace {

constexpr size_t kWorthIt = size_t{1} << 20;

bool Differ(size_t a, size_t b) {
  return a > b ? a - b > kWorthIt : b - a > kWorthIt;
}

}  // namespace

bool FreeMemoryTrimmer::Run() {
  const struct mallinfo2 now = mallinfo2();
  if (now.fordblks < kWorthIt ||
      (!Differ(now.uordblks, in_use_) && !Differ(now.fordblks, free_))) {
    return false;
  }
  const bool returned = malloc_trim(0) != 0;
  const struct mallinfo2 after = mallinfo2();
  in_use_ = after.uordblks;
  free_ = after.fordblks;
  return returned;
}

}  // namespace evroc
