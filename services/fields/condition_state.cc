#include "services/fields/condition_state.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/text/cut_text.h"

namespace evroc::cloud {
namespace {

constexpr size_t kMaxMessage = 4096;

}  // namespace

bool IsUsable(const ConditionState& state) {
  return state.holds || state.usable;
}

void Add(ConditionState next, ConditionState& sum) {
  if (!IsUsable(sum)) return;
  if (!IsUsable(next) || (sum.holds && !next.holds)) sum = std::move(next);
}

ConditionState StateOf(bool deleting, const Conditions& conditions,
                       absl::string_view name) {
  if (deleting) {
    return {.holds = false,
            .reason = "Deleting",
            .message = absl::StrCat(name, " is being deleted")};
  }
  const Condition* ready = FindCondition(conditions, "Ready");
  if (ready == nullptr || ready->status == ConditionStatus::kTrue) return {};
  return {.holds = false,
          .reason = ready->reason.empty() ? "NotReady" : ready->reason.str(),
          .message = absl::StrCat(name, " is not ready",
                                  ready->message.empty() ? "" : ": ",
                                  ready->message.str())};
}

common::v1::Condition MakeCondition(absl::string_view type,
                                    const ConditionState& state) {
  common::v1::Condition condition;
  condition.set_type(std::string(type));
  condition.set_status(state.holds ? common::v1::Condition::STATUS_TRUE
                                   : common::v1::Condition::STATUS_FALSE);
  condition.set_reason(state.reason);
  condition.set_message(CutText(state.message, kMaxMessage));
  return condition;
}

}  // namespace evroc::cloud
