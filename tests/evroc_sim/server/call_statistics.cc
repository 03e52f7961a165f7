#include "tests/evroc_sim/server/call_statistics.h"

#include "absl/strings/str_cat.h"

namespace evroc::sim {

absl::Status CallStatistics::OpenLog(const std::string& path, bool redact) {
  absl::MutexLock lock(&mutex_);
  log_.open(path, std::ios::app);
  redact_ = redact;
  if (log_.is_open()) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("can't write the call log ", path));
}

void CallStatistics::Record(const Request& request, const Response& response) {
  absl::MutexLock lock(&mutex_);
  Entry& entry = entries_[{request.method, response.route}];
  ++entry.count;
  entry.errors += response.status >= 400 ? 1 : 0;
  entry.bytes_in += static_cast<int64_t>(request.body.size());
  entry.bytes_out += static_cast<int64_t>(response.body.size());
  ++entry.codes[response.status];
  if (log_.is_open()) LogLocked(request, response);
}

void CallStatistics::LogLocked(const Request& request,
                               const Response& response) {
  Json line = Json::Object(
      {{"time", absl::FormatTime(clock_.Now(), absl::UTCTimeZone())},
       {"method", request.method},
       {"path", request.path},
       {"status", response.status}});
  if (!redact_) {
    line.Set("request", request.body).Set("response", response.body);
  }
  log_ << line.Dump() << '\n' << std::flush;
}

void CallStatistics::Reset() {
  absl::MutexLock lock(&mutex_);
  entries_.clear();
}

Json CallStatistics::ToJson() const {
  absl::MutexLock lock(&mutex_);
  Json calls = Json::Array();
  for (const auto& [call, entry] : entries_) {
    Json codes = Json::Object();
    for (const auto& [code, count] : entry.codes) {
      codes.Set(absl::StrCat(code), count);
    }
    calls.Push(Json::Object({{"method", call.first},
                             {"route", call.second},
                             {"count", entry.count},
                             {"errors", entry.errors},
                             {"bytes_in", entry.bytes_in},
                             {"bytes_out", entry.bytes_out},
                             {"codes", std::move(codes)}}));
  }
  return Json::Object({{"calls", std::move(calls)}});
}

}  // namespace evroc::sim
