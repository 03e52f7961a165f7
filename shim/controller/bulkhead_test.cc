#include "shim/controller/bulkhead.h"

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/time/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class BulkheadTest : public ::testing::Test {
 protected:
  std::optional<Bulkhead::Permit> Enter(const std::string& target,
                                        const std::string& name,
                                        Priority priority = Priority::kNormal) {
    return bulkhead_.Enter(target, target,
                           {.key = {"ns", name}, .priority = priority});
  }

  FakeClock clock_;
  std::vector<std::string> came_back_;
  Bulkhead bulkhead_{{.capacity = 3}, clock_, [this](const ObjectKey& key) {
                       came_back_.push_back(key.name);
                     }};
};

TEST_F(BulkheadTest, SomeAtATimeAreWithOneTarget) {
  std::optional<Bulkhead::Permit> a = Enter("t", "a");
  const auto b = Enter("t", "b");
  const auto c = Enter("t", "c");
  EXPECT_TRUE(a.has_value() && b.has_value() && c.has_value());
  EXPECT_FALSE(Enter("t", "d").has_value());
  EXPECT_FALSE(Enter("t", "d").has_value());
  EXPECT_FALSE(Enter("t", "e").has_value());
  EXPECT_TRUE(Enter("other", "f").has_value());
  EXPECT_THAT(came_back_, IsEmpty());
  a.reset();
  EXPECT_THAT(came_back_, ElementsAre("d")) << "as many as there is room for";
  EXPECT_TRUE(Enter("t", "d").has_value());
}

TEST_F(BulkheadTest, TheLongestWaiterComesFirst) {
  std::optional<Bulkhead::Permit> a = Enter("t", "a");
  const auto b = Enter("t", "b");
  const auto c = Enter("t", "c");
  for (const char* name : {"z", "y", "x", "z"}) {
    EXPECT_FALSE(Enter("t", name).has_value());
  }
  a.reset();
  std::optional<Bulkhead::Permit> z = Enter("t", "z");
  z.reset();
  EXPECT_THAT(came_back_, ElementsAre("z", "y"));
}

TEST_F(BulkheadTest, PrioritiesOrderTheWaiters) {
  std::optional<Bulkhead::Permit> a = Enter("t", "a");
  std::optional<Bulkhead::Permit> b = Enter("t", "b");
  std::optional<Bulkhead::Permit> c = Enter("t", "c");
  EXPECT_FALSE(Enter("t", "z", Priority::kLow).has_value());
  EXPECT_FALSE(Enter("t", "y", Priority::kLow).has_value());
  EXPECT_FALSE(Enter("t", "x").has_value());
  EXPECT_FALSE(Enter("t", "y", Priority::kHigh).has_value());
  EXPECT_FALSE(Enter("t", "y").has_value());
  a.reset();
  EXPECT_THAT(came_back_, ElementsAre("y"));
  const std::optional<Bulkhead::Permit> y = Enter("t", "y", Priority::kHigh);
  b.reset();
  const std::optional<Bulkhead::Permit> x = Enter("t", "x", Priority::kHigh);
  c.reset();
  EXPECT_THAT(came_back_, ElementsAre("y", "x", "z"));
}

TEST_F(BulkheadTest, AWaiterThatHasEnteredIsNotNotifiedAgain) {
  std::optional<Bulkhead::Permit> a = Enter("t", "a");
  const auto b = Enter("t", "b");
  std::optional<Bulkhead::Permit> c = Enter("t", "c");
  EXPECT_FALSE(Enter("t", "d").has_value());
  a.reset();
  const auto d = Enter("t", "d");
  came_back_.clear();
  c.reset();
  EXPECT_THAT(came_back_, IsEmpty());
}

TEST_F(BulkheadTest, B9ATargetThatHangsTakesNoFurtherWorkers) {
  const auto a = Enter("hangs", "a");
  const auto b = Enter("hangs", "b");
  std::unique_ptr<Bulkhead::Call> of_a(new Bulkhead::Call(a->BeginCall()));
  const Bulkhead::Call of_b = b->BeginCall();
  EXPECT_TRUE(Enter("hangs", "early").has_value());
  clock_.Advance(absl::Seconds(11));
  EXPECT_FALSE(Enter("hangs", "c").has_value());
  EXPECT_TRUE(Enter("other", "d").has_value());
  of_a.reset();
  EXPECT_THAT(came_back_, ElementsAre("c"));
  EXPECT_TRUE(Enter("hangs", "c").has_value());
}

