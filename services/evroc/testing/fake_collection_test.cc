#include "services/evroc/testing/fake_collection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stop_token>
#include <thread>
#include <utility>

#include "common/status/error_details.h"
#include "common/time/testing/fake_clock.h"
#include "services/evroc/api/compute.h"
#include "services/evroc/api/networking.h"

namespace evroc::cloud {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Code = absl::StatusCode;

Disk NewDisk(const std::string& id) {
  Disk disk;
  disk.metadata.id = Id<Disk>(id);
  disk.metadata.labels = {{"team", "a"}};
  disk.size = DiskSize{.amount = 10};
  return disk;
}

class FakeCollectionTest : public testing::Test {
 protected:
  absl::StatusOr<Disk> Create(const std::string& id) {
    return disks_.Create({}, NewDisk(id));
  }

  FakeClock clock_;
  bool in_use_ = false;
  FakeCollection<Disk> disks_{
      "Disk",
      {.in_use = [this](const Disk&) { return in_use_; },
       .settle = [](Disk& disk) { disk.status.size = disk.size; }},
      clock_};
  const Id<Disk> id_{"d1"};
};

TEST_F(FakeCollectionTest, ACreatedObjectHasWhatTheServerGives) {
  const absl::StatusOr<Disk> disk = Create("d1");
  ASSERT_TRUE(disk.ok()) << disk.status();
  EXPECT_EQ(disk->metadata.generation, 1);
  EXPECT_EQ(disk->metadata.created, clock_.Now());
  EXPECT_EQ(disk->metadata.uid.size(), 36U);
  EXPECT_NE(disk->metadata.resource_version, "");
  EXPECT_EQ(*disks_.Get({}, id_), *disk);
}

TEST_F(FakeCollectionTest, RefusesATakenId) {
  ASSERT_TRUE(Create("d1").ok());
  EXPECT_EQ(Create("d1").status().code(), Code::kAlreadyExists);
  ASSERT_TRUE(disks_.Delete({}, id_, "").ok());
  EXPECT_EQ(Create("d1").status().code(), Code::kAlreadyExists);
}

TEST_F(FakeCollectionTest, RefusesBadNames) {
  for (const std::string& id :
       {std::string(), std::string("-a"), std::string("A"), std::string("a.b"),
        std::string(64, 'a')}) {
    EXPECT_EQ(Create(id).status().code(), Code::kInvalidArgument) << id;
  }
  Disk disk = NewDisk("d1");
  disk.metadata.labels = {{"a/b", "1"}};
  EXPECT_EQ(disks_.Create({}, disk).status().code(), Code::kInvalidArgument);
  disk.metadata.labels = {{"a", std::string(64, 'x')}};
  EXPECT_EQ(disks_.Create({}, disk).status().code(), Code::kInvalidArgument);
}

TEST_F(FakeCollectionTest, ListsByLabel) {
  ASSERT_TRUE(Create("d1").ok());
  Disk other = NewDisk("d2");
  other.metadata.labels = {{"team", "b"}};
  ASSERT_TRUE(disks_.Create({}, other).ok());
  EXPECT_EQ(disks_.List({}, "")->items.size(), 2U);
  const Listing<Disk> listing = *disks_.List({}, "team=b");
  ASSERT_EQ(listing.items.size(), 1U);
  EXPECT_EQ(listing.items[0].metadata.id, Id<Disk>("d2"));
  EXPECT_EQ(disks_.List({}, "team in").status().code(), Code::kInvalidArgument);
}

TEST_F(FakeCollectionTest, AnUpdateIsOptimistic) {
  const Disk created = *Create("d1");
  Disk wanted = created;
  wanted.size = DiskSize{.amount = 20};
  const absl::StatusOr<Disk> updated = disks_.Update({}, created, wanted);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->size->amount, 20);
  EXPECT_EQ(updated->metadata.generation, 2);
  wanted.size = DiskSize{.amount = 30};
  EXPECT_EQ(disks_.Update({}, created, wanted).status().code(), Code::kAborted);
  EXPECT_EQ(disks_.Find(id_)->size->amount, 20);
}

TEST_F(FakeCollectionTest, LabelsDoNotChangeTheGeneration) {
  const Disk created = *Create("d1");
  Disk wanted = created;
  wanted.metadata.labels = {{"team", "b"}};
  const Disk updated = *disks_.Update({}, created, wanted);
  EXPECT_EQ(updated.metadata.generation, 1);
  EXPECT_NE(updated.metadata.resource_version,
            created.metadata.resource_version);
}

