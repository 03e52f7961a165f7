#include "shim/kube/event.h"

#include <atomic>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/text/cut_text.h"
#include "shim/kube/kube_request.h"
#include "shim/kube/micro_time.h"

namespace evroc::shim {
namespace {

// The API's limit for reason, action and reportingInstance.
constexpr size_t kMaxWord = 128;
constexpr size_t kMaxObjectName = 200;

}  // namespace

std::string EventNamespace(const Event& event) {
  return event.object.name_space.empty() ? std::string("default")
                                         : event.object.name_space.str();
}

std::string EventName(const ObjectKey& object, absl::Time now) {
  static std::atomic<uint32_t> number = 0;
  std::string start = object.name.str().substr(0, kMaxObjectName);
  while (!start.empty() &&
         !absl::ascii_isalnum(static_cast<unsigned char>(start.back()))) {
    start.pop_back();
  }
  return absl::StrCat(start, ".", absl::Hex(absl::ToUnixNanos(now)),
                      absl::Hex(number++ & 0xFFFFU, absl::kZeroPad4));
}

Json EventBody(const Event& event, const std::string& name,
               const std::string& instance, absl::Time now) {
  Json regarding = Json::Object({{"apiVersion", event.type.ApiVersion()},
                                 {"kind", event.type.kind},
                                 {"name", event.object.name}});
  if (!event.object.name_space.empty()) {
    regarding.Set("namespace", event.object.name_space);
  }
  if (!event.uid.empty()) regarding.Set("uid", event.uid);
  return Json::Object(
      {{"apiVersion", kEventType.ApiVersion()},
       {"kind", kEventType.kind},
       {"metadata",
        Json::Object({{"name", name}, {"namespace", EventNamespace(event)}})},
       {"eventTime", FormatMicroTime(now)},
       {"reportingController", kFieldManager},
       {"reportingInstance", CutText(instance, kMaxWord)},
       {"type",
        event.severity == Event::Severity::kWarning ? "Warning" : "Normal"},
       {"reason", CutText(event.reason, kMaxWord)},
       {"action", CutText(event.action, kMaxWord)},
       {"regarding", std::move(regarding)},
       {"note", CutText(event.message, kMaxEventMessage)}});
}

Json EventSeriesPatch(int count, absl::Time now) {
  return Json::Object(
      {{"series", Json::Object({{"count", count},
                                {"lastObservedTime", FormatMicroTime(now)}})}});
}

}  // namespace evroc::shim
