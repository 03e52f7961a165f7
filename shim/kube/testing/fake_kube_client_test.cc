#include "shim/kube/testing/fake_kube_client.h"

#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/time/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using testing::ElementsAre;

constexpr char kVersion[] = "metadata.resourceVersion";

Json Object(const ResourceType& type, const std::string& name) {
  return Json::Object(
      {{"apiVersion", type.ApiVersion()},
       {"kind", type.kind},
       {"metadata", Json::Object({{"name", name}, {"namespace", "ns"}})}});
}

Json At(absl::string_view path, Json value) {
  Json patch = Json::Object();
  patch.SetAt(path, std::move(value));
  return patch;
}

class FakeKubeClientTest : public testing::Test {
 protected:
  absl::StatusOr<Json> Patch(const Json& patch,
                             absl::string_view subresource = "") {
    return client_.Patch({}, kEvrocMachineType, key_, subresource, patch);
  }
  // The first `count` events, as "ADDED name".
  std::vector<std::string> EventsFrom(const std::string& version,
                                      const Selection& selection,
                                      size_t count) {
    std::vector<std::string> events;
    const absl::Status status =
        client_.Watch({}, kEvrocMachineType, selection, version,
                      [&](const WatchEvent& event) -> absl::Status {
                        constexpr const char* kNames[] = {
                            "ADDED", "MODIFIED", "DELETED", "BOOKMARK"};
                        events.push_back(absl::StrCat(
                            kNames[static_cast<int>(event.type)], " ",
                            event.object.At("metadata.name").String()));
                        if (events.size() < count) return absl::OkStatus();
                        return absl::AbortedError("enough");
                      });
    EXPECT_EQ(status.code(), absl::StatusCode::kAborted) << status;
    return events;
  }

  const ObjectKey key_{"ns", "m"};
  FakeClock clock_;
  FakeKubeClient client_{clock_};
};

TEST_F(FakeKubeClientTest, TheServerSetsItsOwnFields) {
  Json desired = Object(kEvrocMachineType, "m");
  desired.SetAt("status.ready", true);
  const auto made = client_.Create({}, kEvrocMachineType, desired);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_FALSE(made->At("status").exists());
  EXPECT_EQ(made->At("metadata.generation").Integer(), 1);
  EXPECT_EQ(made->At("metadata.uid").String().size(), 36);
  EXPECT_EQ(made->At("metadata.creationTimestamp").String(),
            "2027-01-15T08:00:00Z");
  EXPECT_EQ(client_.Create({}, kEvrocMachineType, desired).status().code(),
            absl::StatusCode::kAlreadyExists);
}

TEST_F(FakeKubeClientTest, RefusesAsTheServerDoes) {
  EXPECT_FALSE(
      client_.Create({}, kEvrocMachineType, Object(kSecretType, "m")).ok());
  EXPECT_FALSE(client_.Create({}, kNodeType, Object(kNodeType, "n")).ok());
  EXPECT_EQ(
      client_.Get({}, {"g", "v1", "things", "Thing"}, key_).status().code(),
      absl::StatusCode::kUnavailable);
  client_.Add(kEvrocMachineType, Object(kEvrocMachineType, "m"));
  EXPECT_FALSE(Patch(At("metadata.name", "other")).ok());
  EXPECT_FALSE(Patch(At("status.ready", true), "scale").ok());
  EXPECT_FALSE(
      client_.Update({}, kEvrocMachineType, Object(kEvrocMachineType, "m"))
          .ok());
}

TEST_F(FakeKubeClientTest, StatusIsASubresource) {
  client_.Add(kEvrocMachineType, Object(kEvrocMachineType, "m"));
  Json both = At("status.ready", true);
  both.SetAt("spec.image", "i");
  const auto main = Patch(both);
  EXPECT_FALSE(main->At("status").exists());
  EXPECT_EQ(main->At("metadata.generation").Integer(), 2);
  both.SetAt("spec.image", "other");
  const auto status = Patch(both, "status");
  EXPECT_TRUE(status->At("status.ready").Bool());
  EXPECT_EQ(status->At("spec.image").String(), "i");
  EXPECT_EQ(status->At("metadata.generation").Integer(), 2);
}

TEST_F(FakeKubeClientTest, APatchThatChangesNothingMakesNoVersion) {
  client_.Add(kEvrocMachineType, Object(kEvrocMachineType, "m"));
  const auto first = Patch(At("spec.image", "i"));
  const auto second = Patch(At("spec.image", "i"));
  EXPECT_EQ(first->At(kVersion), second->At(kVersion));
  EXPECT_EQ(client_.WriteCount(), 2);
  EXPECT_EQ(client_.CallCount("patch", "evrocmachines"), 2);
}