TEST_F(FakeCollectionTest, AnUpdateWithNothingToSendIsNoCall) {
  const Disk created = *Create("d1");
  Disk wanted = created;
  wanted.status.size = DiskSize{.amount = 99};
  EXPECT_EQ(*disks_.Update({}, created, wanted), created);
  EXPECT_EQ(disks_.faults().calls(Verb::kUpdate), 0);
}

TEST_F(FakeCollectionTest, AnUpdateOfWhatIsGoneIsNotFound) {
  Disk wanted = NewDisk("d1");
  wanted.size = DiskSize{.amount = 20};
  EXPECT_EQ(disks_.Update({}, NewDisk("d1"), wanted).status().code(),
            Code::kNotFound);
}

TEST_F(FakeCollectionTest, DeletionLingersUntilSettledAndUnused) {
  ASSERT_TRUE(Create("d1").ok());
  in_use_ = true;
  ASSERT_TRUE(disks_.Delete({}, id_, "").ok());
  EXPECT_TRUE(disks_.deleting(id_));
  ASSERT_TRUE(disks_.Delete({}, id_, "").ok());
  disks_.Settle();
  EXPECT_TRUE(disks_.Get({}, id_).ok());
  in_use_ = false;
  EXPECT_TRUE(disks_.Settle());
  EXPECT_EQ(disks_.Get({}, id_).status().code(), Code::kNotFound);
  EXPECT_EQ(disks_.Delete({}, id_, "").code(), Code::kNotFound);
}

TEST_F(FakeCollectionTest, CanRefuseToDeleteWhatIsInUse) {
  disks_.set_behaviour({.refuse_delete_in_use = true});
  ASSERT_TRUE(Create("d1").ok());
  in_use_ = true;
  const absl::Status refusal = disks_.Delete({}, id_, "");
  EXPECT_EQ(refusal.code(), Code::kFailedPrecondition);
  EXPECT_EQ(DetailsOf(refusal).reason, kInUse);
  EXPECT_FALSE(disks_.deleting(id_));
}

TEST_F(FakeCollectionTest, CanDeleteAtOnce) {
  disks_.set_behaviour({.lingering_deletion = false});
  ASSERT_TRUE(Create("d1").ok());
  ASSERT_TRUE(disks_.Delete({}, id_, "").ok());
  EXPECT_FALSE(disks_.Find(id_));
}

TEST_F(FakeCollectionTest, ALostAnswerLeavesTheObjectThere) {
  disks_.faults().LoseAnswer(Verb::kCreate);
  EXPECT_EQ(Create("d1").status().code(), Code::kUnavailable);
  EXPECT_TRUE(disks_.Find(id_));
}

TEST_F(FakeCollectionTest, AFailureLeavesNothing) {
  disks_.faults().Fail(Verb::kCreate, absl::UnavailableError("down"));
  EXPECT_EQ(Create("d1").status().code(), Code::kUnavailable);
  EXPECT_THAT(disks_.All(), IsEmpty());
}

TEST_F(FakeCollectionTest, RespectsTheContext) {
  CallContext late{.deadline = clock_.Now()};
  EXPECT_EQ(disks_.List(late, "").status().code(), Code::kDeadlineExceeded);
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(disks_.List({.cancel = source.get_token()}, "").status().code(),
            Code::kCancelled);
}

TEST_F(FakeCollectionTest, ALackingCollectionSaysWhereItLacks) {
  disks_.set_behaviour({.missing_in = "the KCP API"});
  const absl::Status status = disks_.List({}, "").status();
  EXPECT_EQ(status.code(), Code::kUnimplemented);
  EXPECT_EQ(status.message(), "the KCP API has no Disk");
}

TEST_F(FakeCollectionTest, SettleSaysWhetherAnythingChanged) {
  ASSERT_TRUE(Create("d1").ok());
  EXPECT_TRUE(disks_.Settle());
  EXPECT_EQ(disks_.Find(id_)->status.size, DiskSize{.amount = 10});
  EXPECT_FALSE(disks_.Settle());
}

