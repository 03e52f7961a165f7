#include "tests/evroc_sim/model/stable_uuid.h"

#include "gtest/gtest.h"

namespace evroc::sim {
namespace {

TEST(StableUuidTest, HasTheFormOfAUuidAndFollowsTheName) {
  const std::string uuid = StableUuid("name");
  ASSERT_EQ(uuid.size(), 36u);
  EXPECT_EQ(uuid.find_first_not_of("0123456789abcdef-"), std::string::npos);
  for (const size_t dash : {8, 13, 18, 23}) EXPECT_EQ(uuid[dash], '-');
  EXPECT_EQ(uuid[14], '8');
  EXPECT_EQ(uuid[19], 'a');
  EXPECT_EQ(uuid, StableUuid("name"));
  EXPECT_NE(uuid, StableUuid("another"));
}

}  // namespace
}  // namespace evroc::sim
