#include "shim/reconcile/machine/template_reconciler.h"

#include <string>
#include <variant>

#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/testing/reconcile_fixture.h"

namespace evroc::shim {
namespace {

class TemplateReconcilerTest : public ::testing::Test {
 protected:
  TemplateReconcilerTest() { fixture_.MakeNetwork(); }

  void AddTemplate(const std::string& name, const std::string& cluster) {
    const ResourceType& type = kEvrocMachineTemplateType;
    Json object =
        Json::Object({{"apiVersion", type.ApiVersion()}, {"kind", type.kind}});
    object.SetAt("metadata.name", name);
    object.SetAt("metadata.namespace", "ns");
    object.SetAt(
        "metadata.ownerReferences",
        Json::Array({Json::Object({{"apiVersion", kClusterType.ApiVersion()},
                                   {"kind", "Cluster"},
                                   {"name", cluster},
                                   {"uid", "uid"}})}));
    object.SetAt("spec.template.spec.computeProfile", "c1a.s");
    fixture_.kube.Add(type, object);
  }
  std::string CpusOf(const std::string& name) {
    const auto object =
        fixture_.kube.Find(kEvrocMachineTemplateType, {"ns", name});
    return std::string(object->At("status.capacity.cpu").String());
  }

  ReconcileFixture fixture_;
};

TEST_F(TemplateReconcilerTest, WritesTheCapacityOfTheProfile) {
  AddTemplate("t", "c");
  EXPECT_TRUE(fixture_.ReconcileTemplate("t").ok());
  EXPECT_EQ(CpusOf("t"), "2");
}

TEST_F(TemplateReconcilerTest, AStatusThatIsRefusedIsToldByAnEvent) {
  AddTemplate("t", "c");
  fixture_.kube.FailNext(
      "patch", "evrocmachinetemplates/status",
      MakeError(
          absl::StatusCode::kInvalidArgument, "a policy denied it",
          {.metadata = {{"http_status", "422"}, {"kube_reason", "Invalid"}}}));
  EXPECT_FALSE(fixture_.ReconcileTemplate("t").ok());
  EXPECT_THAT(fixture_.changes(), testing::Contains("WriteRefused"));
}

TEST_F(TemplateReconcilerTest, B9AHangingCatalogueHoldsAShareOnly) {
  fixture_.AddSecret("theirs", "config", "another credential");
  fixture_.AddCluster("theirs");
  fixture_.Change(kEvrocClusterType, "theirs",
                  R"({"spec": {"identitySecretName": "theirs"}})");
  ASSERT_TRUE(fixture_.ReconcileCluster("theirs").ok());
  AddTemplate("good", "c");
  AddTemplate("hangs", "theirs");
  AddTemplate("waits", "theirs");
  int calls_of_theirs = 0;
  // While the first call of theirs lasts:
  fixture_.compute.faults().Before("ListComputeProfiles", [&] {
    fixture_.clock.Advance(absl::Seconds(11));
    const ReconcileResult waits = fixture_.ReconcileTemplate("waits");
    ASSERT_TRUE(std::holds_alternative<RetryAfter>(*waits));
    calls_of_theirs = fixture_.compute.faults().calls("ListComputeProfiles");
    EXPECT_TRUE(fixture_.ReconcileTemplate("good").ok());
  });
  EXPECT_TRUE(fixture_.ReconcileTemplate("hangs").ok());
  EXPECT_EQ(calls_of_theirs, 1);
  EXPECT_EQ(CpusOf("good"), "2");
}

}  // namespace
}  // namespace evroc::shim
