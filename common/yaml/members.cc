#include "common/yaml/members.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"

namespace evroc {
namespace {

using Kind = KnownMember::Kind;

constexpr size_t kLongestQuotedName = 32;

bool HasControlCharacters(absl::string_view text, bool lines) {
  text = absl::StripAsciiWhitespace(text);
  return std::any_of(text.begin(), text.end(), [&](unsigned char c) {
    return absl::ascii_iscntrl(c) && !(lines && absl::ascii_isspace(c));
  });
}

absl::Status CheckText(JsonView value, absl::string_view field, bool lines) {
  if (value.is_string()) {
    if (!HasControlCharacters(value.String(), lines)) return absl::OkStatus();
    return InvalidField(field, lines ? "has control characters"
                                     : "has line breaks or control characters");
  }
  if (value.is_object() || value.is_array()) {
    return InvalidField(field, "is not a text");
  }
  return InvalidField(field,
                      "is a number, a date or a truth value to other readers "
                      "of YAML: put it into quotes");
}

absl::Status CheckTexts(JsonView list, absl::string_view field) {
  if (!list.is_array()) return InvalidField(field, "is not a list");
  for (size_t i = 0; i < list.size(); ++i) {
    EVROC_RETURN_IF_ERROR(
        CheckText(list[i], absl::StrCat(field, "[", i, "]"), false));
  }
  return absl::OkStatus();
}

absl::Status CheckFlag(JsonView value, absl::string_view field) {
  const absl::string_view text = value.String();
  if (value.is_bool() || text == "true" || text == "false") {
    return absl::OkStatus();
  }
  return InvalidField(field, "is not true or false");
}

absl::Status CheckValue(JsonView value, Kind kind, absl::string_view field) {
  if (value.is_null()) return absl::OkStatus();
  switch (kind) {
    case Kind::kText:
      return CheckText(value, field, /*lines=*/false);
    case Kind::kLines:
      return CheckText(value, field, /*lines=*/true);
    case Kind::kTexts:
      return CheckTexts(value, field);
    case Kind::kFlag:
      return CheckFlag(value, field);
    case Kind::kOther:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

// Equal for all spellings of a name.
std::string Plain(absl::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c != '-' && c != '_') plain += absl::ascii_tolower(c);
  }
  return plain;
}

// Where a space is missing, a name has a value in it: such are not quoted.
bool IsQuotable(absl::string_view name) {
  return name.size() <= kLongestQuotedName &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return absl::ascii_isalpha(c) || c == '_' || c == '-';
         });
}

absl::Status CheckUnknown(absl::string_view name, absl::string_view path,
                          std::initializer_list<KnownMember> known,
                          UnknownMembers unknown) {
  for (const KnownMember& member : known) {
    if (Plain(member.name) != Plain(name)) continue;
    return InvalidField(absl::StrCat(path, ".", member.name),
                        "is spelled otherwise in the file");
  }
  if (unknown == UnknownMembers::kIgnored) return absl::OkStatus();
  return InvalidField(
      IsQuotable(name) ? absl::StrCat(path, ".", name) : std::string(path),
      absl::StrCat(IsQuotable(name)
                       ? "is not known: known are "
                       : "has a name that is not known: known are ",
                   absl::StrJoin(known, ", ",
                                 [](std::string* out, const KnownMember& each) {
                                   absl::StrAppend(out, each.name);
                                 })));
}

}  // namespace

absl::Status CheckMembers(JsonView map, absl::string_view path,
                          std::initializer_list<KnownMember> known,
                          UnknownMembers unknown) {
  if (!map.exists() || map.is_null()) return absl::OkStatus();
  if (!map.is_object()) return InvalidField(path, "is not a map");
  absl::Status status;
  map.ForEachMember([&](absl::string_view name, JsonView value) {
    if (!status.ok()) return;
    const auto* const found = std::find_if(
        known.begin(), known.end(),
        [&](const KnownMember& each) { return each.name == name; });
    status = found == known.end() ? CheckUnknown(name, path, known, unknown)
                                  : CheckValue(value, found->kind,
                                               absl::StrCat(path, ".", name));
  });
  return status;
}

std::string TrimmedText(JsonView map, absl::string_view name) {
  return std::string(absl::StripAsciiWhitespace(map[name].String()));
}

}  // namespace evroc
