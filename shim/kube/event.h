// An Event about an object, and its form in the events.k8s.io/v1 API. Values
// and pure functions.

#ifndef SHIM_KUBE_EVENT_H_
#define SHIM_KUBE_EVENT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/json/json.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

struct Event {
  enum class Severity { kNormal, kWarning };

  ResourceType type;  // of the object
  ObjectKey object;
  std::string uid;  // of the object
  Severity severity = Severity::kNormal;
  std::string reason;  // CamelCase: "PublicIPCreated"
  std::string action;  // what was done or tried, CamelCase: "Provisioning"
  std::string message;
};

inline constexpr size_t kMaxEventMessage = 1024;

// The body that creates the Event `name`.
Json EventBody(const Event& event, const std::string& name,
               const std::string& instance, absl::Time now);

// The patch that sets the Event's count and its last occurrence.
Json EventSeriesPatch(int count, absl::Time now);

// The namespace of the Event: that of its object, "default" for cluster-scoped
// objects.
std::string EventNamespace(const Event& event);

// A unique name for an Event about `object`.
std::string EventName(const ObjectKey& object, absl::Time now);

}  // namespace evroc::shim

#endif  // SHIM_KUBE_EVENT_H_
