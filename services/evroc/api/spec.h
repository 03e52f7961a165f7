// Selects the spec of a cloud object: the members that Update compares and
// sends. Pure functions.

#ifndef SERVICES_EVROC_API_SPEC_H_
#define SERVICES_EVROC_API_SPEC_H_

#include <string>
#include <utility>
#include <vector>

#include "services/evroc/api/compute.h"
#include "services/evroc/api/networking.h"
#include "services/evroc/api/object.h"

namespace evroc::cloud {

// `object` without the members that only Create sends: what Get returns.
template <typename T>
T WithoutCreateOnly(T object) {
  if constexpr (requires { object.user_data; }) {
    object.user_data.clear();
    object.ssh_authorized_keys.clear();
  }
  return object;
}

// What Create sends of `object` and no error may repeat.
template <typename T>
std::vector<std::string> SecretsOf(const T& object) {
  if constexpr (requires { object.user_data; }) {
    if (!object.user_data.empty()) return {object.user_data};
  }
  return {};
}

// `object` with only id, labels and spec, everything else at its default.
template <typename T>
T SpecOf(T object) {
  object = WithoutCreateOnly(std::move(object));
  if constexpr (requires { object.status; }) object.status = {};
  Metadata<T> metadata;
  metadata.id = std::move(object.metadata.id);
  metadata.labels = std::move(object.metadata.labels);
  object.metadata = std::move(metadata);
  return object;
}

// Whether an Update from `a` to `b` would send nothing.
template <typename T>
bool SameSpec(const T& a, const T& b) {
  return SpecOf(a) == SpecOf(b);
}

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_API_SPEC_H_
