#include "shim/kube/event_recorder.h"

#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "shim/kube/testing/fake_kube_client.h"

namespace evroc::shim {
namespace {

Event About(const std::string& name, const std::string& message = "made it") {
  return {.type = kEvrocMachineType,
          .object = {"ns", name},
          .uid = "u-1",
          .severity = Event::Severity::kWarning,
          .reason = "DiskFailed",
          .action = "Provisioning",
          .message = message};
}

Event OfNamespace(const std::string& name_space, const std::string& name) {
  Event event = About(name);
  event.object.name_space = name_space;
  return event;
}

// Holds the next Event's creation once it has begun.
class HeldWrite {
 public:
  explicit HeldWrite(FakeKubeClient& client) {
    client.RunBefore("create", "events", [this] {
      begun_.Notify();
      may_end_.WaitForNotification();
    });
  }
  void Await() { begun_.WaitForNotification(); }
  void Release() { may_end_.Notify(); }

 private:
  absl::Notification begun_;
  absl::Notification may_end_;
};

class EventRecorderTest : public testing::Test {
 protected:
  EventRecorder& recorder() {
    if (recorder_ == nullptr) {
      recorder_ = std::make_unique<EventRecorder>(client_, options_, clock_);
    }
    return *recorder_;
  }
  void Record(const Event& event) {
    recorder().Record(event);
    recorder().AwaitIdle();
  }
  std::vector<Json> Events() const { return client_.All(kEventType); }
  int EventsOf(absl::string_view name_space) const {
    int count = 0;
    for (const Json& event : Events()) {
      count += event.At("metadata.namespace").String() == name_space ? 1 : 0;
    }
    return count;
  }
  int Creates() const { return client_.CallCount("create", "events"); }
  int Patches() const { return client_.CallCount("patch", "events"); }

