#include "shim/app/shim_flags.h"

#include <iterator>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

class ShimFlagsTest : public ::testing::Test {
 protected:
  absl::Status Read(const std::string& argument) {
    ShimFlags flags;
    FlagSet set("evroc-shim", "test");
    flags.AddTo(set);
    const std::string arguments[] = {"evroc-shim",
                                     "--network-service=127.0.0.1:1",
                                     "--compute-service=127.0.0.1:2", argument};
    std::vector<char*> argv;
    argv.reserve(std::size(arguments));
    for (const std::string& each : arguments) {
      argv.push_back(const_cast<char*>(each.c_str()));
    }
    absl::Status status = set.Parse(static_cast<int>(argv.size()), argv.data());
    if (status.ok()) status = flags.Check();
    read_ = flags;
    return status;
  }

  ShimFlags read_;
};

TEST_F(ShimFlagsTest, TheRetryIntervalCanBeSet) {
  EXPECT_EQ(ShimFlags().retry_interval, absl::Minutes(2));
  ASSERT_TRUE(Read("--retry-interval=30s").ok());
  EXPECT_EQ(read_.retry_interval, absl::Seconds(30));
}

TEST_F(ShimFlagsTest, ATimeThatIsTooShortIsRefusedByItsName) {
  for (const char* flag :
       {"--sync-period", "--watch-silence", "--not-ready-after",
        "--retry-interval", "--stale-after"}) {
    const absl::Status refused = Read(std::string(flag) + "=10ms");
    EXPECT_THAT(std::string(refused.message()), ::testing::StartsWith(flag));
  }
}

}  // namespace
}  // namespace evroc::shim
