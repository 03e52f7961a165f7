#include "tests/evroc_sim/model/schema.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

Json Parse(const char* text) { return *Json::Parse(text); }

absl::Status Apply(Kind kind, Json& spec, std::vector<std::string>* dropped) {
  return ApplySchema(SpecSchema(kind), spec, dropped);
}

TEST(SchemaTest, DropsWhatItDoesNotKnowAndSaysSo) {
  Json spec = Parse(R"({"backendRefs": ["x"], "colour": "red"})");
  std::vector<std::string> dropped;
  ASSERT_TRUE(Apply(Kind::kBackendPool, spec, &dropped).ok());
  EXPECT_EQ(spec.Dump(), R"({"backendRefs":["x"]})");
  EXPECT_EQ(dropped, std::vector<std::string>{"spec.colour"});
}

TEST(SchemaTest, NullCountsAsAbsent) {
  Json spec = Parse(R"({"vpcRef": "v", "rules": null})");
  std::vector<std::string> dropped;
  ASSERT_TRUE(Apply(Kind::kSecurityGroup, spec, &dropped).ok());
  EXPECT_EQ(spec.Dump(), R"({"vpcRef":"v"})");
  EXPECT_TRUE(dropped.empty());
}

TEST(SchemaTest, EmptySecurityGroupRulesAreMalformed) {
  for (const char* rules : {"[null]", "[{}]"}) {
    Json spec = Parse(R"({"vpcRef": "v"})");
    spec.Set("rules", Parse(rules));
    std::vector<std::string> dropped;
    EXPECT_EQ(HttpStatusOf(Apply(Kind::kSecurityGroup, spec, &dropped)), 422);
  }
}

struct Case {
  Kind kind;
  const char* spec;
  const char* complaint;
};

class SchemaRefusesTest : public testing::TestWithParam<Case> {};

TEST_P(SchemaRefusesTest, With400AndTheField) {
  Json spec = Parse(GetParam().spec);
  std::vector<std::string> dropped;
  const absl::Status status = Apply(GetParam().kind, spec, &dropped);
  EXPECT_EQ(HttpStatusOf(status), 400);
  EXPECT_NE(status.message().find(GetParam().complaint),
            absl::string_view::npos)
      << status;
}

INSTANTIATE_TEST_SUITE_P(
    Specs, SchemaRefusesTest,
    testing::Values(
        Case{Kind::kSubnet, "{}", "spec.vpcRef: Required"},
        Case{Kind::kSubnet, R"({"vpcRef": 1, "placement": {}})",
             "spec.vpcRef: Invalid value: must be a string"},
        Case{Kind::kSubnet, R"({"vpcRef": "v", "placement": "a"})",
             "spec.placement: Invalid value: must be an object"},
        Case{Kind::kDisk,
             R"({"placement": {}, "diskSize": {"amount": 1, "unit": "PB"}})",
             "spec.diskSize.unit: Unsupported value"},
        Case{Kind::kVirtualMachine,
             R"({"computeProfileRef": "p", "placement": {}, "disks": [{}],
                 "networking": {"subnetRef": "s"}})",
             "spec.disks[0].diskRef: Required"},
        Case{Kind::kBackendPool, R"({"backendRefs": {}})",
             "spec.backendRefs: Invalid value: must be an array"},
        Case{Kind::kBackendService, R"({"port": "80"})",
             "spec.port: Invalid value: must be an integer"}));

}  // namespace
}  // namespace evroc::sim
