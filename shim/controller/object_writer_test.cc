#include "shim/controller/object_writer.h"

#include <memory>
#include <string>

#include "common/status/error_details.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "shim/cache/evroc_machine.h"
#include "shim/kube/testing/fake_kube_client.h"

namespace evroc::shim {
namespace {

const ObjectKey kKey{"ns", "m"};

class ObjectWriterTest : public ::testing::Test {
 protected:
  ObjectWriterTest()
      : kube_(clock_),
        writer_(kube_, kEvrocMachineType, store_, DecodeEvrocMachine) {
    Add();
  }

  void Add() {
    store_.Upsert(
        DecodeEvrocMachine(kube_.Add(kEvrocMachineType, Json::Parse(R"({
            "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1",
            "kind": "EvrocMachine", "metadata": {
            "namespace": "ns", "name": "m", "finalizers": [
              "evrocmachine.infrastructure.cluster.x-k8s.io"]}})")
                                                            .value())));
  }
  void RemoveByForce() {
    kube_.Change(kEvrocMachineType, kKey,
                 Json::Parse(R"({"metadata": {"finalizers": []}})").value());
    kube_.Delete(kEvrocMachineType, kKey);
  }
  // As a webhook may answer, or a proxy.
  void Deny(const std::string& verb) {
    kube_.FailNext(
        verb, "evrocmachines",
        MakeError(absl::StatusCode::kNotFound, "evrocmachines m not found",
                  {.metadata = {{"kube_reason", "NotFound"}}}));
  }
  std::shared_ptr<const EvrocMachineObject> Stored() {
    return store_.Find(kKey);
  }
  absl::Status RemoveFinalizer(const EvrocMachineObject& read) {
    return writer_.RemoveFinalizers({}, read, {kMachineFinalizer});
  }

  FakeClock clock_;
  FakeKubeClient kube_;
  ObjectStore<EvrocMachineObject> store_;
  ObjectWriter<EvrocMachineObject> writer_;
};

TEST_F(ObjectWriterTest, AWriteOfWhatIsThereIsNotDoneByA404) {
  Deny("patch");
  EXPECT_TRUE(absl::IsUnavailable(RemoveFinalizer(*Stored())));
  ASSERT_NE(Stored(), nullptr) << "it is there, and stays in the cache";
  EXPECT_TRUE(Stored()->meta.HasFinalizer(kMachineFinalizer));
  EXPECT_TRUE(RemoveFinalizer(*Stored()).ok());
  EXPECT_FALSE(Stored()->meta.HasFinalizer(kMachineFinalizer));
}

TEST_F(ObjectWriterTest, ADeletionOfWhatIsThereIsNotOverByA404) {
  kube_.Delete(kEvrocMachineType, kKey);
  Deny("get");
  const auto denied = writer_.ConfirmDeleting({}, *Stored(), kMachineFinalizer);
  EXPECT_TRUE(absl::IsUnavailable(denied.status()));
  ASSERT_NE(Stored(), nullptr);
  EXPECT_TRUE(Stored()->meta.deleting) << "the list is newer";
  const auto confirmed =
      writer_.ConfirmDeleting({}, *Stored(), kMachineFinalizer);
  ASSERT_TRUE(confirmed.ok());
  EXPECT_NE(*confirmed, nullptr);
}

TEST_F(ObjectWriterTest, WithoutTheListNothingIsKnown) {
  Deny("patch");
  kube_.FailNext("list", "evrocmachines", absl::InternalError("HTTP 500"));
  EXPECT_TRUE(absl::IsInternal(RemoveFinalizer(*Stored())));
  EXPECT_NE(Stored(), nullptr);
}

TEST_F(ObjectWriterTest, WhatIsGoneLeavesTheCacheAndNeverComesBack) {
  const EvrocMachineObject read = *Stored();
  RemoveByForce();
  EXPECT_TRUE(RemoveFinalizer(read).ok());
  EXPECT_EQ(Stored(), nullptr);
  store_.Upsert(read);  // an answer that is late
  EXPECT_EQ(Stored(), nullptr);
  const auto confirmed = writer_.ConfirmDeleting({}, read, kMachineFinalizer);
  ASSERT_TRUE(confirmed.ok());
  EXPECT_EQ(*confirmed, nullptr);
}

TEST_F(ObjectWriterTest, WhatWasMadeAgainIsAnother) {
  const EvrocMachineObject read = *Stored();
  RemoveByForce();
  Add();
  Deny("patch");
  EXPECT_TRUE(RemoveFinalizer(read).ok());
  ASSERT_NE(Stored(), nullptr);
  EXPECT_NE(Stored()->meta.uid, read.meta.uid);
  EXPECT_TRUE(Stored()->meta.HasFinalizer(kMachineFinalizer));
}

}  // namespace
}  // namespace evroc::shim