  FakeClock clock_;
  FakeKubeClient client_{clock_};
  EventRecorderOptions options_{.instance = "host"};
  std::unique_ptr<EventRecorder> recorder_;
};

TEST_F(EventRecorderTest, WritesAnEvent) {
  Record(About("m"));
  ASSERT_EQ(Events().size(), 1);
  const Json event = Events()[0];
  EXPECT_EQ(event.At("metadata.namespace").String(), "ns");
  EXPECT_EQ(event["note"].String(), "made it");
  EXPECT_EQ(event["type"].String(), "Warning");
  EXPECT_EQ(event["reason"].String(), "DiskFailed");
  EXPECT_EQ(event["action"].String(), "Provisioning");
  EXPECT_EQ(event["reportingController"].String(), "evroc-shim");
  EXPECT_EQ(event["reportingInstance"].String(), "host");
  EXPECT_EQ(event["eventTime"].String(), "2027-01-15T08:00:00.000000Z");
  EXPECT_EQ(event.At("regarding.uid").String(), "u-1");
  EXPECT_EQ(event.At("regarding.kind").String(), "EvrocMachine");
}

TEST_F(EventRecorderTest, EventsOfTheWholeClusterAreInDefault) {
  Event event = About("n");
  event.type = kNodeType;
  event.object.name_space = "";
  Record(event);
  ASSERT_EQ(Events().size(), 1);
  EXPECT_EQ(Events()[0].At("metadata.namespace").String(), "default");
}

TEST_F(EventRecorderTest, CountsRepeatedEvents) {
  for (int i = 0; i < 500; ++i) {
    Record(About("m"));
    clock_.Advance(absl::Seconds(1));
  }
  EXPECT_EQ(Creates(), 1);
  EXPECT_EQ(Patches(), 1);
  clock_.Advance(absl::Minutes(5));
  Record(About("m"));
  EXPECT_EQ(Patches(), 2);
  ASSERT_EQ(Events().size(), 1);
  EXPECT_EQ(Events()[0].At("series.count").Integer(), 501);
  EXPECT_EQ(Events()[0].At("series.lastObservedTime").String(),
            "2027-01-15T08:13:20.000000Z");
}

TEST_F(EventRecorderTest, ALaterRepeatIsANewEvent) {
  Record(About("m"));
  clock_.Advance(absl::Minutes(11));
  Record(About("m"));
  EXPECT_EQ(Events().size(), 2);
}

TEST_F(EventRecorderTest, AnEventThatTheServerForgotIsCreatedAgain) {
  Record(About("m"));
  const std::string name(Events()[0].At("metadata.name").String());
  client_.Delete(kEventType, {"ns", name});
  Record(About("m"));
  EXPECT_EQ(Events().size(), 1);
  EXPECT_EQ(recorder().dropped(), 0);
}

TEST_F(EventRecorderTest, OneObjectCanNotFlood) {
  for (int i = 0; i < 100; ++i) Record(About("m", absl::StrCat("try ", i)));
  EXPECT_EQ(Events().size(), 25);
  EXPECT_EQ(recorder().dropped(), 75);
  Record(About("other"));
  EXPECT_EQ(Events().size(), 26);
  clock_.Advance(absl::Minutes(2));
  for (int i = 0; i < 5; ++i) Record(About("m", absl::StrCat("later ", i)));
  EXPECT_EQ(Events().size(), 28);
}

TEST_F(EventRecorderTest, NeverBlocksAndDropsWhenFull) {
  options_.max_queue = 12;
  HeldWrite write(client_);
  recorder().Record(About("m", "first"));
  write.Await();
  for (int i = 0; i < 20; ++i) recorder().Record(About("m", absl::StrCat(i)));
  EXPECT_EQ(recorder().dropped(), 8);
  write.Release();
  recorder().AwaitIdle();
  EXPECT_EQ(Events().size(), 13);
}

TEST_F(EventRecorderTest, OneNamespaceDoesNotUseUpTheQueueOfAll) {
  options_.max_queue = 12;
  HeldWrite write(client_);
  recorder().Record(About("m", "first"));
  write.Await();
  for (int i = 0; i < 100; ++i) recorder().Record(About("m", absl::StrCat(i)));
  recorder().Record(OfNamespace("other", "m"));
  write.Release();
  recorder().AwaitIdle();
  EXPECT_EQ(EventsOf("ns"), 12);
  EXPECT_EQ(EventsOf("other"), 1);
  EXPECT_EQ(recorder().dropped(), 89);
  Record(About("m", "later"));
  EXPECT_EQ(Events().size(), 14);
}

// However many they are, and however early they were.
TEST_F(EventRecorderTest, NoisyNamespacesPushOutNoOthersEventsNorHoldThemUp) {
  options_.max_queue = 40;
  HeldWrite write(client_);
  recorder().Record(OfNamespace("noisy-0", "first"));
  write.Await();
  for (int i = 0; i < 100; ++i) {
    for (int noisy = 0; noisy < 5; ++noisy) {
      recorder().Record(
          OfNamespace(absl::StrCat("noisy-", noisy), absl::StrCat("m-", i)));
    }
  }
  for (int i = 0; i < 3; ++i) {
    recorder().Record(OfNamespace("quiet", absl::StrCat("m-", i)));
  }
  for (int i = 0; i < 100; ++i) {
    recorder().Record(OfNamespace("noisy-0", absl::StrCat("late-", i)));
  }
  write.Release();
  recorder().AwaitIdle();
  EXPECT_EQ(Events().size(), 41);
  // Each of the six has its turn.
  std::map<int, std::string> in_order;
  for (const Json& event : Events()) {
    int version = 0;
    ASSERT_TRUE(absl::SimpleAtoi(event.At("metadata.resourceVersion").String(),
                                 &version));
    in_order[version] = std::string(event.At("metadata.namespace").String());
  }
  int quiet = 0;
  int position = 0;
  for (const auto& [version, name_space] : in_order) {
    if (name_space == "quiet" && position <= 3 * 6) ++quiet;
    ++position;
  }
  EXPECT_EQ(quiet, 3);
}

TEST_F(EventRecorderTest, ARefusalIsDroppedAndTheNextOneIsNew) {
  client_.FailNext("create", "events", absl::PermissionDeniedError("no"));
  Record(About("m"));
  EXPECT_EQ(recorder().dropped(), 1);
  Record(About("m"));
  EXPECT_EQ(Events().size(), 1);
}

TEST_F(EventRecorderTest, CutsTextAtAWholeCharacter) {
  std::string message(1023, 'x');
  message += "é and more";
  Record(About("m", message));
  EXPECT_EQ(Events()[0]["note"].String(), std::string(1023, 'x'));
}

TEST_F(EventRecorderTest, NamesFitForLongObjectNames) {
  const std::string name =
      EventName({"ns", std::string(199, 'a') + "-." + std::string(52, 'b')},
                clock_.Now());
  EXPECT_LE(name.size(), 253);
  EXPECT_EQ(name.find("-."), std::string::npos);
  EXPECT_NE(EventName({"ns", "m"}, clock_.Now()),
            EventName({"ns", "m"}, clock_.Now()));
}

TEST(EventFilterTest, RemembersOnlySoMuch) {
  EventFilter filter({.max_remembered = 10});
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(filter
                  .Judge(About(absl::StrCat("m", i)),
                         absl::FromUnixSeconds(1'800'000'000))
                  .kind,
              EventFilter::Verdict::Kind::kCreate);
  }
}

TEST_F(EventRecorderTest, StopWritesTheRestButNotForLong) {
  HeldWrite write(client_);
  recorder().Record(About("first"));
  write.Await();
  recorder().Record(About("second"));
  std::thread stopper([&] { recorder().Stop(); });
  clock_.AwaitWaiters(1);
  write.Release();
  stopper.join();
  EXPECT_EQ(Events().size(), 2);
  recorder_.reset();

  HeldWrite another(client_);
  recorder().Record(About("third"));
  another.Await();
  recorder().Record(About("fourth"));
  std::thread again([&] { recorder().Stop(); });
  clock_.AwaitWaiters(1);
  clock_.Advance(options_.flush_timeout);
  while (recorder().dropped() == 0) std::this_thread::yield();
  another.Release();
  again.join();
  EXPECT_EQ(Creates(), 3);
}

TEST_F(EventRecorderTest, WritesNothingOnceStopped) {
  HeldWrite write(client_);
  recorder().Record(About("first"));
  write.Await();
  recorder().Record(About("waits"));
  std::thread stopper([&] { recorder().Stop(); });
  write.Release();
  stopper.join();
  const int written = Creates();
  recorder().Record(About("late"));
  recorder().Stop();
  recorder().AwaitIdle();
  EXPECT_EQ(Creates(), written);
  EXPECT_GE(recorder().dropped(), 1);
}

}  // namespace
}  // namespace evroc::shim
