#include "tests/evroc_sim/server/route_faults.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

absl::Status CheckMembers(JsonView json) {
  static const auto* const known =
      new std::set<absl::string_view>{"method",      "path",
                                      "count",       "skip",
                                      "status",      "body",
                                      "refuse",      "cut_after",
                                      "delay_ms",    "pause_per_kib_ms",
                                      "lose_answer", "retry_after_s",
                                      "path_end",    "then"};
  absl::Status status;
  json.ForEachMember([&](absl::string_view name, JsonView) {
    if (!known->contains(name)) {
      status.Update(
          Invalid(absl::StrCat("a fault has no member \"", name, "\"")));
    }
  });
  return status;
}

bool DoesSomething(const RouteFault& fault) {
  return fault.status != 0 || fault.lose_answer || fault.refuse ||
         fault.cut_after >= 0 || !fault.then.empty() ||
         fault.delay > absl::ZeroDuration() ||
         fault.pause_per_kib > absl::ZeroDuration();
}

}  // namespace

absl::StatusOr<RouteFault> ParseRouteFault(JsonView json) {
  EVROC_RETURN_IF_ERROR(CheckMembers(json));
  RouteFault fault;
  fault.method = std::string(json["method"].String());
  fault.path_contains = std::string(json["path"].String());
  fault.path_end = std::string(json["path_end"].String());
  fault.count = static_cast<int>(json["count"].Integer(1));
  fault.skip = static_cast<int>(json["skip"].Integer(0));
  fault.status = static_cast<int>(json["status"].Integer(0));
  if (json["retry_after_s"].exists()) {
    fault.retry_after_s = static_cast<int>(json["retry_after_s"].Integer());
  }
  if (json["body"].exists()) fault.body = std::string(json["body"].String());
  fault.lose_answer = json["lose_answer"].Bool();
  fault.refuse = json["refuse"].Bool();
  fault.cut_after = json["cut_after"].Integer(-1);
  fault.delay = absl::Milliseconds(json["delay_ms"].Integer());
  fault.pause_per_kib = absl::Milliseconds(json["pause_per_kib_ms"].Integer());
  const JsonView then = json["then"];
  for (size_t i = 0; i < then.size(); ++i) {
    const JsonView body = then[i]["body"];
    fault.then.push_back({.method = std::string(then[i]["method"].String()),
                          .path = std::string(then[i]["path"].String()),
                          .body = body.exists() ? body.Dump() : ""});
  }
  if (fault.count < 1 || fault.skip < 0) {
    return Invalid("count is at least 1, skip at least 0");
  }
  if (!DoesSomething(fault)) return Invalid("the fault does nothing");
  return fault;
}

void RouteFaults::Add(RouteFault fault) {
  absl::MutexLock lock(&mutex_);
  faults_.push_back(std::move(fault));
}

void RouteFaults::Clear() {
  absl::MutexLock lock(&mutex_);
  faults_.clear();
}

Json RouteFaults::ToJson() const {
  absl::MutexLock lock(&mutex_);
  Json all = Json::Array();
  for (const RouteFault& fault : faults_) {
    all.Push(Json::Object({{"method", fault.method},
                           {"path", fault.path_contains},
                           {"path_end", fault.path_end},
                           {"count", fault.count},
                           {"skip", fault.skip},
                           {"status", fault.status},
                           {"lose_answer", fault.lose_answer},
                           {"refuse", fault.refuse},
                           {"cut_after", fault.cut_after},
                           {"delay_ms", absl::ToInt64Milliseconds(fault.delay)},
                           {"pause_per_kib_ms",
                            absl::ToInt64Milliseconds(fault.pause_per_kib)}}));
  }
  return all;
}

std::optional<RouteFault> RouteFaults::Strike(absl::string_view method,
                                              absl::string_view path) {
  absl::MutexLock lock(&mutex_);
  for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
    if ((!fault->method.empty() && fault->method != method) ||
        !absl::StrContains(path, fault->path_contains) ||
        !absl::EndsWith(path, fault->path_end)) {
      continue;
    }
    if (fault->skip > 0) {
      --fault->skip;
      continue;
    }
    const RouteFault struck = *fault;
    if (--fault->count == 0) faults_.erase(fault);
    return struck;
  }
  return std::nullopt;
}

}  // namespace evroc::sim
