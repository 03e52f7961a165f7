// The fixture of the cloud's tests.

#ifndef TESTS_EVROC_SIM_CLOUD_CLOUD_FIXTURE_H_
#define TESTS_EVROC_SIM_CLOUD_CLOUD_FIXTURE_H_

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "tests/evroc_sim/cloud/cloud.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {

inline constexpr char kNet[] = "/networking/projects/p/regions/se-sto/";
inline constexpr char kCompute[] = "/compute/projects/p/regions/se-sto/";
inline constexpr char kBalancers[] = "/loadbalancer/projects/p/regions/se-sto/";

inline Key KeyOf(Kind kind, const std::string& id) {
  return {kind, "p", "se-sto", id};
}

// A cloud with a fake clock.
class CloudTest : public testing::Test {
 protected:
  absl::StatusOr<Written> Create(Kind kind, const std::string& id,
                                 const std::string& spec) {
    Draft draft;
    draft.spec = *Json::Parse(spec);
    return cloud_.Create(KeyOf(kind, id), std::move(draft));
  }

  void MustCreate(Kind kind, const std::string& id, const std::string& spec) {
    const auto written = Create(kind, id, spec);
    ASSERT_TRUE(written.ok()) << written.status();
  }

  void MakeDisk(const std::string& id) {
    MustCreate(Kind::kDisk, id,
               R"({"placement": {"zone": "a"}, "source": {"type": "image",
                   "diskImageRef":
                   "/compute/global/diskImages/evroc/ubuntu.24-04.1"}})");
  }

  std::string MachineSpec(const std::string& disk,
                          const std::string& networking = "") {
    return absl::StrCat(
        R"({"computeProfileRef": "/compute/global/computeProfiles/a1a.s",
            "disks": [{"bootFrom": true, "diskRef": ")",
        kCompute, "disks/", disk,
        R"("}], "placement": {"zone": "a"}, "networking": {"subnetRef": ")",
        kNet, R"(subnets/default-se-sto-a")", networking, "}}");
  }

  // Advances the clock until nothing is due.
  void Settle() {
    for (int i = 0; i < 40; ++i) {
      cloud_.AwaitDueSteps();
      clock_.Advance(absl::Milliseconds(100));
    }
    cloud_.AwaitDueSteps();
  }

  ObjectPtr Get(Kind kind, const std::string& id) {
    const auto object = cloud_.Get(KeyOf(kind, id));
    return object.ok() ? *object : nullptr;
  }

  int StatusOfGet(Kind kind, const std::string& id) {
    const auto object = cloud_.Get(KeyOf(kind, id));
    return object.ok() ? 200 : HttpStatusOf(object.status());
  }

  bool IsReady(Kind kind, const std::string& id) {
    const ObjectPtr object = Get(kind, id);
    const JsonView conditions = object->status["conditions"];
    for (size_t i = 0; i < conditions.size(); ++i) {
      if (conditions[i]["type"].String() == "Ready") {
        return conditions[i]["status"].String() == "True";
      }
    }
    return false;
  }

  void Set(const char* patch) {
    ASSERT_TRUE(cloud_.UpdateSettings(*Json::Parse(patch)).ok());
  }

  absl::StatusOr<Written> Patch(Kind kind, const std::string& id,
                                const std::string& spec) {
    Revision revision;
    revision.spec = *Json::Parse(spec);
    return cloud_.Update(KeyOf(kind, id), revision);
  }

  FakeClock clock_;
  Cloud cloud_{{}, clock_};
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_CLOUD_CLOUD_FIXTURE_H_
