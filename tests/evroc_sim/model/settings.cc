#include "tests/evroc_sim/model/settings.h"

#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "common/status/status_macros.h"
#include "glog/logging.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

// An open question of evroc-api.md, with its possible answers, the default
// first: "served, absent".
struct Question {
  const char* name;
  const char* answers;
};

std::vector<absl::string_view> AnswersOf(const Question& question) {
  return absl::StrSplit(question.answers, ", ");
}

constexpr Question kQuestions[] = {
    // B.3: "items" of an empty list.
    {"empty_items", "array, absent, null"},
    // B.3: whether metadata.resourceVersion is sent.
    {"resource_version", "sent, absent"},
    // B.7: the type of BackendService.status.backends.
    {"status_backends", "array, integer"},
    // B.7: what an absent healthCheck.targetPort becomes.
    {"health_check_target_port", "service_port, zero"},
    // B.7: a load-balancer object that refers to one that does not exist
    // (yet).
    {"load_balancer_dangling_refs", "accept, refuse"},
    // B.8.1: PATCH of userLabels without null.
    {"label_patch", "merge, replace"},
    // B.8.2, D.5: DELETE of an object that is in use.
    {"delete_in_use", "linger, refuse"},
    // B.8.2: a second DELETE while the object lingers.
    {"delete_again", "accept, conflict"},
    // B.9.1: a GET of an object that does not exist.
    {"missing_object", "not_found, forbidden"},
    // D.15: the condition Ready of a VM that was stopped.
    {"stopped_ready", "false, true"},
    // B.5.2: the status of an object over the size limit.
    {"oversize_status", "400, 413, 422"},
    // B.5: a public IP changed on a running VM.
    {"public_ip_change", "live, stopped"},
    // B.5.5: a sixth machine in a placement group.
    {"full_placement_group", "forbidden, conflict"},
    // B.5.5: a machine in a placement group that is not Ready.
    {"unready_placement_group", "accept, refuse"},
    // B.5.3: growing a disk.
    {"disk_growth", "allowed, refused"},
    // B.2.2: whether a refresh answers with a new refresh token.
    {"rotate_refresh_token", "no, yes"},
    // B.9.8: whether service accounts need the roles of what they do.
    {"roles", "enforced, ignored"},
    // B.2.7, D.20: a POST without the permission.
    {"post_without_permission", "forbidden, not_found"},
    // B.5.7: whether the catalogue needs a role where roles are enforced,
    // whether nobody may read it, and whether it exists.
    {"catalogue", "served, with_role, forbidden, absent"},
    // B.5.8: whether custom disk images are enabled.
    {"custom_images", "served, forbidden, absent"},
    // B.5.8: a custom image of a bucket or an account that does not exist.
    {"custom_image_dangling_refs", "refuse, accept"},
    // B.5.8: whether disks look for their custom image's object. Without an
    // S3 endpoint nobody can upload one.
    {"custom_image_objects", "assumed, checked"},
    // B.5.8: a disk whose custom image can't be downloaded.
    {"missing_image_object", "fail, hang"},
    // B.4: a disk made from a custom image of another project or region.
    {"foreign_custom_image", "invalid, forbidden"},
    // B.5.1: the state of a machine that is being deleted.
    {"vm_deleting_status", "Stopping, Terminating, Running"},
    // B.7: whether a change rewrites the sibling load-balancer objects.
    {"load_balancer_rewrites", "no, yes"},
    // A.3: a KCP machine that refers to an absent security group.
    {"kcp_unknown_security_group", "accept, refuse"},
    // Whether the data plane enforces the machines' security groups.
    {"data_plane_security_groups", "enforced, ignored"},
    // D.18: whose address a backend sees, and its groups have to admit.
    {"load_balancer_source", "balancer, client"},
    // B.9.1: other projects' objects.
    {"foreign_project", "forbidden, not_found"},
    // B.9.6: sizes in quotas, "160GB" or "160 GB".
    {"quota_text", "compact, spaced"},
    // B.9.6: what is shown where there is no limit, a million or nothing.
    {"unlimited_quota", "million, absent"},
    // B.5.1: machines with stackType ipv4-only; the old ones had to be made.
    {"ipv4_only_machines", "refuse, accept"},
    // B.6.1: the address of a public IP in the answer to its POST.
    {"public_ip_address", "later, at_once"},
};

