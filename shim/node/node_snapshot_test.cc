#include "shim/node/node_snapshot.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

bool IsAlive(const std::string& conditions) {
  return ReadNode(Json::Parse(
                      absl::StrCat(R"({"metadata": {"name": "n"}, "status": )",
                                   R"({"conditions": )", conditions, "}}"))
                      .value())
      .snapshot.alive;
}

// The control plane sets Unknown for one that it hears nothing from.
TEST(NodeSnapshotTest, AKubeletReportsThatSaysWhetherItIsReady) {
  const std::pair<const char*, bool> cases[] = {
      {R"([{"type": "Ready", "status": "True"}])", true},
      {R"([{"type": "Ready", "status": "False"}])", true},
      {R"([{"type": "Ready", "status": "Unknown"}])", false},
      {R"([{"type": "Ready"}])", false},
      {R"([{"type": "DiskPressure", "status": "False"}])", false},
      {R"([{"type": "DiskPressure", "status": "Unknown"},
           {"type": "Ready", "status": "True"}])",
       true},
      {R"([{"type": "DiskPressure", "status": "False"},
           {"type": "Ready", "status": "Unknown"}])",
       false},
      {"[]", false},
      {"null", false}};
  for (const auto& [conditions, is_alive] : cases) {
    EXPECT_EQ(IsAlive(conditions), is_alive) << conditions;
  }
}

}  // namespace
}  // namespace evroc::shim
