// Something that happened to an object, for people. A value, and its form in
// the events.k8s.io/v1 API.

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

// Cut at a whole character to at most `size` bytes.
std::string CutText(absl::string_view text, size_t size);

// The body that makes the Event `name`.
Json EventBody(const Event& event, const std::string& name,
               const std::string& instance, absl::Time now);

// The patch that says that it has happened `count` times by now.
Json EventSeriesPatch(int count, absl::Time now);

// Where the Event is kept: beside its object, in "default" for those of the
// whole cluster.
std::string EventNamespace(const Event& event);

// A name for an Event about `object` that no other has.
std::string EventName(const ObjectKey& object, absl::Time now);

}  // namespace evroc::shim

#endif  // SHIM_KUBE_EVENT_H_
