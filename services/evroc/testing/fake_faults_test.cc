#include "services/evroc/testing/fake_faults.h"

#include <gtest/gtest.h>

namespace evroc::cloud {
namespace {

TEST(FakeFaultsTest, FailsAsOftenAsOrdered) {
  FakeFaults faults;
  faults.Fail(Verb::kGet, absl::UnavailableError("down"), 2);
  EXPECT_EQ(faults.Begin(Verb::kGet).error, absl::UnavailableError("down"));
  EXPECT_TRUE(faults.Begin(Verb::kList).error.ok());
  EXPECT_EQ(faults.Begin(Verb::kGet).error, absl::UnavailableError("down"));
  EXPECT_TRUE(faults.Begin(Verb::kGet).error.ok());
}

TEST(FakeFaultsTest, FailsForeverUntilCleared) {
  FakeFaults faults;
  faults.Fail(Verb::kGet, absl::UnavailableError("down"), FakeFaults::kForever);
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(faults.Begin(Verb::kGet).error.ok());
  faults.Clear();
  EXPECT_TRUE(faults.Begin(Verb::kGet).error.ok());
}

TEST(FakeFaultsTest, ALostAnswerComesAfterTheWork) {
  FakeFaults faults;
  faults.LoseAnswer(Verb::kCreate);
  const FakeFaults::Fault fault = faults.Begin(Verb::kCreate);
  EXPECT_TRUE(fault.after_work);
  EXPECT_EQ(fault.error.code(), absl::StatusCode::kUnavailable);
}

TEST(FakeFaultsTest, RunsAnActionOnceBeforeTheCall) {
  FakeFaults faults;
  int runs = 0;
  faults.Before(Verb::kUpdate, [&] { ++runs; });
  faults.Begin(Verb::kGet);
  EXPECT_EQ(runs, 0);
  faults.Begin(Verb::kUpdate);
  faults.Begin(Verb::kUpdate);
  EXPECT_EQ(runs, 1);
}

TEST(FakeFaultsTest, HandsOutAnActionOnceForAfterTheWork) {
  FakeFaults faults;
  faults.After(Verb::kUpdate, [] {});
  EXPECT_FALSE(faults.Begin(Verb::kGet).after);
  EXPECT_TRUE(faults.Begin(Verb::kUpdate).after);
  EXPECT_FALSE(faults.Begin(Verb::kUpdate).after);
}

TEST(FakeFaultsTest, CountsCalls) {
  FakeFaults faults;
  for (Verb verb : {Verb::kGet, Verb::kList, Verb::kList, Verb::kCreate,
                    Verb::kUpdate, Verb::kDelete, Verb::kWatch}) {
    faults.Begin(verb);
  }
  EXPECT_EQ(faults.calls(Verb::kList), 2);
  EXPECT_EQ(faults.reads(), 3);
  EXPECT_EQ(faults.writes(), 3);
  faults.ResetCalls();
  EXPECT_EQ(faults.reads() + faults.writes() + faults.calls(Verb::kWatch), 0);
}

}  // namespace
}  // namespace evroc::cloud