TEST_F(FakeKubeClientTest, AnOldVersionIsAConflict) {
  const Json old =
      client_.Add(kEvrocMachineType, Object(kEvrocMachineType, "m"));
  client_.Change(kEvrocMachineType, key_, At("spec.image", "i"));
  Json patch = At("spec.image", "j");
  patch.SetAt(kVersion, old.At(kVersion).String());
  EXPECT_EQ(Patch(patch).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(client_.Update({}, kEvrocMachineType, old).status().code(),
            absl::StatusCode::kAborted);
  patch.SetAt(kVersion,
              client_.Find(kEvrocMachineType, key_)->At(kVersion).String());
  EXPECT_TRUE(Patch(patch).ok());
}

TEST_F(FakeKubeClientTest, FinalizersHoldAnObject) {
  client_.Add(kEvrocMachineType, Object(kEvrocMachineType, "m"));
  ASSERT_TRUE(Patch(At("metadata.finalizers", Json::Array({"a", "b"}))).ok());
  client_.Delete(kEvrocMachineType, key_);
  EXPECT_TRUE(client_.Find(kEvrocMachineType, key_)
                  ->At("metadata.deletionTimestamp")
                  .exists());
  EXPECT_EQ(Patch(At("metadata.finalizers", Json::Array({"a", "b", "c"})))
                .status()
                .code(),
            absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(Patch(At("metadata.finalizers", Json::Array({"b"}))).ok());
  EXPECT_TRUE(client_.Find(kEvrocMachineType, key_).has_value());
  ASSERT_TRUE(Patch(At("metadata.finalizers", Json::Array())).ok());
  EXPECT_FALSE(client_.Find(kEvrocMachineType, key_).has_value());
}

TEST_F(FakeKubeClientTest, ListsAndWatchesTheSelectedObjects) {
  for (const char* name : {"a", "b", "m"}) {
    client_.Add(kEvrocMachineType, Object(kEvrocMachineType, name));
  }
  std::vector<std::string> names;
  const auto version =
      client_.List({}, kEvrocMachineType,
                   {.field_selector = "metadata.name!=a,metadata.namespace=ns"},
                   [&](const Json& object) {
                     names.emplace_back(object.At("metadata.name").String());
                     return absl::OkStatus();
                   });
  EXPECT_THAT(names, ElementsAre("b", "m"));
  client_.Change(kEvrocMachineType, key_, At("metadata.labels.x", "1"));
  client_.Change(kEvrocMachineType, key_, At("spec.image", "i"));
  client_.Change(kEvrocMachineType, key_, At("metadata.labels.x", Json()));
  client_.Delete(kEvrocMachineType, {"ns", "b"});
  client_.SendBookmark(kEvrocMachineType);
  EXPECT_THAT(EventsFrom(*version, {.label_selector = "x=1"}, 4),
              ElementsAre("ADDED m", "MODIFIED m", "DELETED m", "BOOKMARK "));
  EXPECT_THAT(EventsFrom(*version, {}, 5),
              ElementsAre("MODIFIED m", "MODIFIED m", "MODIFIED m", "DELETED b",
                          "BOOKMARK "));
  EXPECT_FALSE(client_
                   .List({}, kEvrocMachineType, {.field_selector = "spec.x=1"},
                         [](const Json&) { return absl::OkStatus(); })
                   .ok());
}

TEST_F(FakeKubeClientTest, AWatchWithoutAVersionBeginsWithAllObjects) {
  client_.Add(kEvrocMachineType, Object(kEvrocMachineType, "a"));
  client_.Add(kEvrocMachineType, Object(kEvrocMachineType, "m"));
  client_.RunBefore("watch", "evrocmachines", [] {});
  EXPECT_THAT(EventsFrom("", {.field_selector = "metadata.name=m"}, 1),
              ElementsAre("ADDED m"));
}

TEST_F(FakeKubeClientTest, ForgottenHistoryIsOutOfRange) {
  const Json old =
      client_.Add(kEvrocMachineType, Object(kEvrocMachineType, "m"));
  client_.ForgetHistory();
  EXPECT_EQ(client_
                .Watch({}, kEvrocMachineType, {},
                       std::string(old.At(kVersion).String()),
                       [](const WatchEvent&) { return absl::OkStatus(); })
                .code(),
            absl::StatusCode::kOutOfRange);
}

TEST_F(FakeKubeClientTest, WatchesEndWhenTheyAreCancelled) {
  std::stop_source cancel;
  std::thread watcher([&] {
    EXPECT_EQ(client_
                  .Watch({.cancel = cancel.get_token()}, kEvrocMachineType, {},
                         "", [](const WatchEvent&) { return absl::OkStatus(); })
                  .code(),
              absl::StatusCode::kCancelled);
  });
  client_.AwaitWatches(1);
  cancel.request_stop();
  watcher.join();
}

TEST_F(FakeKubeClientTest, FaultsComeOnceAndInOrder) {
  client_.Add(kEvrocMachineType, Object(kEvrocMachineType, "m"));
  client_.FailNext("patch", "evrocmachines/status",
                   absl::UnavailableError("down"));
  client_.FailNext("patch", "evrocmachines/status",
                   absl::UnavailableError("lost"),
                   FakeKubeClient::Point::kAfter);
  const Json patch = At("status.ready", true);
  EXPECT_EQ(Patch(patch, "status").status().message(), "down");
  EXPECT_FALSE(client_.Find(kEvrocMachineType, key_)->At("status").exists());
  EXPECT_EQ(Patch(patch, "status").status().message(), "lost");
  EXPECT_TRUE(client_.Find(kEvrocMachineType, key_)->At("status.ready").Bool());
  EXPECT_TRUE(Patch(patch, "status").ok());
}

}  // namespace
}  // namespace evroc::shim
