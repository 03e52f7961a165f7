// The settings of the simulated cloud, which can change while it runs:
// latencies, quotas, and both answers to every open question of evroc-api.md.
//
// A value. `GET|PUT /sim/v1/settings` reads and changes it as JSON.

#ifndef TESTS_EVROC_SIM_MODEL_SETTINGS_H_
#define TESTS_EVROC_SIM_MODEL_SETTINGS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/json/json.h"

namespace evroc::sim {

class Settings {
 public:
  // The defaults; Describe() explains each.
  Settings();

  // The setting at `path`, which must exist: "latency_ms.vm_create".
  absl::Duration Latency(absl::string_view name) const;
  absl::string_view Choice(absl::string_view name) const;
  // Negative: unlimited.
  int64_t Quota(absl::string_view name) const;
  // The same for the GPUs of a model; unlimited for an unknown one.
  int64_t GpuQuota(absl::string_view model) const;

  int64_t TokenLifetimeSeconds() const;
  // The size of all objects in buckets.
  int64_t S3MaxBytes() const;

  // Applies a merge patch. 400, without any change, for an unknown setting or a
  // value that is not among the answers.
  absl::Status Update(JsonView patch);

  // {"latency_ms": {…}, "choices": {…}, "quotas": {…}, "tokens": {…},
  // "s3": {…}}.
  const Json& ToJson() const { return json_; }

 private:
  absl::Status Check(JsonView changed) const;

  Json json_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_MODEL_SETTINGS_H_
