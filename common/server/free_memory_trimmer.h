// Gives memory that was freed back to the system.
//
// glibc keeps what lies between objects that stay: after a burst a process
// holds twice what it uses, for ever. Not thread-safe.

#ifndef COMMON_SERVER_FREE_MEMORY_TRIMMER_H_
#define COMMON_SERVER_FREE_MEMORY_TRIMMER_H_

#include <cstddef>

namespace evroc {

class FreeMemoryTrimmer {
 public:
  // Returns whether it gave anything back. Where little was allocated or freed
  // since the last time there is nothing to give, and nothing is done.
  bool Run();

 private:
  size_t in_use_ = 0;  // at the last time
  size_t free_ = 0;
};

}  // namespace evroc

#endif  // COMMON_SERVER_FREE_MEMORY_TRIMMER_H_
