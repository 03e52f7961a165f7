// Ids of cloud objects, with a type for each kind, so that a subnet's id can't
// be passed for a VPC's. Values.

#ifndef SERVICES_EVROC_API_ID_H_
#define SERVICES_EVROC_API_ID_H_

#include <ostream>
#include <string>
#include <utility>

#include "common/text/interned_string.h"

namespace evroc::cloud {

// Holds the object's name in its collection ("metadata.id" in REST,
// "metadata.name" in KCP). An object outside the scope's own project or region
// is stored as its full path, which starts with "/".
template <typename Kind>
class Id {
 public:
  Id() = default;
  explicit Id(InternedString value) : value_(std::move(value)) {}

  const std::string& value() const { return value_.str(); }
  bool empty() const { return value_.empty(); }

  friend bool operator==(const Id&, const Id&) = default;
  friend auto operator<=>(const Id&, const Id&) = default;

  template <typename H>
  friend H AbslHashValue(H h, const Id& id) {
    return H::combine(std::move(h), id.value_);
  }
  friend std::ostream& operator<<(std::ostream& out, const Id& id) {
    return out << id.value_;
  }

 private:
  InternedString value_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_API_ID_H_
