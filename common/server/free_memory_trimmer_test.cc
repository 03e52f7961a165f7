#include "common/server/free_memory_trimmer.h"

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/config.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

// A sanitizer's allocator is not glibc's.
#if !defined(ABSL_HAVE_ADDRESS_SANITIZER) && \
    !defined(ABSL_HAVE_THREAD_SANITIZER)

// Pages of this process in memory.
int64_t Resident() {
  FILE* const file = std::fopen("/proc/self/statm", "r");
  long total = 0;  // NOLINT(google-runtime-int): as fscanf wants it
  long pages = 0;  // NOLINT(google-runtime-int)
  EXPECT_EQ(std::fscanf(file, "%ld %ld", &total, &pages), 2);
  std::fclose(file);
  return pages;
}

TEST(FreeMemoryTrimmerTest, GivesBackWhatLiesBetweenObjectsThatStay) {
  constexpr int kBlocks = 64'000;
  std::vector<std::unique_ptr<std::string>> blocks;
  blocks.reserve(kBlocks);
  for (int i = 0; i < kBlocks; ++i) {
    blocks.push_back(std::make_unique<std::string>(1000, 'x'));
  }
  const int64_t full = Resident();
  for (int i = 0; i < kBlocks; ++i) {
    if (i % 100 != 0) blocks[i].reset();
  }
  FreeMemoryTrimmer memory;
  EXPECT_TRUE(memory.Run());
  EXPECT_LT(Resident(), full - 10'000) << "of " << full;
}

#endif  // !defined(ABSL_HAVE_ADDRESS_SANITIZER)

TEST(FreeMemoryTrimmerTest, DoesNothingWhereNothingHappened) {
  FreeMemoryTrimmer memory;
  memory.Run();
  EXPECT_FALSE(memory.Run());
}

}  // namespace
}  // namespace evroc