// Kubernetes' own slowness is not the cloud's.
TEST_F(BulkheadTest, APermitWithoutACallDoesNotHang) {
  const auto a = Enter("t", "a");
  const auto b = Enter("t", "b");
  { const Bulkhead::Call call = a->BeginCall(); }
  clock_.Advance(absl::Seconds(30));
  EXPECT_TRUE(Enter("t", "c").has_value());
}

TEST_F(BulkheadTest, NobodyIsForgottenWhenAllHaveLeft) {
  std::optional<Bulkhead::Permit> a = Enter("hangs", "a");
  std::optional<Bulkhead::Permit> b = Enter("hangs", "b");
  {
    const Bulkhead::Call of_a = a->BeginCall();
    const Bulkhead::Call of_b = b->BeginCall();
    clock_.Advance(absl::Seconds(11));
    EXPECT_FALSE(Enter("hangs", "c").has_value());
    EXPECT_FALSE(Enter("hangs", "d").has_value());
    EXPECT_FALSE(Enter("hangs", "e").has_value());
  }
  a.reset();
  b.reset();
  EXPECT_THAT(came_back_, ElementsAre("c", "d", "e"));
}

// 100 targets, 20 of which hang for ever: what they hold together is bounded,
// and the others go on.
TEST(BulkheadShareTest, TargetsThatHangHoldAShareOnly) {
  FakeClock clock;
  std::set<std::string> notified;
  Bulkhead bulkhead(Bulkhead::Options::ForWorkers(8), clock,
                    [&](const ObjectKey& key) { notified.insert(key.name); });
  const auto enter = [&](const std::string& target) {
    return bulkhead.Enter(
        target, target,
        {.key = {target, target}, .priority = Priority::kNormal});
  };
  // Nobody is known: half of the workers find out.
  std::vector<std::optional<Bulkhead::Permit>> unknown;
  for (int i = 0; i < 20; ++i) {
    if (auto permit = enter(absl::StrCat("dead-", i))) {
      unknown.push_back(std::move(permit));
    }
  }
  EXPECT_EQ(unknown.size(), 4u);
  for (auto& permit : unknown) {
    {
      const Bulkhead::Call call = permit->BeginCall();
      clock.Advance(absl::Seconds(30));
    }
    permit.reset();
  }
  EXPECT_EQ(notified.size(), 4u) << "each that left let another one in";
  // Those that hung share a quarter, others that are not known the half.
  std::vector<std::optional<Bulkhead::Permit>> hung;
  for (int i = 0; i < 4; ++i) {
    if (auto permit = enter(absl::StrCat("dead-", i))) {
      hung.push_back(std::move(permit));
    }
  }
  EXPECT_EQ(hung.size(), 2u);
  for (int i = 0; i < 80; ++i) {
    auto permit = enter(absl::StrCat("good-", i));
    ASSERT_TRUE(permit.has_value()) << i;
    { const Bulkhead::Call call = permit->BeginCall(); }
  }
  // They have answered now: nothing but their own limit holds them up.
  std::vector<std::optional<Bulkhead::Permit>> good;
  for (int i = 0; i < 80; ++i) {
    good.push_back(enter(absl::StrCat("good-", i)));
    EXPECT_TRUE(good.back().has_value()) << i;
  }
}

// Those that were admitted as newcomers and hang count as well.
TEST(BulkheadShareTest, ThoseThatHangAndThoseThatAreNewLeaveAQuarter) {
  FakeClock clock;
  Bulkhead bulkhead(Bulkhead::Options::ForWorkers(8), clock,
                    [](const ObjectKey&) {});
  const auto enter = [&](const std::string& target) {
    return bulkhead.Enter(
        target, target,
        {.key = {target, target}, .priority = Priority::kNormal});
  };
  const auto proven = enter("proven");
  { const Bulkhead::Call call = proven->BeginCall(); }
  std::deque<Bulkhead::Permit> inside;
  std::vector<std::unique_ptr<Bulkhead::Call>> calls;
  for (int i = 0; i < 40; ++i) {
    if (i % 10 == 0) clock.Advance(absl::Seconds(11));
    auto permit = enter(absl::StrCat("dead-", i));
    if (!permit.has_value()) continue;
    inside.push_back(*std::move(permit));
    calls.emplace_back(new Bulkhead::Call(inside.back().BeginCall()));
  }
  EXPECT_EQ(inside.size(), 6u);
  EXPECT_TRUE(enter("proven").has_value());
}

