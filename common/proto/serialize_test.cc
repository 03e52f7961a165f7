#include "common/proto/serialize.h"

#include <algorithm>
#include <random>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/struct.pb.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

TEST(SerializeTest, EqualMapsGiveEqualBytesWhateverTheirHistory) {
  std::mt19937 random(1);
  std::vector<int> numbers(50);
  for (int i = 0; i < 50; ++i) numbers[i] = i;
  std::string first;
  for (int round = 0; round < 20; ++round) {
    std::shuffle(numbers.begin(), numbers.end(), random);
    google::protobuf::Struct message;
    for (const int i : numbers) {
      (*message.mutable_fields())[absl::StrCat(i)].set_number_value(i);
    }
    const std::string bytes = SerializeDeterministically(message);
    if (first.empty()) first = bytes;
    EXPECT_EQ(bytes, first);
    google::protobuf::Struct parsed;
    ASSERT_TRUE(parsed.ParseFromString(bytes));
    EXPECT_EQ(parsed.fields_size(), 50);
  }
}

}  // namespace
}  // namespace evroc
