#include "common/server/flag_set.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

using ::testing::HasSubstr;

class FlagSetTest : public ::testing::Test {
 protected:
  FlagSetTest() : flags_("prog", "does things") {
    flags_.Add("listen", &listen_, "where to listen");
    flags_.Add("insecure", &insecure_, "no TLS");
    flags_.Add("burst", &burst_, "how many");
    flags_.Add("qps", &qps_, "how fast");
    flags_.Add("period", &period_, "how often");
  }

  absl::Status Parse(std::vector<std::string> arguments) {
    std::vector<char*> argv = {const_cast<char*>("prog")};
    for (std::string& argument : arguments) argv.push_back(argument.data());
    return flags_.Parse(static_cast<int>(argv.size()), argv.data());
  }

  std::string listen_ = "127.0.0.1:0";
  bool insecure_ = false;
  int burst_ = 40;
  double qps_ = 20;
  absl::Duration period_ = absl::Minutes(10);
  FlagSet flags_;
};

TEST_F(FlagSetTest, KeepsDefaults) {
  ASSERT_TRUE(Parse({}).ok());
  EXPECT_EQ(listen_, "127.0.0.1:0");
  EXPECT_EQ(burst_, 40);
}

TEST_F(FlagSetTest, ReadsEveryType) {
  ASSERT_TRUE(Parse({"--listen=[::1]:80", "--insecure", "--burst", "7",
                     "--qps=0.5", "--period=90s"})
                  .ok());
  EXPECT_EQ(listen_, "[::1]:80");
  EXPECT_TRUE(insecure_);
  EXPECT_EQ(burst_, 7);
  EXPECT_EQ(qps_, 0.5);
  EXPECT_EQ(period_, absl::Seconds(90));
}

TEST_F(FlagSetTest, BooleansCanBeNegated) {
  insecure_ = true;
  ASSERT_TRUE(Parse({"--no-insecure"}).ok());
  EXPECT_FALSE(insecure_);
  ASSERT_TRUE(Parse({"--insecure=true"}).ok());
  EXPECT_TRUE(insecure_);
}

TEST_F(FlagSetTest, ErrorsNameTheFlag) {
  EXPECT_THAT(Parse({"--burst=many"}).message(), HasSubstr("--burst"));
  EXPECT_THAT(Parse({"--nonsense"}).message(), HasSubstr("--nonsense"));
  EXPECT_THAT(Parse({"--listen"}).message(), HasSubstr("--listen"));
  EXPECT_THAT(Parse({"--insecure=maybe"}).message(), HasSubstr("--insecure"));
  EXPECT_THAT(Parse({"-x"}).message(), HasSubstr("-x"));
  EXPECT_THAT(Parse({"stray"}).message(), HasSubstr("stray"));
}

TEST_F(FlagSetTest, NumbersAreDecimalAndNotEmpty) {
  ASSERT_TRUE(Parse({"--burst=010"}).ok());
  EXPECT_EQ(burst_, 10);
  EXPECT_THAT(Parse({"--burst="}).message(), HasSubstr("--burst"));
  EXPECT_THAT(Parse({"--qps", ""}).message(), HasSubstr("--qps"));
}

TEST_F(FlagSetTest, EmptyValuesAreNotTheNextArgument) {
  ASSERT_TRUE(Parse({"--listen=", "--burst=7"}).ok());
  EXPECT_EQ(listen_, "");
  EXPECT_EQ(burst_, 7);
  EXPECT_THAT(Parse({"--insecure="}).message(), HasSubstr("--insecure"));
}

TEST_F(FlagSetTest, TakesTextAsItIs) {
  ASSERT_TRUE(Parse({"--listen", R"({"a":["--b=c"]})"}).ok());
  EXPECT_EQ(listen_, R"({"a":["--b=c"]})");
  ASSERT_TRUE(Parse({"--listen", "[a,b]="}).ok());
  EXPECT_EQ(listen_, "[a,b]=");
  ASSERT_TRUE(Parse({"--listen", ""}).ok());
  EXPECT_EQ(listen_, "");
}

TEST_F(FlagSetTest, TheLastCounts) {
  flags_.Add("address", &listen_, "another name of --listen");
  ASSERT_TRUE(Parse({"--burst=7", "--address=a", "--listen=b", "--burst=8",
                     "--insecure", "--no-insecure"})
                  .ok());
  EXPECT_EQ(burst_, 8);
  EXPECT_EQ(listen_, "b");
  EXPECT_FALSE(insecure_);
  ASSERT_TRUE(Parse({"--listen=b", "--address=a"}).ok());
  EXPECT_EQ(listen_, "a");
}

TEST_F(FlagSetTest, HelpShowsFlagsAndDefaults) {
  ASSERT_TRUE(Parse({"--help"}).ok());
  EXPECT_TRUE(flags_.help_requested());
  EXPECT_THAT(flags_.HelpText(), HasSubstr("--burst VALUE\n"));
  EXPECT_THAT(flags_.HelpText(), HasSubstr("--[no-]insecure\n"));
  EXPECT_THAT(flags_.HelpText(), HasSubstr("(default 10m)"));
}

}  // namespace
}  // namespace evroc