// Also one whose clouds have all answered, and may hang the next time.
TEST(BulkheadShareTest, OneNamespaceLeavesTwoWorkersToOthers) {
  FakeClock clock;
  std::vector<std::string> notified;
  Bulkhead bulkhead(
      Bulkhead::Options::ForWorkers(8), clock,
      [&](const ObjectKey& key) { notified.push_back(key.name); });
  const auto enter = [&](const std::string& name_space,
                         const std::string& target) {
    return bulkhead.Enter(absl::StrCat(name_space, "/", target), target,
                          {.key = {name_space, target}});
  };
  std::vector<Bulkhead::Permit> inside;
  for (int round = 0; round < 2; ++round) {
    inside.clear();
    for (int i = 0; i < 10; ++i) {
      auto permit = enter("many", absl::StrCat("t-", i));
      if (!permit.has_value()) continue;
      { const Bulkhead::Call call = permit->BeginCall(); }
      inside.push_back(*std::move(permit));
    }
  }
  EXPECT_EQ(inside.size(), 6u);
  EXPECT_TRUE(enter("one", "a").has_value());
  notified.clear();
  inside.pop_back();
  EXPECT_THAT(notified, SizeIs(1));
}

// The first one may hang.
TEST(BulkheadShareTest, ANewcomerLeavesRoomForTheNext) {
  FakeClock clock;
  Bulkhead bulkhead(Bulkhead::Options::ForWorkers(8), clock,
                    [](const ObjectKey&) {});
  const auto enter = [&](const std::string& target, const std::string& key) {
    return bulkhead.Enter(target, target,
                          {.key = {"ns", key}, .priority = Priority::kNormal});
  };
  std::vector<std::optional<Bulkhead::Permit>> inside;
  for (const char* key : {"a", "b", "c", "d"}) {
    if (auto permit = enter("first", key)) inside.push_back(std::move(permit));
  }
  EXPECT_EQ(inside.size(), 2u);
  EXPECT_TRUE(enter("second", "e").has_value());
}

// Each cluster has a Secret of its own, and all lead to a cloud that is dead.
TEST(BulkheadShareTest, ADeadPlaceLeavesRoomForNewOnesElsewhere) {
  FakeClock clock;
  Bulkhead bulkhead(Bulkhead::Options::ForWorkers(10), clock,
                    [](const ObjectKey&) {});
  const auto enter = [&](const std::string& name_space,
                         const std::string& secret, const std::string& place) {
    return bulkhead.Enter(absl::StrCat(name_space, "/", secret), place,
                          {.key = {name_space, secret}});
  };
  std::deque<Bulkhead::Permit> inside;
  std::vector<std::unique_ptr<Bulkhead::Call>> calls;
  const auto fill = [&](const std::string& place) {
    for (int i = 0; i < 12; ++i) {
      auto permit = enter("ns", absl::StrCat(place, i), place);
      if (!permit.has_value()) continue;
      inside.push_back(*std::move(permit));
      calls.emplace_back(new Bulkhead::Call(inside.back().BeginCall()));
    }
  };
  fill("dead");
  EXPECT_EQ(inside.size(), 3u);
  EXPECT_TRUE(enter("other", "c", "dead").has_value());
  EXPECT_TRUE(enter("ns", "c", "alive").has_value());
  for (int i = 0; i < 9; ++i) fill(absl::StrCat("dead-", i));
  EXPECT_TRUE(enter("other", "c", "alive").has_value());
  clock.Advance(absl::Seconds(11));
  fill("dead");
  fill("dead-1");
  EXPECT_TRUE(enter("other", "c", "alive").has_value());
}

TEST(BulkheadShareTest, APlaceThatNobodyNamesIsNoPlaceOfMany) {
  FakeClock clock;
  Bulkhead bulkhead({.same_place = 1}, clock, [](const ObjectKey&) {});
  const auto first = bulkhead.Enter("a", "", {.key = {"ns", "a"}});
  EXPECT_TRUE(bulkhead.Enter("b", "", {.key = {"ns", "b"}}).has_value());
  const auto third = bulkhead.Enter("c", "place", {.key = {"ns", "c"}});
  EXPECT_TRUE(third.has_value());
  EXPECT_FALSE(bulkhead.Enter("d", "place", {.key = {"ns", "d"}}).has_value());
}

