#include "common/names/dns_label.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

using ::testing::StartsWith;

TEST(DnsLabelTest, KnowsLabels) {
  for (const char* label : {"a", "0", "a-b", "web-443"}) {
    EXPECT_TRUE(IsDnsLabel(label)) << label;
  }
  EXPECT_TRUE(IsDnsLabel(std::string(63, 'a')));
  for (const char* other : {"", "-a", "a-", "A", "a.b", "a_b", "ä"}) {
    EXPECT_FALSE(IsDnsLabel(other)) << other;
  }
  EXPECT_FALSE(IsDnsLabel(std::string(64, 'a')));
}

TEST(DnsLabelTest, EveryTextHasALabelOfItsOwn) {
  std::set<std::string> labels;
  const std::string texts[] = {"web",
                               "Web",
                               "web!",
                               "w e b",
                               "",
                               "äöü",
                               "allow SSH",
                               "a/b",
                               std::string(63, 'a'),
                               std::string(64, 'a'),
                               std::string(300, 'a'),
                               std::string(62, 'a') + "--"};
  for (const std::string& text : texts) {
    const std::string label = DnsLabelOf(text);
    EXPECT_TRUE(IsDnsLabel(label)) << label;
    EXPECT_TRUE(labels.insert(label).second) << text;
  }
  EXPECT_EQ(DnsLabelOf("web"), "web");
  EXPECT_THAT(DnsLabelOf("allow SSH"), StartsWith("allow-ssh-"));
}

}  // namespace
}  // namespace evroc
