#include "shim/reconcile/takeover/findings.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace evroc::shim {
namespace {

using Object = common::v1::TakeOverObject;

// What the end of the pause does with these objects.
std::string DescribeTaking(const TakeOverObjects& objects) {
  std::string text = "the end of the pause takes it over";
  if (objects.empty()) {
    return absl::StrCat(text, "; it has nothing in the cloud");
  }
  if (!AnyTheirs(objects)) {
    return absl::StrCat("the end of the pause puts its owner id back: ",
                        Describe(objects, Object::NOT_THEIRS));
  }
  const auto add = [&](absl::string_view what, Object::Verdict verdict) {
    const std::string named = Describe(objects, verdict);
    if (!named.empty()) absl::StrAppend(&text, what, named);
  };
  add(", and adds labels to these objects: ", Object::PROVEN);
  add("; these have the labels: ", Object::TAKEN);
  add("; this provider made: ", Object::NOT_THEIRS);
  return text;
}

// So many are named in a message.
constexpr size_t kNamed = 20;

std::string Describe(const TakeOverPlan& plan) {
  std::vector<std::string> parts = plan.changes;
  if (parts.size() > kNamed) {
    parts.resize(kNamed);
    parts.push_back(absl::StrCat(plan.changes.size() - kNamed, " more"));
  }
  std::string text =
      parts.empty() ? "nothing else changes"
                    : absl::StrCat("after that: ", absl::StrJoin(parts, ", "));
  if (!plan.failure.empty()) {
    absl::StrAppend(&text,
                    "; not all that is asked for can be had: ", plan.failure);
  }
  return text;
}

}  // namespace

bool AnyTheirs(const TakeOverObjects& objects) {
  return std::any_of(objects.begin(), objects.end(), [](const Object& each) {
    return each.verdict() == Object::PROVEN || each.verdict() == Object::TAKEN;
  });
}

bool AnyNotProven(const TakeOverObjects& objects) {
  return std::any_of(objects.begin(), objects.end(), [](const Object& each) {
    return each.verdict() == Object::NOT_PROVEN;
  });
}

std::string Describe(const TakeOverObjects& objects, Object::Verdict verdict) {
  std::vector<std::string> parts;
  size_t more = 0;
  for (const Object& object : objects) {
    if (object.verdict() != verdict) continue;
    if (parts.size() == kNamed) {
      ++more;
      continue;
    }
    parts.push_back(absl::StrCat(object.kind(), " ", object.id(), " (",
                                 object.reason(), ")"));
  }
  if (more > 0) parts.push_back(absl::StrCat(more, " more"));
  return absl::StrJoin(parts, ", ");
}

void SetReport(const TakeOverReport& report,
               absl::FunctionRef<ReconcileError(const absl::Status&)> explain,
               int64_t generation, absl::Time now, Conditions& conditions) {
  const auto set = [&](absl::string_view reason, absl::string_view message) {
    conditions.Set(kTakenOver, ConditionStatus::kFalse, reason, message,
                   generation, now);
  };
  const auto set_error = [&](const absl::Status& status) {
    const ReconcileError error = explain(status);
    set(error.reason, error.message);
  };
  if (!report.objects.ok()) return set_error(report.objects.status());
  if (AnyNotProven(*report.objects)) {
    return set(kNotProven, Describe(*report.objects, Object::NOT_PROVEN));
  }
  if (!report.plan.ok()) return set_error(report.plan.status());
  std::vector<std::string> parts = {DescribeTaking(*report.objects)};
  parts.insert(parts.end(), report.remarks.begin(), report.remarks.end());
  parts.push_back(Describe(*report.plan));
  set(kProven, absl::StrJoin(parts, "; "));
}

void SetNotProven(const TakeOverObjects& objects, int64_t generation,
                  absl::Time now, Conditions& conditions) {
  const std::string message = absl::StrCat(
      "it is not taken over, and nothing of it is changed or deleted: ",
      Describe(objects, Object::NOT_PROVEN));
  conditions.Set(kTakenOver, ConditionStatus::kFalse, kNotProven, message,
                 generation, now);
  conditions.Set("Ready", ConditionStatus::kUnknown, kNotProven, message,
                 generation, now);
}

void SetLeftAside(const LeftAside& why, bool paused, int64_t generation,
                  absl::Time now, Conditions& conditions) {
  const std::string message = absl::StrCat(
      "it is not taken over, and nothing of it is changed or deleted: ",
      why.message);
  conditions.Set(kTakenOver, ConditionStatus::kFalse, why.reason, message,
                 generation, now);
  if (paused) return;
  conditions.Set("Ready", ConditionStatus::kUnknown, why.reason, message,
                 generation, now);
}

void SetGivenBack(const TakeOverObjects& objects, int64_t generation,
                  absl::Time now, Conditions& conditions) {
  std::string message =
      "it is the official provider's again, and this one does nothing with it";
  if (const std::string left = Describe(objects, Object::NOT_THEIRS);
      !left.empty()) {
    absl::StrAppend(&message, "; left in the cloud: ", left);
  }
  conditions.Set(kTakenOver, ConditionStatus::kFalse, kGivenBack, message,
                 generation, now);
}

void PublishTakenOver(const ReconcileEnv& env, const ResourceType& type,
                      const ObjectMeta& object) {
  env.publish({.type = type,
               .object = object,
               .reason = kTakenOver,
               .action = "TakeOver",
               .message = "it was taken over from Evroc's official provider"});
}

void SetTakenOver(const ObjectMeta& meta, absl::Time now,
                  Conditions& conditions) {
  const absl::string_view prefix = meta.Annotation(kResourcePrefixAnnotation);
  if (prefix.empty()) {
    conditions.Remove(kTakenOver);
    return;
  }
  conditions.Set(kTakenOver, ConditionStatus::kTrue, kTakenOver,
                 absl::StrCat("Evroc's official provider made it; its objects "
                              "in the cloud keep the names with the prefix ",
                              prefix),
                 meta.generation, now);
}

}  // namespace evroc::shim