TEST(BulkheadShareTest, WhatAnotherControllerKnowsIsNoNewcomer) {
  FakeClock clock;
  Bulkhead first({}, clock, [](const ObjectKey&) {});
  Bulkhead bulkhead(
      {.unproven = 0, .hung = 1}, clock, [](const ObjectKey&) {}, &first);
  const auto enter = [&](const std::string& target) {
    return bulkhead.Enter(target, target, {.key = {"ns", target}});
  };
  {
    const auto answers = first.Enter("answers", "", {.key = {"ns", "a"}});
    const Bulkhead::Call call = answers->BeginCall();
  }
  const auto hangs = first.Enter("hangs", "", {.key = {"ns", "b"}});
  const Bulkhead::Call call = hangs->BeginCall();
  EXPECT_FALSE(enter("hangs").has_value());
  clock.Advance(absl::Seconds(11));
  const auto hung = enter("hangs");
  EXPECT_TRUE(hung.has_value()) << "also before its call ends";
  EXPECT_FALSE(enter("hangs").has_value());
  EXPECT_TRUE(enter("answers").has_value());
  EXPECT_FALSE(enter("neither").has_value());
}

// Also before its calls end.
TEST(BulkheadShareTest, ATargetThatHangsIsNoNewcomerAnyMore) {
  FakeClock clock;
  Bulkhead bulkhead({.unproven = 1, .hung = 1}, clock, [](const ObjectKey&) {});
  const auto enter = [&](const std::string& target) {
    return bulkhead.Enter(
        target, target, {.key = {"ns", target}, .priority = Priority::kNormal});
  };
  const auto first = enter("first");
  const Bulkhead::Call call = first->BeginCall();
  EXPECT_FALSE(enter("second").has_value());
  clock.Advance(absl::Seconds(11));
  EXPECT_TRUE(enter("third").has_value());
}

TEST(BulkheadShareTest, ATargetThatAnsweredAndHangsIsAsThoseThatHang) {
  FakeClock clock;
  Bulkhead bulkhead({.hung = 1}, clock, [](const ObjectKey&) {});
  const auto enter = [&](const std::string& target) {
    return bulkhead.Enter(target, target, {.key = {"ns", target}});
  };
  for (const char* target : {"a", "b"}) {
    const auto permit = enter(target);
    { const Bulkhead::Call call = permit->BeginCall(); }
    const Bulkhead::Call call = permit->BeginCall();
    clock.Advance(absl::Seconds(11));
  }
  const auto a = enter("a");
  EXPECT_TRUE(a.has_value());
  EXPECT_FALSE(enter("b").has_value());
}

// Else a namespace that has its share of what hangs gets another one for what
// is new, which hangs as well.
TEST(BulkheadShareTest, WhatHangsTakesFromANamespacesRoomForNewOnes) {
  FakeClock clock;
  Bulkhead bulkhead({.same_namespace = 1}, clock, [](const ObjectKey&) {});
  const auto hangs = bulkhead.Enter("hangs", "", {.key = {"ns", "a"}});
  const Bulkhead::Call call = hangs->BeginCall();
  clock.Advance(absl::Seconds(11));
  EXPECT_FALSE(bulkhead.Enter("new", "", {.key = {"ns", "b"}}).has_value());
  EXPECT_TRUE(bulkhead.Enter("other", "", {.key = {"else", "c"}}).has_value());
}

TEST(BulkheadShareTest, ATargetThatAnswersAgainIsAsTheOthers) {
  FakeClock clock;
  Bulkhead bulkhead({.capacity = 3, .hung = 1}, clock, [](const ObjectKey&) {});
  const auto enter = [&](const std::string& key) {
    return bulkhead.Enter("t", "t",
                          {.key = {"ns", key}, .priority = Priority::kNormal});
  };
  auto first = enter("a");
  {
    const Bulkhead::Call call = first->BeginCall();
    clock.Advance(absl::Minutes(1));
  }
  EXPECT_FALSE(enter("b").has_value());
  { const Bulkhead::Call call = first->BeginCall(); }
  EXPECT_TRUE(enter("b").has_value());
}

}  // namespace
}  // namespace evroc::shim
