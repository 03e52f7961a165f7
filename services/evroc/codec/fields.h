// Codecs of the parts that objects of both dialects share: metadata, conditions
// and small values. Reading is lenient: a member that is missing or of another
// type counts as absent. Pure functions.

#ifndef SERVICES_EVROC_CODEC_FIELDS_H_
#define SERVICES_EVROC_CODEC_FIELDS_H_

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/json/json.h"
#include "services/evroc/api/compute.h"
#include "services/evroc/api/networking.h"
#include "services/evroc/api/object.h"

namespace evroc::cloud {

// A dialect's names of the members of `metadata`.
struct MetadataNames {
  absl::string_view id;      // "id" or "name"
  absl::string_view labels;  // "userLabels" or "labels"
};
inline constexpr MetadataNames kRestMetadata = {"id", "userLabels"};
inline constexpr MetadataNames kKcpMetadata = {"name", "labels"};

Json ToJson(const Labels& labels);
Json ToJson(const std::vector<std::string>& texts);
Json ToJson(const DiskSize& size);

Labels ReadLabels(JsonView object);
std::vector<std::string> ReadTexts(JsonView array);

// An IP address or block, and a list of such, in their canonical form
// (common/net/cidr.h): the cloud writes them as it likes.
std::string ReadAddress(JsonView text);
std::vector<std::string> ReadAddresses(JsonView array);
std::optional<DiskSize> ReadDiskSize(JsonView object);
Conditions ReadConditions(JsonView array);
// RFC 3339; the infinite past for other text.
absl::Time ReadTime(JsonView text);
// 0 for a value that is no number or does not fit.
int ReadInt(JsonView number);
// Go's notation, "1m30s"; zero for other text, or if not finite.
absl::Duration ReadDuration(JsonView text);
std::string DurationText(absl::Duration duration);

// Empty for kUnset.
absl::string_view StackTypeName(StackType type);
StackType ReadStackType(JsonView name);

absl::string_view DirectionName(Direction direction);
std::optional<Direction> ReadDirection(JsonView name);
absl::string_view ProtocolName(Protocol protocol);
// Absent or empty means all; nullopt for an unknown protocol.
std::optional<Protocol> ReadProtocol(JsonView name);

// Reads a rule apart from its remote side. False, with `rule` incomplete, if
// its direction or protocol is unknown.
bool ReadRuleWithoutRemote(JsonView json, SecurityRule& rule);

// Reads the state, conditions, zone and IPv4 addresses of a machine.
void ReadMachineState(JsonView json, VirtualMachine::Status& status);

// Reads a disk apart from its image. `read_user` reads the machine of an entry
// of status.diskUsage.
void ReadDiskWithoutImage(
    JsonView object, Disk& disk,
    absl::FunctionRef<void(JsonView usage, Id<VirtualMachine>& machine)>
        read_user);

// INTERNAL unless the object has an id.
template <typename T>
absl::Status ReadMetadata(JsonView metadata, const MetadataNames& names,
                          Metadata<T>& out) {
  const absl::string_view id = metadata[names.id].String();
  if (id.empty()) {
    return absl::InternalError("the cloud sent an object without an id");
  }
  out.id = Id<T>(std::string(id));
  out.labels = ReadLabels(metadata[names.labels]);
  out.uid = std::string(metadata["uid"].String());
  out.resource_version = std::string(metadata["resourceVersion"].String());
  out.generation = metadata["generation"].Integer();
  out.created = ReadTime(metadata["creationTimestamp"]);
  out.deleting = metadata["deletionTimestamp"].is_string();
  return absl::OkStatus();
}

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CODEC_FIELDS_H_
