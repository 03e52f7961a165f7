#include "services/watch/change_log.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

using Log = ChangeLog;

class ChangeLogTest : public testing::Test {
 protected:
  void Put(const std::string& key, const std::string& value,
           const std::string& cluster = "c") {
    log_.Put({cluster, key}, absl::StrCat(key, "=", value));
  }

  // Returns all readable events as words: "+a=1", "-a=1", "RESET", "SYNCED".
  std::vector<std::string> ReadAll(Log::Reader& reader) {
    std::vector<std::string> words;
    Log::Event event;
    bool found = false;
    while (reader.Next(&event, &found).ok() && found) {
      if (!event.cursor.empty()) cursor_ = event.cursor;
      switch (event.type) {
        case Log::Event::Type::kReset:
          words.emplace_back("RESET");
          break;
        case Log::Event::Type::kSynced:
          words.emplace_back("SYNCED");
          break;
        case Log::Event::Type::kChanged:
          words.push_back("+" + *event.resource);
          break;
        case Log::Event::Type::kDeleted:
          words.push_back("-" + *event.resource);
          break;
        case Log::Event::Type::kContact:
          words.emplace_back(event.contact.has_failing_since() ? "AWAY"
                                                               : "BACK");
          break;
      }
    }
    return words;
  }
  std::unique_ptr<Log::Reader> Start(const std::string& cursor = "",
                                     const std::string& cluster = "") {
    return log_.Read(cursor, cluster, [this] { ++wakes_; });
  }

  using Words = std::vector<std::string>;

  Log log_{2};
  std::string cursor_;
  int wakes_ = 0;
};

TEST_F(ChangeLogTest, StartsWithASnapshotOnceItIsComplete) {
  Put("a", "1");
  Put("b", "1");
  const auto reader = Start();
  EXPECT_EQ(ReadAll(*reader), Words{});
  log_.SetSynced();
  EXPECT_EQ(ReadAll(*reader), (Words{"+a=1", "+b=1", "SYNCED"}));
  EXPECT_EQ(ReadAll(*reader), Words{});
}

TEST_F(ChangeLogTest, GoesOnWithChanges) {
  log_.SetSynced();
  Put("a", "1");
  const auto reader = Start();
  ReadAll(*reader);
  wakes_ = 0;
  Put("a", "2");
  EXPECT_EQ(wakes_, 1);
  Put("a", "3");
  Put("b", "1");
  EXPECT_EQ(ReadAll(*reader), (Words{"+a=3", "+b=1"}));
  log_.Remove({"c", "a"});
  EXPECT_EQ(ReadAll(*reader), Words{"-a=3"});
}

TEST_F(ChangeLogTest, WhatStaysTheSameIsNoChange) {
  log_.SetSynced();
  Put("a", "1");
  const auto reader = Start();
  ReadAll(*reader);
  wakes_ = 0;
  Put("a", "1");
  log_.Remove({"c", "never there"});
  EXPECT_EQ(wakes_, 0);
  EXPECT_EQ(ReadAll(*reader), Words{});
}

// What is known before all is complete. It has no cursor, and comes again.
TEST_F(ChangeLogTest, WhatIsKnownEarlyIsToldAtOnce) {
  Put("waits", "1");
  const auto reader = Start();
  EXPECT_EQ(ReadAll(*reader), Words{});
  log_.PutEarly({"c", "a"}, "a=1");
  log_.PutEarly({"c", "b"}, "b=1");
  EXPECT_EQ(ReadAll(*reader), (Words{"+a=1", "+b=1"}));
  EXPECT_TRUE(cursor_.empty());
  log_.PutEarly({"c", "a"}, "a=1");
  EXPECT_EQ(ReadAll(*reader), Words{}) << "it is unchanged";
  log_.Remove({"c", "b"});
  log_.SetSynced();
  EXPECT_EQ(ReadAll(*reader), (Words{"RESET", "+a=1", "+waits=1", "SYNCED"}));
  log_.PutEarly({"c", "d"}, "d=1");
  EXPECT_EQ(ReadAll(*reader), Words{}) << "it is early no more";
}

