#include "shim/app/fenced_kube_client.h"

#include <memory>
#include <string>

#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "shim/kube/testing/fake_kube_client.h"

namespace evroc::shim {
namespace {

Json Machine(const std::string& name) {
  return Json::Object(
      {{"apiVersion", kEvrocMachineType.ApiVersion()},
       {"kind", kEvrocMachineType.kind},
       {"metadata", Json::Object({{"name", name}, {"namespace", "ns"}})}});
}

Json LabelPatch() {
  Json patch = Json::Object();
  patch.SetAt("metadata.labels.a", "b");
  return patch;
}

class FencedKubeClientTest : public testing::Test {
 protected:
  FencedKubeClientTest() { server_.Add(kEvrocMachineType, Machine("m")); }

  absl::Status Create(const std::string& name) {
    return client_.Create({}, kEvrocMachineType, Machine(name)).status();
  }
  absl::Status Update() {
    Json machine = *server_.Find(kEvrocMachineType, key_);
    machine.SetAt("metadata.labels.updated", "yes");
    return client_.Update({}, kEvrocMachineType, machine).status();
  }
  absl::Status Patch(absl::string_view subresource) {
    return client_.Patch({}, kEvrocMachineType, key_, subresource, LabelPatch())
        .status();
  }

  const ObjectKey key_{"ns", "m"};
  FakeClock clock_;
  bool leads_ = true;
  FakeKubeClient* const inner_ = new FakeKubeClient(clock_);  // client_ owns it
  FakeKubeClient& server_ = *inner_;
  FencedKubeClient client_{std::unique_ptr<KubeClient>(inner_),
                           [this] { return leads_; }};
};

TEST_F(FencedKubeClientTest, WritesWhileItLeads) {
  EXPECT_TRUE(Create("other").ok());
  EXPECT_TRUE(Update().ok());
  EXPECT_TRUE(Patch("").ok());
  EXPECT_TRUE(Patch("status").ok());
  EXPECT_EQ(server_.All(kEvrocMachineType).size(), 2);
  const auto machine = server_.Find(kEvrocMachineType, key_);
  EXPECT_EQ(machine->At("metadata.labels.updated").String(), "yes");
  EXPECT_EQ(machine->At("metadata.labels.a").String(), "b");
}

TEST_F(FencedKubeClientTest, WritesNothingOnceTheLeaseIsLost) {
  leads_ = false;
  const auto before = server_.Find(kEvrocMachineType, key_);
  EXPECT_TRUE(absl::IsCancelled(Create("other")));
  EXPECT_TRUE(absl::IsCancelled(Update()));
  EXPECT_TRUE(absl::IsCancelled(Patch("")));
  EXPECT_TRUE(absl::IsCancelled(Patch("status")));
  EXPECT_EQ(server_.WriteCount(), 0);  // not even refused by the server
  EXPECT_EQ(server_.All(kEvrocMachineType).size(), 1);
  EXPECT_TRUE(server_.Find(kEvrocMachineType, key_) == before);
}

TEST_F(FencedKubeClientTest, ReadsWithoutTheLease) {
  leads_ = false;
  EXPECT_TRUE(client_.Get({}, kEvrocMachineType, key_).ok());
  int listed = 0;
  EXPECT_TRUE(client_
                  .List({}, kEvrocMachineType, {},
                        [&](const Json&) {
                          ++listed;
                          return absl::OkStatus();
                        })
                  .ok());
  EXPECT_EQ(listed, 1);
  const absl::Status watched = client_.Watch(
      {}, kEvrocMachineType, {}, "",
      [](const WatchEvent&) { return absl::AbortedError("enough"); });
  EXPECT_TRUE(absl::IsAborted(watched)) << watched;
}

}  // namespace
}  // namespace evroc::shim
