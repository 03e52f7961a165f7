// Parses JSON that a test writes as text, and prints it where a comparison
// fails. Functions.

#ifndef COMMON_JSON_TESTING_MUST_PARSE_H_
#define COMMON_JSON_TESTING_MUST_PARSE_H_

#include <ostream>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/json/json.h"
#include "gtest/gtest.h"

namespace evroc {

// The value of `text`; the test fails where it is no JSON.
inline Json MustParse(absl::string_view text) {
  absl::StatusOr<Json> json = Json::Parse(text);
  EXPECT_TRUE(json.ok()) << json.status() << " in " << text;
  return json.ok() ? *std::move(json) : Json();
}

// GoogleTest prints values with it.
inline void PrintTo(const Json& json, std::ostream* out) {
  *out << json.Dump();
}

}  // namespace evroc

#endif  // COMMON_JSON_TESTING_MUST_PARSE_H_