TEST_F(ChangeLogTest, WhatIsOfBeforeIsNotToldEarly) {
  log_.PutEarly({"c", "a"}, "a=1");
  log_.PutEarly({"c", "b"}, "b=1");
  log_.SetSynced();
  ReadAll(*Start());
  log_.SetUnsynced();
  const auto reader = Start(cursor_);
  EXPECT_EQ(ReadAll(*reader), Words{});
  log_.PutEarly({"c", "b"}, "b=1");
  EXPECT_EQ(ReadAll(*reader), Words{"+b=1"});
  log_.SetSynced();
  EXPECT_EQ(ReadAll(*reader), (Words{"+b=1", "SYNCED"}));
}

TEST_F(ChangeLogTest, ResumesFromACursor) {
  log_.SetSynced();
  Put("a", "1");
  Put("b", "1");
  ReadAll(*Start());
  Put("a", "2");
  log_.Remove({"c", "b"});
  EXPECT_EQ(ReadAll(*Start(cursor_)), (Words{"+a=2", "-b=1", "SYNCED"}));
  EXPECT_EQ(ReadAll(*Start(cursor_)), Words{"SYNCED"});
}

TEST_F(ChangeLogTest, AnUnknownCursorGivesANewSnapshot) {
  log_.SetSynced();
  Put("a", "1");
  for (const char* cursor :
       {"1.1", "nonsense", "x.y", "18446744073709551616.0", "."}) {
    EXPECT_EQ(ReadAll(*Start(cursor)), (Words{"RESET", "+a=1", "SYNCED"}))
        << cursor;
  }
}

TEST_F(ChangeLogTest, AReaderThatFallsBehindGetsANewSnapshot) {
  log_.SetSynced();
  for (const char* key : {"a", "b", "c", "d"}) Put(key, "1");
  const auto reader = Start();
  ReadAll(*reader);
  for (const char* key : {"a", "b", "c"}) log_.Remove({"c", key});
  EXPECT_EQ(ReadAll(*reader), (Words{"RESET", "+d=1", "SYNCED"}));
}

TEST_F(ChangeLogTest, FiltersByCluster) {
  log_.SetSynced();
  Put("a", "1", "mine");
  Put("b", "1", "other");
  const auto reader = Start("", "mine");
  EXPECT_EQ(ReadAll(*reader), (Words{"+a=1", "SYNCED"}));
  Put("b", "2", "other");
  EXPECT_EQ(ReadAll(*reader), Words{});
  log_.Remove({"mine", "a"});
  EXPECT_EQ(ReadAll(*reader), Words{"-a=1"});
}

TEST_F(ChangeLogTest, EndsWithTheError) {
  log_.SetSynced();
  const auto reader = Start();
  ReadAll(*reader);
  log_.Fail(absl::UnauthenticatedError("refused"));
  Log::Event event;
  bool found = false;
  EXPECT_TRUE(absl::IsUnauthenticated(reader->Next(&event, &found)));
  log_.SetSynced();
  EXPECT_EQ(ReadAll(*Start()), Words{"SYNCED"});
}

TEST_F(ChangeLogTest, AReaderThatIsGoneIsNotWoken) {
  log_.SetSynced();
  Start().reset();
  Put("a", "1");
  EXPECT_EQ(wakes_, 0);
}

common::v1::CloudContact Away(const std::string& message) {
  common::v1::CloudContact contact;
  contact.mutable_failing_since()->set_seconds(1);
  contact.set_code(14);
  contact.set_message(message);
  return contact;
}

TEST_F(ChangeLogTest, ReadersAreToldOnceThatTheCloudIsAway) {
  log_.SetSynced();
  auto reader = Start();
  EXPECT_EQ(ReadAll(*reader), (Words{"SYNCED"}));
  log_.SetContact(Away("HTTP 503"));
  EXPECT_EQ(ReadAll(*reader), (Words{"AWAY"}));
  // Only the words differ.
  log_.SetContact(Away("HTTP 502"));
  EXPECT_EQ(ReadAll(*reader), Words{});
  EXPECT_EQ(ReadAll(*Start()), (Words{"AWAY", "SYNCED"}));
  log_.SetContact({});
  EXPECT_EQ(ReadAll(*reader), (Words{"BACK"}));
}

TEST_F(ChangeLogTest, ThatTheCloudIsAwayWaitsForNoSnapshot) {
  auto reader = Start();
  log_.SetContact(Away("HTTP 503"));
  EXPECT_EQ(ReadAll(*reader), (Words{"AWAY"}));
}

}  // namespace
}  // namespace evroc::cloud
