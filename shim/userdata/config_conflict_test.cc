#include "shim/userdata/config_conflict.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr NamedList kLists[] = {{"files", "path"}, {"a.users", "name"}};

std::string Check(absl::string_view user, absl::string_view bootstrap,
                  SameName same_name = SameName::kEntriesMustBeEqual) {
  const absl::Status status = CheckConflicts(
      *Json::Parse(user), *Json::Parse(bootstrap), kLists, same_name);
  if (status.ok()) return "";
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

TEST(ConfigConflictTest, WhatCanBeMergedIsNoConflict) {
  const struct {
    absl::string_view user, bootstrap;
  } cases[] = {
      {R"({"a": 1})", R"({"b": 2})"},
      {R"({"a": [1]})", R"({"a": [2]})"},
      {R"({"a": {"b": [1], "c": 1}})", R"({"a": {"b": [2], "d": 2}})"},
      {R"({"a": "x", "b": true, "c": null})",
       R"({"a": "x", "b": true, "c": null})"},
      {R"({"files": [{"path": "a"}]})", R"({"files": [{"path": "b"}]})"},
      {R"({"files": [{"path": "a", "x": 1}]})",
       R"({"files": [{"path": "a", "x": 1}]})"},
      {R"({"files": ["a", {"x": 1}]})", R"({"files": ["a", {"y": 1}]})"},
      {R"({"others": [{"path": "a"}]})",
       R"({"others": [{"path": "a", "x": 1}]})"},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(Check(each.user, each.bootstrap), "") << each.user;
    EXPECT_EQ(Check(each.bootstrap, each.user), "") << each.user;
  }
}

TEST(ConfigConflictTest, TheKeyIsNamedAndNoValue) {
  const struct {
    absl::string_view user, bootstrap, key;
  } cases[] = {
      {R"({"a": "s1"})", R"({"a": "s2"})", "\"a\" has another value"},
      {R"({"a": true})", R"({"a": false})", "\"a\" has another value"},
      {R"({"a": {"b": {"c": "s1"}}})", R"({"a": {"b": {"c": "s2"}}})",
       "\"a.b.c\" has another value"},
      {R"({"a": ["s1"]})", R"({"a": "s2"})",
       "\"a\" is a list, and a single value in"},
      {R"({"a": null})", R"({"a": ["s2"]})", "\"a\" is empty, and a list in"},
      {R"({"a": {"s1": 1}})", R"({"a": ["s2"]})",
       "\"a\" is a mapping, and a list in"},
      {R"({"a": {"<<": {"s1": 1}}})", R"({"a": {"s2": 1}})", "\"a\" uses YAML"},
      {R"({"s1": 1})", R"({"<<": {"s2": 1}})", "the configuration uses YAML"},
      {R"({"files": [{"path": "s1", "x": 1}]})",
       R"({"files": [{"path": "s1", "x": 2}]})",
       R"("files" has an entry with the same "path")"},
      {R"({"a": {"users": [{"name": "s1", "x": 1}]}})",
       R"({"a": {"users": [{"name": "s1", "x": 2}]}})",
       R"("a.users" has an entry with the same "name")"},
      {R"({"a s1": 1})", R"({"a s1": 2})", "a key whose name can't be shown"},
  };
  for (const auto& each : cases) {
    const std::string message = Check(each.user, each.bootstrap);
    EXPECT_THAT(message, HasSubstr(std::string(each.key)));
    EXPECT_THAT(message, Not(HasSubstr("s1")));
    EXPECT_THAT(message, Not(HasSubstr("s2")));
  }
}

TEST(ConfigConflictTest, EntriesOfOneNameMayMerge) {
  EXPECT_EQ(Check(R"({"files": [{"path": "a", "x": [1]}]})",
                  R"({"files": [{"path": "a", "x": [2], "y": 3}]})",
                  SameName::kEntriesMerge),
            "");
  EXPECT_THAT(
      Check(R"({"files": [{"path": "a", "x": 1}]})",
            R"({"files": [{"path": "a", "x": 2}]})", SameName::kEntriesMerge),
      HasSubstr("\"files.x\""));
}

}  // namespace
}  // namespace evroc::shim
