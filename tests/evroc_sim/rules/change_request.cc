#include "tests/evroc_sim/rules/change_request.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

constexpr size_t kMaxNameLength = 63;

bool IsDnsLabel(absl::string_view id) {
  if (id.empty() || id.size() > kMaxNameLength) return false;
  for (const char c : id) {
    const auto byte = static_cast<unsigned char>(c);
    if (!absl::ascii_islower(byte) && !absl::ascii_isdigit(byte) && c != '-') {
      return false;
    }
  }
  return id.front() != '-' && id.back() != '-';
}

// An unchanged reference is allowed even if its target is being deleted.
bool RefersAlready(const ChangeRequest& change, absl::string_view fqid) {
  if (change.current == nullptr) return false;
  const std::vector<std::string> refs =
      RefsIn(change.current->key.kind, change.current->spec);
  return std::find(refs.begin(), refs.end(), fqid) != refs.end();
}

}  // namespace

absl::Status CheckId(absl::string_view id) {
  if (IsDnsLabel(id)) return absl::OkStatus();
  return Invalid(absl::StrCat(
      "metadata.id: Invalid value: \"", id.substr(0, 300),
      "\": must be a lower-case RFC 1123 label of at most 63 characters"));
}

std::string ZoneOf(const Object& object) {
  return std::string(object.spec.At("placement.zone").String());
}

absl::Status CheckRef(const ChangeRequest& change, absl::string_view field,
                      Kind kind, absl::string_view fqid) {
  const absl::StatusOr<Key> key = ParseFqid(fqid);
  if (!key.ok() || key->kind != kind) {
    return Invalid(absl::StrCat(field, ": Invalid value: \"", fqid,
                                "\": must be the fully qualified id of a ",
                                InfoOf(kind).name));
  }
  const ObjectPtr object = change.store.Find(*key);
  const bool there = object != nullptr && !object->deleting;
  if (!there && !RefersAlready(change, fqid)) {
    return Invalid(absl::StrCat(field, ": Not found: \"", fqid, "\""));
  }
  return absl::OkStatus();
}

absl::Status CheckZonalRef(const ChangeRequest& change, absl::string_view field,
                           Kind kind, absl::string_view fqid) {
  EVROC_RETURN_IF_ERROR(CheckRef(change, field, kind, fqid));
  const ObjectPtr object = change.store.FindRef(fqid);
  if (object == nullptr) return absl::OkStatus();
  const std::string zone = ZoneOf(*object);
  if (zone == ZoneOf(change.wanted)) return absl::OkStatus();
  return Invalid(absl::StrCat(field, ": Invalid value: ", InfoOf(kind).name,
                              " is in zone ", zone, ", not in ",
                              ZoneOf(change.wanted)));
}

absl::Status CheckAddressIsFree(const ChangeRequest& change,
                                absl::string_view fqid) {
  const absl::StatusOr<Key> key = ParseFqid(fqid);
  if (!key.ok()) return key.status();
  for (const ObjectPtr& user : change.store.UsersOf(*key)) {
    if (user->key == change.wanted.key || user->deleting) continue;
    return Forbidden(
        absl::StrCat("admission webhook \"publicip-webhook.evroc.com\" denied "
                     "the request: public IP ",
                     fqid, " is already attached to ", user->key.id));
  }
  return absl::OkStatus();
}

}  // namespace evroc::sim
