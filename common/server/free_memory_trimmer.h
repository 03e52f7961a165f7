// Returns freed memory to the system.
//
// glibc keeps free memory between live objects: after a burst a process holds
// twice what it uses, forever. Not thread-safe.

#ifndef COMMON_SERVER_FREE_MEMORY_TRIMMER_H_
#define COMMON_SERVER_FREE_MEMORY_TRIMMER_H_

#include <cstddef>

namespace evroc {

class FreeMemoryTrimmer {
 public:
  // Returns whether it released anything. Does nothing where little was
  // allocated or freed since the last run.
  bool Run();

 private:
  size_t in_use_ = 0;  // at the last run
  size_t free_ = 0;
};

}  // namespace evroc

#endif  // COMMON_SERVER_FREE_MEMORY_TRIMMER_H_
