#include "tests/evroc_sim/model/catalogue.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/text/uuid.h"
#include "glog/logging.h"

namespace evroc::sim {
namespace {

void AddSeries(absl::string_view series, int gb_per_vcpu, int first, int last,
               std::vector<Profile>& profiles) {
  constexpr absl::string_view kSizes[] = {"xs", "s", "m", "l", "xl", "2xl"};
  constexpr int kVcpus[] = {1, 2, 4, 8, 16, 32};
  for (int i = first; i <= last; ++i) {
    profiles.push_back({.name = absl::StrCat(series, ".", kSizes[i]),
                        .vcpus = kVcpus[i],
                        .memory_gb = int64_t{kVcpus[i]} * gb_per_vcpu});
  }
}

// Of a global object (B.3).
Json Metadata(absl::string_view id) {
  return Json::Object({{"id", id},
                       {"uid", RandomUuid()},
                       {"creationTimestamp", "2026-01-01T00:00:00Z"},
                       {"generation", 1}});
}

Json Gigabytes(int64_t amount) {
  return Json::Object({{"amount", amount}, {"unit", "GB"}});
}

Json Entry(absl::string_view kind, absl::string_view name, Json spec) {
  return Json::Object(
      {{"apiVersion", "compute/v1beta2"},
       {"kind", kind},
       {"metadata", Metadata(name)},
       {"spec", std::move(spec)},
       {"status", Json::Object({{"conditions", Json::Array()}})}});
}

}  // namespace

const std::vector<Profile>& Profiles() {
  static const auto* const profiles = [] {
    auto* all = new std::vector<Profile>;
    AddSeries("a1a", 4, 0, 5, *all);
    AddSeries("c1a", 2, 1, 5, *all);
    AddSeries("m1a", 8, 1, 4, *all);
    const char* const l40s = "nvidia.com/AD102GL_L40S";
    const char* const b200 = "nvidia.com/GB100_B200";
    all->push_back({"gn-l40s.s", 15, 190, l40s, 1, 3800});
    all->push_back({"gn-l40s.m", 30, 380, l40s, 2, 7600});
    all->push_back({"gn-l40s.l", 60, 760, l40s, 4, 15200});
    all->push_back({"gn-b200.s", 26, 260, b200, 1, 4000});
    all->push_back({"gn-b200.m", 52, 520, b200, 2, 8000});
    all->push_back({"gn-b200.l", 104, 1040, b200, 4, 16000});
    all->push_back({"gn-b200.xl", 208, 2080, b200, 8, 32000});
    return all;
  }();
  return *profiles;
}

const Profile* FindProfile(absl::string_view name) {
  for (const Profile& profile : Profiles()) {
    if (profile.name == name) return &profile;
  }
  return nullptr;
}

const std::vector<std::string>& Images() {
  static const auto* const images = new std::vector<std::string>{
      "opensuse.15-5.1", "opensuse.15-6.1",       "rocky.10-0.1",
      "rocky.10-1.1",    "rocky.8-10.1",          "rocky.9-5.1",
      "rocky.9-6.1",     "sl-micro.6-1.1",        "sles.15-5.1",
      "sles.15-6.1",     "sles.16-0.1",           "ubuntu.22-04.1",
      "ubuntu.24-04.1",  "ubuntu-minimal.24-04.1"};
  return *images;
}

bool IsImage(absl::string_view name) {
  return std::find(Images().begin(), Images().end(), name) != Images().end();
}

bool IsZone(absl::string_view zone) {
  return std::find(std::begin(kZones), std::end(kZones), zone) !=
         std::end(kZones);
}

Json ProfileJson(const Profile& profile) {
  Json spec = Json::Object({{"processorArchitecture", "amd64"},
                            {"vCPUs", profile.vcpus},
                            {"memory", Gigabytes(profile.memory_gb)}});
  if (profile.gpus > 0) {
    spec.Set("gpus", Json::Object({{"model", profile.gpu_model},
                                   {"quantity", profile.gpus},
                                   {"localDisk", profile.gpu_disk_gb}}));
  }
  return Entry("ComputeProfile", profile.name, std::move(spec));
}

Json ImageJson(absl::string_view name) {
  const std::vector<std::string> words = absl::StrSplit(name, '.');
  CHECK_EQ(words.size(), 3u) << name;
  int build = 0;
  CHECK(absl::SimpleAtoi(words[2], &build)) << name;
  return Entry(
      "DiskImage", name,
      Json::Object({{"osImage", words[0]},
                    {"osVersion", absl::StrReplaceAll(words[1], {{"-", "."}})},
                    {"version", build},
                    {"osArch", "amd64"},
                    {"defaultSize", Gigabytes(kDefaultImageGb)}}));
}

}  // namespace evroc::sim
