#include "services/evroc/codec/fields.h"

#include <utility>

#include "absl/strings/match.h"
#include "common/net/cidr.h"

namespace evroc::cloud {
namespace {

ConditionStatus ReadConditionStatus(JsonView name) {
  if (name.String() == "True") return ConditionStatus::kTrue;
  if (name.String() == "False") return ConditionStatus::kFalse;
  return ConditionStatus::kUnknown;
}

}  // namespace

Json ToJson(const Labels& labels) {
  Json object = Json::Object();
  for (const auto& [key, value] : labels) object.Set(key, value);
  return object;
}

Json ToJson(const std::vector<std::string>& texts) {
  Json array = Json::Array();
  for (const std::string& text : texts) array.Push(text);
  return array;
}

Json ToJson(const DiskSize& size) {
  return Json::Object({{"amount", size.amount}, {"unit", size.unit}});
}

Labels ReadLabels(JsonView object) {
  Labels labels;
  object.ForEachMember([&](absl::string_view key, JsonView value) {
    if (value.is_string()) {
      labels[std::string(key)] = std::string(value.String());
    }
  });
  return labels;
}

std::string ReadAddress(JsonView text) {
  return CanonicalAddress(text.String());
}

std::vector<std::string> ReadAddresses(JsonView array) {
  std::vector<std::string> addresses = ReadTexts(array);
  for (std::string& each : addresses) each = CanonicalAddress(each);
  return addresses;
}

std::vector<std::string> ReadTexts(JsonView array) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < array.size(); ++i) {
    if (array[i].is_string()) texts.emplace_back(array[i].String());
  }
  return texts;
}

std::optional<DiskSize> ReadDiskSize(JsonView object) {
  if (!object["amount"].is_integer() || !object["unit"].is_string()) {
    return std::nullopt;
  }
  return DiskSize{.amount = object["amount"].Integer(),
                  .unit = std::string(object["unit"].String())};
}

Conditions ReadConditions(JsonView array) {
  Conditions conditions;
  for (size_t i = 0; i < array.size(); ++i) {
    const absl::string_view type = array[i]["type"].String();
    if (type.empty()) continue;
    conditions.push_back(
        {.type = std::string(type),
         .status = ReadConditionStatus(array[i]["status"]),
         .reason = std::string(array[i]["reason"].String()),
         .message = std::string(array[i]["message"].String())});
  }
  return conditions;
}

absl::Time ReadTime(JsonView text) {
  absl::Time time;
  std::string error;
  if (!text.is_string() ||
      !absl::ParseTime(absl::RFC3339_full, text.String(), &time, &error)) {
    return absl::InfinitePast();
  }
  return time;
}

int ReadInt(JsonView number) {
  const int64_t value = number.Integer();
  return std::in_range<int>(value) ? static_cast<int>(value) : 0;
}

absl::Duration ReadDuration(JsonView text) {
  absl::Duration duration;
  if (!absl::ParseDuration(text.String(), &duration)) return {};
  const bool finite = duration < absl::InfiniteDuration() &&
                      duration > -absl::InfiniteDuration();
  return finite ? duration : absl::ZeroDuration();
}

std::string DurationText(absl::Duration duration) {
  const std::string text = absl::FormatDuration(duration);
  return text == "0" ? "0s" : text;
}

absl::string_view StackTypeName(StackType type) {
  switch (type) {
    case StackType::kUnset:
      return "";
    case StackType::kDualStack:
      return "dual-stack";
    case StackType::kIpv6Only:
      return "ipv6-only";
    case StackType::kIpv4Only:
      return "ipv4-only";
  }
  return "";
}

StackType ReadStackType(JsonView name) {
  for (StackType type :
       {StackType::kDualStack, StackType::kIpv6Only, StackType::kIpv4Only}) {
    if (name.String() == StackTypeName(type)) return type;
  }
  return StackType::kUnset;
}

absl::string_view DirectionName(Direction direction) {
  return direction == Direction::kIngress ? "Ingress" : "Egress";
}

std::optional<Direction> ReadDirection(JsonView name) {
  if (name.String() == "Ingress") return Direction::kIngress;
  if (name.String() == "Egress") return Direction::kEgress;
  return std::nullopt;
}

absl::string_view ProtocolName(Protocol protocol) {
  switch (protocol) {
    case Protocol::kAll:
      return "All";
    case Protocol::kTcp:
      return "TCP";
    case Protocol::kUdp:
      return "UDP";
    case Protocol::kIcmp:
      return "ICMP";
  }
  return "All";
}

std::optional<Protocol> ReadProtocol(JsonView name) {
  if (!name.exists() || name.is_null() ||
      (name.is_string() && name.String().empty())) {
    return Protocol::kAll;
  }
  // evroc-api.md B.6.2: a lower-case "all" may occur.
  for (Protocol protocol :
       {Protocol::kAll, Protocol::kTcp, Protocol::kUdp, Protocol::kIcmp}) {
    if (absl::EqualsIgnoreCase(name.String(), ProtocolName(protocol))) {
      return protocol;
    }
  }
  return std::nullopt;
}

bool ReadRuleWithoutRemote(JsonView json, SecurityRule& rule) {
  rule.name = std::string(json["name"].String());
  const std::optional<Direction> direction = ReadDirection(json["direction"]);
  const std::optional<Protocol> protocol = ReadProtocol(json["protocol"]);
  if (!direction || !protocol) return false;
  rule.direction = *direction;
  rule.protocol = *protocol;
  rule.port = ReadInt(json["port"]);
  rule.end_port = ReadInt(json["endPort"]);
  return true;
}

void ReadMachineState(JsonView json, VirtualMachine::Status& status) {
  status.state = std::string(json["virtualMachineStatus"].String());
  status.conditions = ReadConditions(json["conditions"]);
  status.zone = std::string(json.At("placement.zone").String());
  const JsonView networking = json["networking"];
  status.private_ipv4_address = ReadAddress(networking["privateIPv4Address"]);
  status.public_ipv4_address = ReadAddress(networking["publicIPv4Address"]);
}

void ReadDiskWithoutImage(
    JsonView object, Disk& disk,
    absl::FunctionRef<void(JsonView usage, Id<VirtualMachine>& machine)>
        read_user) {
  const JsonView spec = object["spec"];
  disk.size = ReadDiskSize(spec["diskSize"]);
  disk.zone = std::string(spec.At("placement.zone").String());
  const JsonView status = object["status"];
  disk.status.conditions = ReadConditions(status["conditions"]);
  disk.status.size = ReadDiskSize(status["diskSize"]);
  const JsonView usage = status["diskUsage"];
  for (size_t i = 0; i < usage.size(); ++i) {
    Disk::Usage& each = disk.status.usage.emplace_back();
    each.hotswap = usage[i]["useKind"].String() == "hotswap";
    read_user(usage[i], each.machine);
  }
}

}  // namespace evroc::cloud
