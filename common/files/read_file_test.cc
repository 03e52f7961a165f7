#include "common/files/read_file.h"

#include <fstream>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

TEST(ReadFileTest, TellsAnAbsentFileFromAnEmptyOne) {
  const std::string path = absl::StrCat(testing::TempDir(), "/file");
  EXPECT_EQ(ReadFile(path), std::nullopt);
  for (const std::string& bytes :
       {std::string(), std::string("a\r\n\0b\xff", 6)}) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    EXPECT_EQ(ReadFile(path), bytes);
  }
}

}  // namespace
}  // namespace evroc
