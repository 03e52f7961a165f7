#include "shim/cache/conditions.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "common/text/cut_text.h"

namespace evroc::shim {
namespace {

constexpr size_t kMaxReasonBytes = 1024;
constexpr size_t kMaxMessageBytes = 4096;  // metav1 allows 32768
// The type of Evroc's official provider, up to 0.6.0, that nobody keeps current
// any more. Its others, Ready, Paused and PublicIPReady, are set here as well.
constexpr absl::string_view kOfficialType = "LoadBalancerReady";

absl::string_view StatusText(ConditionStatus status) {
  switch (status) {
    case ConditionStatus::kTrue:
      return "True";
    case ConditionStatus::kFalse:
      return "False";
    case ConditionStatus::kUnknown:
      break;
  }
  return "Unknown";
}

ConditionStatus ParseStatus(absl::string_view text) {
  if (text == "True") return ConditionStatus::kTrue;
  if (text == "False") return ConditionStatus::kFalse;
  return ConditionStatus::kUnknown;
}

// A stored condition may lack it.
absl::string_view LegalTime(absl::string_view time) {
  return time.empty() ? "1970-01-01T00:00:00Z" : time;
}

// The reason with only letters, digits and "_", a letter first; never empty.
std::string LegalReason(absl::string_view reason) {
  std::string legal;
  for (const char c : reason.substr(0, kMaxReasonBytes)) {
    if (absl::ascii_isalnum(c) || (c == '_' && !legal.empty())) legal += c;
  }
  while (!legal.empty() && legal.back() == '_') legal.pop_back();
  if (legal.empty() || !absl::ascii_isalpha(legal.front())) {
    legal.insert(0, "Unspecified");
  }
  return legal;
}

}  // namespace

Conditions Conditions::Decode(JsonView list) {
  Conditions decoded;
  decoded.conditions_.reserve(list.size());
  for (size_t i = 0; i < list.size(); ++i) {
    const JsonView entry = list[i];
    if (entry["type"].String() == kOfficialType) continue;
    decoded.conditions_.push_back(
        {.type = entry["type"].String(),
         .status = ParseStatus(entry["status"].String()),
         .reason = LegalReason(entry["reason"].String()),
         .message = entry["message"].String(),
         .last_transition = LegalTime(entry["lastTransitionTime"].String()),
         .observed_generation = entry["observedGeneration"].Integer()});
  }
  return decoded;
}

Json Conditions::Encode() const {
  Json list = Json::Array();
  for (const KubeCondition& condition : conditions_) {
    Json entry = Json::Object({
        {"type", condition.type},
        {"status", StatusText(condition.status)},
        {"reason", condition.reason},
        {"message", condition.message},
        {"lastTransitionTime", condition.last_transition},
    });
    if (condition.observed_generation != 0) {
      entry.Set("observedGeneration", condition.observed_generation);
    }
    list.Push(std::move(entry));
  }
  return list;
}

const KubeCondition* Conditions::Find(absl::string_view type) const {
  for (const KubeCondition& condition : conditions_) {
    if (condition.type == type) return &condition;
  }
  return nullptr;
}

bool Conditions::IsTrue(absl::string_view type) const {
  const KubeCondition* condition = Find(type);
  return condition != nullptr && condition->status == ConditionStatus::kTrue;
}

absl::string_view Conditions::ReasonOf(absl::string_view type) const {
  const KubeCondition* condition = Find(type);
  return condition == nullptr ? absl::string_view() : condition->reason.str();
}

void Conditions::Set(absl::string_view type, ConditionStatus status,
                     absl::string_view reason, absl::string_view message,
                     int64_t generation, absl::Time now) {
  KubeCondition wanted{.type = type,
                       .status = status,
                       .reason = LegalReason(reason),
                       .message = CutText(message, kMaxMessageBytes),
                       .last_transition = absl::FormatTime(
                           "%Y-%m-%dT%H:%M:%SZ", now, absl::UTCTimeZone()),
                       .observed_generation = generation};
  for (KubeCondition& condition : conditions_) {
    if (condition.type != type) continue;
    if (condition.status == status && !condition.last_transition.empty()) {
      wanted.last_transition = condition.last_transition;
    }
    condition = std::move(wanted);
    return;
  }
  conditions_.push_back(std::move(wanted));
}

void Conditions::Remove(absl::string_view type) {
  std::erase_if(conditions_, [&](const KubeCondition& condition) {
    return condition.type == type;
  });
}

void Conditions::KeepTransitions(const Conditions& before) {
  for (KubeCondition& condition : conditions_) {
    const KubeCondition* was = before.Find(condition.type);
    if (was != nullptr && was->status == condition.status) {
      condition.last_transition = was->last_transition;
    }
  }
}

}  // namespace evroc::shim
