#include "common/http/line_splitter.h"

#include <vector>

#include "gtest/gtest.h"

namespace evroc {
namespace {

TEST(LineSplitterTest, PutsPiecesTogether) {
  std::vector<std::string> lines;
  LineSplitter splitter([&](absl::string_view line) {
    lines.emplace_back(line);
    return absl::OkStatus();
  });
  for (const char* piece : {"a", "b\nc\r", "\n\n", "\nd"}) {
    ASSERT_TRUE(splitter.Feed(piece).ok());
  }
  EXPECT_EQ(lines, (std::vector<std::string>{"ab", "c"}));
}

TEST(LineSplitterTest, StopsWhereTheVisitorDoes) {
  LineSplitter splitter(
      [](absl::string_view /*line*/) { return absl::AbortedError("enough"); });
  EXPECT_EQ(splitter.Feed("a\nb\n").code(), absl::StatusCode::kAborted);
}

TEST(LineSplitterTest, BoundsALine) {
  LineSplitter splitter(
      [](absl::string_view /*line*/) { return absl::OkStatus(); });
  const std::string piece(LineSplitter::kMaxLineBytes, 'x');
  ASSERT_TRUE(splitter.Feed(piece).ok());
  EXPECT_EQ(splitter.Feed("x").code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace evroc
