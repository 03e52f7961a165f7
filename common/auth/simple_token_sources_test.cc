#include "common/auth/simple_token_sources.h"

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "common/auth/caching_token_source.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

class FileTokenSourceTest : public testing::Test {
 protected:
  void Write(absl::string_view token) { std::ofstream(path_) << token; }
  std::string Get() { return tokens_.Get({}).value_or("none"); }

  const std::string path_ = testing::TempDir() + "/token";
  FakeClock clock_;
  CachingTokenSource tokens_{std::make_unique<FileTokenSource>(path_, clock_),
                             nullptr, clock_};
};

// As a kubeconfig that is rotated is.
TEST_F(FileTokenSourceTest, AReplacedFileCountsWithinTenSeconds) {
  Write("old\n");
  EXPECT_EQ(Get(), "old");
  Write("new\n");
  clock_.Advance(absl::Seconds(9));
  EXPECT_EQ(Get(), "old");
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Get(), "new");
}

TEST_F(FileTokenSourceTest, WhatWasReadStaysInUseWhileTheFileIsAway) {
  Write("old");
  EXPECT_EQ(Get(), "old");
  std::remove(path_.c_str());
  clock_.Advance(absl::Seconds(55));
  EXPECT_EQ(Get(), "old");
  clock_.Advance(absl::Seconds(5));
  EXPECT_EQ(Get(), "none");
  Write("new");
  clock_.Advance(absl::Seconds(5));
  EXPECT_EQ(Get(), "new");
}

}  // namespace
}  // namespace evroc