constexpr char kNumbers[] = R"json({
  "latency_ms": {
    "network_create": 50, "public_ip_create": 200, "disk_create": 400,
    "vm_create": 800, "vm_start": 200, "load_balancer_create": 200, "other_create": 50,
    "custom_image_create": 200, "s3_credentials": 50,
    "vm_stop": 200, "vm_delete": 300, "disk_delete": 100,
    "public_ip_delete": 100, "other_delete": 50, "quota_release": 0},
  "quotas": {
    "vcpus": -1, "memory_gb": -1, "block_storage_gb": -1, "public_ips": -1,
    "load_balancers": -1,
    "gpus": {"nvidia.com/AD102GL_L40S": -1, "nvidia.com/GB100_B200": -1},
    "vpcs_per_project": 5},
  "tokens": {"lifetime_s": 300},
  "s3": {"max_bytes": 67108864}
})json";

Json Defaults() {
  absl::StatusOr<Json> json = Json::Parse(kNumbers);
  CHECK(json.ok()) << json.status();
  for (const Question& question : kQuestions) {
    json->SetAt(absl::StrCat("choices.", question.name),
                AnswersOf(question).front());
  }
  return *std::move(json);
}

// B.9.6: the quotas of a new organisation.
Json FreshOrganisation() {
  return *Json::Parse(R"json({"quotas": {
    "vcpus": 20, "memory_gb": 160, "public_ips": 3,
    "gpus": {"nvidia.com/AD102GL_L40S": 1, "nvidia.com/GB100_B200": 0}}})json");
}

absl::Status CheckChoice(absl::string_view name, JsonView value) {
  for (const Question& question : kQuestions) {
    if (question.name != name) continue;
    if (absl::c_linear_search(AnswersOf(question), value.String())) {
      return absl::OkStatus();
    }
    return Invalid(
        absl::StrCat("choices.", name, " is one of ", question.answers));
  }
  return Invalid(absl::StrCat("there is no setting choices.", name));
}

// Whether `value` may take the place of the number `current`, or of some of the
// numbers in it.
absl::Status CheckNumber(const std::string& path, JsonView current,
                         JsonView value) {
  if (current.is_object() && value.is_object()) {
    absl::Status status;
    value.ForEachMember([&](absl::string_view name, JsonView member) {
      status.Update(
          CheckNumber(absl::StrCat(path, ".", name), current[name], member));
    });
    return status;
  }
  if (current.is_integer() && value.is_integer()) return absl::OkStatus();
  return Invalid(absl::StrCat(path, " is no setting, or no number"));
}

}  // namespace

Settings::Settings() : json_(Defaults()) {}

absl::Duration Settings::Latency(absl::string_view name) const {
  const JsonView value = json_["latency_ms"][name];
  CHECK(value.exists()) << name;
  return absl::Milliseconds(value.Integer());
}

absl::string_view Settings::Choice(absl::string_view name) const {
  const JsonView value = json_["choices"][name];
  CHECK(value.exists()) << name;
  return value.String();
}

int64_t Settings::Quota(absl::string_view name) const {
  const JsonView value = json_["quotas"][name];
  CHECK(value.exists()) << name;
  return value.Integer();
}

int64_t Settings::GpuQuota(absl::string_view model) const {
  return json_["quotas"]["gpus"][model].Integer(-1);
}

int64_t Settings::TokenLifetimeSeconds() const {
  return json_["tokens"]["lifetime_s"].Integer();
}

int64_t Settings::S3MaxBytes() const {
  return json_["s3"]["max_bytes"].Integer();
}

absl::Status Settings::Update(JsonView patch) {
  if (!patch.is_object()) return Invalid("settings are an object");
  Json changes(patch);
  if (const std::string preset(changes["preset"].String()); !preset.empty()) {
    if (preset != "fresh-organisation") {
      return Invalid("the only preset is fresh-organisation");
    }
    changes.Remove("preset");
    changes.MergePatch(FreshOrganisation());
  }
  EVROC_RETURN_IF_ERROR(Check(changes));
  json_.MergePatch(changes);
  return absl::OkStatus();
}

absl::Status Settings::Check(JsonView changed) const {
  absl::Status status;
  changed.ForEachMember([&](absl::string_view group, JsonView members) {
    if (!json_[group].exists() || !members.is_object()) {
      status.Update(
          Invalid(absl::StrCat("there are no settings \"", group, "\"")));
    }
    members.ForEachMember([&](absl::string_view name, JsonView value) {
      if (group == "choices") {
        status.Update(CheckChoice(name, value));
      } else {
        status.Update(CheckNumber(absl::StrCat(group, ".", name),
                                  json_[group][name], value));
      }
    });
  });
  return status;
}

}  // namespace evroc::sim