TEST(FakeMachineCollectionTest, UserDataIsStoredButNotReadBack) {
  FakeCollection<VirtualMachine> machines("VirtualMachine", {});
  VirtualMachine machine;
  machine.metadata.id = Id<VirtualMachine>("vm1");
  machine.user_data = "#cloud-config";
  const VirtualMachine created = *machines.Create({}, machine);
  EXPECT_EQ(created.user_data, "");
  VirtualMachine stopped = created;
  stopped.running = false;
  ASSERT_TRUE(machines.Update({}, created, stopped).ok());
  EXPECT_EQ(machines.Get({}, machine.metadata.id)->user_data, "");
  EXPECT_EQ(machines.List({}, "")->items[0].user_data, "");
  EXPECT_EQ(machines.Find(machine.metadata.id)->user_data, "#cloud-config");
}

class FakeWatchTest : public FakeCollectionTest {
 protected:
  using Type = WatchEvent<Disk>::Type;

  FakeWatchTest() { disks_.set_behaviour({.can_watch = true}); }

  std::string Version() { return disks_.List({}, "")->resource_version; }

  // Watches until `count` events have come.
  std::vector<std::pair<Type, std::string>> Watch(const std::string& version,
                                                  size_t count) {
    std::vector<std::pair<Type, std::string>> seen;
    const absl::Status status =
        disks_.Watch({}, version, [&](const WatchEvent<Disk>& event) {
          seen.emplace_back(event.type, event.object.metadata.id.value());
          return seen.size() == count ? absl::AbortedError("enough")
                                      : absl::OkStatus();
        });
    EXPECT_EQ(status, absl::AbortedError("enough"));
    return seen;
  }
};

TEST_F(FakeWatchTest, SeesChangesAfterTheVersion) {
  ASSERT_TRUE(Create("d0").ok());
  const std::string version = Version();
  ASSERT_TRUE(Create("d1").ok());
  ASSERT_TRUE(disks_.Delete({}, id_, "").ok());
  disks_.Vanish(id_);
  disks_.SendBookmark();
  EXPECT_THAT(Watch(version, 4), ElementsAre(std::pair(Type::kChanged, "d1"),
                                             std::pair(Type::kChanged, "d1"),
                                             std::pair(Type::kDeleted, "d1"),
                                             std::pair(Type::kBookmark, "")));
}

TEST_F(FakeWatchTest, WaitsForAChange) {
  const std::string version = Version();
  std::thread writer([&] { ASSERT_TRUE(Create("d1").ok()); });
  EXPECT_EQ(Watch(version, 1).size(), 1U);
  writer.join();
}

TEST_F(FakeWatchTest, EndsWhenTheServerOrTheCallerEndsIt) {
  const auto ignore = [](const WatchEvent<Disk>&) { return absl::OkStatus(); };
  const std::string version = Version();
  ASSERT_TRUE(Create("d1").ok());
  EXPECT_TRUE(disks_
                  .Watch({}, version,
                         [&](const WatchEvent<Disk>&) {
                           disks_.EndWatches();
                           return absl::OkStatus();
                         })
                  .ok());
  std::stop_source source;
  EXPECT_EQ(disks_
                .Watch({.cancel = source.get_token()}, version,
                       [&](const WatchEvent<Disk>&) {
                         source.request_stop();
                         return absl::OkStatus();
                       })
                .code(),
            Code::kCancelled);
  std::thread time([&] {
    clock_.AwaitWaiters(1);
    clock_.Advance(absl::Seconds(2));
  });
  const CallContext short_context{.deadline = clock_.Now() + absl::Seconds(1)};
  EXPECT_EQ(disks_.Watch(short_context, version, ignore).code(),
            Code::kDeadlineExceeded);
  time.join();
}

TEST_F(FakeWatchTest, AForgottenVersionIsOutOfRange) {
  const std::string version = Version();
  disks_.ForgetHistory();
  const auto ignore = [](const WatchEvent<Disk>&) { return absl::OkStatus(); };
  EXPECT_EQ(disks_.Watch({}, version, ignore).code(), Code::kOutOfRange);
}

TEST_F(FakeWatchTest, IsUnimplementedWhereItIsSwitchedOff) {
  disks_.set_behaviour({});
  const auto ignore = [](const WatchEvent<Disk>&) { return absl::OkStatus(); };
  EXPECT_EQ(disks_.Watch({}, "1", ignore).code(), Code::kUnimplemented);
  EXPECT_EQ(disks_.List({}, "")->resource_version, "");
}

}  // namespace
}  // namespace evroc::cloud
