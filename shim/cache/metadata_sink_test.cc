#include "shim/cache/metadata_sink.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class MetadataSinkTest : public ::testing::Test {
 protected:
  static Json Object(const std::string& name, const std::string& version) {
    Json object = Json::Object();
    object.SetAt("metadata.namespace", "ns");
    object.SetAt("metadata.name", name);
    object.SetAt("metadata.resourceVersion", version);
    return object;
  }

  void Upsert(const std::string& name, const std::string& version) {
    sink_.Upsert(Object(name, version));
  }

  std::vector<std::string> Take() { return std::exchange(changes_, {}); }

  std::vector<std::string> changes_;
  MetadataSink sink_{[this](const ObjectKey& key, const ObjectMeta* meta) {
    changes_.push_back(
        absl::StrCat(key.name.str(), " ",
                     meta != nullptr ? meta->resource_version : "gone"));
  }};
};

TEST_F(MetadataSinkTest, TellsEachVersionOnce) {
  sink_.BeginList();
  Upsert("a", "1");
  sink_.EndList("9");
  EXPECT_THAT(Take(), ElementsAre("a 1"));
  Upsert("a", "1");
  EXPECT_THAT(Take(), IsEmpty());
  Upsert("a", "2");
  EXPECT_THAT(Take(), ElementsAre("a 2"));
}

TEST_F(MetadataSinkTest, TellsWhatIsGone) {
  Upsert("a", "1");
  Upsert("b", "2");
  Take();
  sink_.Remove(Object("a", "3"));
  sink_.Remove(Object("a", "3"));
  EXPECT_THAT(Take(), ElementsAre("a gone"));
}

// As after a watch that broke.
TEST_F(MetadataSinkTest, TellsWhatAListDoesNotHaveAnyMore) {
  Upsert("a", "1");
  Upsert("b", "2");
  Take();
  sink_.BeginList();
  Upsert("b", "2");
  EXPECT_THAT(Take(), IsEmpty());
  sink_.EndList("9");
  EXPECT_THAT(Take(), ElementsAre("a gone"));
}

}  // namespace
}  // namespace evroc::shim
