// The fixture of the rules' tests: a store and settings.

#ifndef TESTS_EVROC_SIM_RULES_RULES_FIXTURE_H_
#define TESTS_EVROC_SIM_RULES_RULES_FIXTURE_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/rules/rules.h"

namespace evroc::sim {

inline constexpr char kNet[] = "/networking/projects/p/regions/se-sto/";
inline constexpr char kCompute[] = "/compute/projects/p/regions/se-sto/";

// A VPC with a subnet in zone a, a security group, a public IP, and a disk in
// each of the zones a and b.
class RulesTest : public testing::Test {
 protected:
  RulesTest() {
    Put(Kind::kVpc, "v",
        R"({"ipv4CidrBlocks": ["10.0.0.0/16"], "stackType": "dual-stack"})");
    Put(Kind::kSubnet, "s",
        absl::StrCat(R"({"vpcRef": ")", kNet,
                     R"(virtualPrivateClouds/v", "stackType": "dual-stack",
                        "ipv4CidrBlock": "10.0.1.0/24",
                        "placement": {"zone": "a"}})"));
    Put(Kind::kSecurityGroup, "g",
        absl::StrCat(R"({"vpcRef": ")", kNet, R"(virtualPrivateClouds/v"})"));
    Put(Kind::kPublicIp, "ip", "{}");
    Put(Kind::kDisk, "da", R"({"placement": {"zone": "a"},
                               "diskSize": {"amount": 20, "unit": "GB"}})");
    Put(Kind::kDisk, "db", R"({"placement": {"zone": "b"},
                               "diskSize": {"amount": 20, "unit": "GB"}})");
  }

  ObjectPtr Put(Kind kind, const char* id, const std::string& spec,
                const char* phase = "") {
    Object object = Make(kind, id, spec);
    object.phase = phase;
    return store_.Put(object);
  }

  static Object Make(Kind kind, const char* id, const std::string& spec) {
    Object object{.key = {kind, "p", "se-sto", id}};
    object.spec = *Json::Parse(spec);
    return object;
  }

  static int CodeOf(const absl::Status& status) {
    return status.ok() ? 200 : HttpStatusOf(status);
  }

  absl::Status Check(Kind kind, const std::string& spec,
                     const Object* current = nullptr) {
    Object wanted =
        Make(kind, current == nullptr ? "new" : current->key.id.c_str(), spec);
    ApplyDefaults(store_, settings_, wanted);
    return CheckSpec({store_, settings_, wanted, current, now_});
  }

  static std::string Machine(const std::string& disk,
                             const std::string& more = "",
                             const char* zone = "a",
                             const char* profile = "c1a.s") {
    return absl::StrCat(
        R"({"computeProfileRef": "/compute/global/computeProfiles/)", profile,
        R"(", "disks": [{"bootFrom": true, "diskRef": ")", kCompute, "disks/",
        disk, R"("}], "placement": {"zone": ")", zone,
        R"("}, "networking": {"subnetRef": ")", kNet, R"(subnets/s")", more,
        "}}");
  }

  void Set(const char* patch) {
    ASSERT_TRUE(settings_.Update(*Json::Parse(patch)).ok());
  }

  Store store_;
  Settings settings_;
  absl::Time now_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_RULES_RULES_FIXTURE_H_
