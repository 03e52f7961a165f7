// Collects the invalid fields of a request, so that a caller sees them at once:
// the first of them, as far as an error has room, and how many more there are.
// Not thread-safe.

#ifndef COMMON_STATUS_VIOLATIONS_H_
#define COMMON_STATUS_VIOLATIONS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/status/error_details.h"

namespace evroc {

class Violations {
 public:
  // Of what is told. An error goes into the trailers of a call, which gRPC
  // limits to 8 KiB, twice and encoded.
  static constexpr size_t kMostTold = 50;
  static constexpr size_t kMostBytesTold = 1500;

  void Add(absl::string_view field, absl::string_view description);

  // Adds `description` unless `holds`; returns `holds`.
  bool Check(bool holds, absl::string_view field,
             absl::string_view description);

  // Checks that a list has at most `most` elements. A longer one is not to be
  // looked at: the work would be as unbounded as the request.
  bool CheckSize(int size, int most, absl::string_view field);

  // Checks that it is a port of TCP or UDP, not 0.
  void CheckPort(int port, absl::string_view field);

  bool empty() const { return violations_.empty(); }
  // How many there are: a caller sees by it whether a check added any.
  size_t count() const { return violations_.size() + untold_; }

  // INVALID_ARGUMENT that names the fields, or OK if there is none.
  absl::Status ToStatus() const;

 private:
  std::vector<FieldViolation> violations_;  // those that are told
  size_t bytes_ = 0;                        // of them
  size_t untold_ = 0;
};

}  // namespace evroc

#endif  // COMMON_STATUS_VIOLATIONS_H_
