// Collects all invalid fields of a request, so that a caller sees them at once.
// Not thread-safe.

#ifndef SERVICES_FIELDS_VIOLATIONS_H_
#define SERVICES_FIELDS_VIOLATIONS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/status/error_details.h"

namespace evroc::cloud {

class Violations {
 public:
  void Add(absl::string_view field, absl::string_view description);

  // Adds `description` unless `holds`; returns `holds`.
  bool Check(bool holds, absl::string_view field,
             absl::string_view description);

  // Checks that it is a port of TCP or UDP, not 0.
  void CheckPort(int port, absl::string_view field);

  bool empty() const { return violations_.empty(); }

  // INVALID_ARGUMENT that names every field, or OK if there is none.
  absl::Status ToStatus() const;

 private:
  std::vector<FieldViolation> violations_;
};

// UNIMPLEMENTED: the Kubernetes-style API has no `what`, which `field`
// requests.
absl::Status NotInThisApi(absl::string_view field, absl::string_view what);

}  // namespace evroc::cloud

#endif  // SERVICES_FIELDS_VIOLATIONS_H_
