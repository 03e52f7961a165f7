#include "shim/userdata/mime_message.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/status/status_macros.h"

namespace evroc::shim {
namespace {

constexpr int kMaxDepth = 8;
constexpr size_t kBase64Line = 76;
// RFC 5322's limit of a line.
constexpr size_t kMaxLine = 998;

// Takes the next line, with its line end, off the front of `text`.
absl::string_view TakeLine(absl::string_view& text) {
  const size_t end = text.find('\n');
  const size_t size = end == absl::string_view::npos ? text.size() : end + 1;
  const absl::string_view line = text.substr(0, size);
  text.remove_prefix(size);
  return line;
}

absl::string_view WithoutLineEnd(absl::string_view line) {
  if (absl::ConsumeSuffix(&line, "\n")) absl::ConsumeSuffix(&line, "\r");
  return line;
}

bool IsHeaderLine(absl::string_view line, bool first) {
  if (!first && (line[0] == ' ' || line[0] == '\t')) return true;
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos) return false;
  return std::all_of(line.begin(), line.begin() + colon,
                     [](char c) { return c > ' ' && c < 0x7f; });
}

MimePart SplitHeader(absl::string_view text) {
  MimePart part;
  while (!text.empty()) {
    absl::string_view rest = text;
    const absl::string_view line = TakeLine(rest);
    if (WithoutLineEnd(line).empty()) {
      text = rest;
      break;
    }
    // cloud-init takes a line that is no header for the first of the body.
    if (!IsHeaderLine(line, part.header.empty())) break;
    absl::StrAppend(&part.header, line);
    text = rest;
  }
  part.body = std::string(text);
  return part;
}

// The value of a header with its parameters, on one line.
std::string WholeHeader(const MimePart& part, absl::string_view name) {
  std::string value;
  bool found = false;
  absl::string_view header = part.header;
  while (!header.empty()) {
    const absl::string_view line = WithoutLineEnd(TakeLine(header));
    if (!line.empty() && (line[0] == ' ' || line[0] == '\t')) {
      if (found) absl::StrAppend(&value, line);
      continue;
    }
    if (found) break;
    const size_t colon = line.find(':');
    found = colon != absl::string_view::npos &&
            absl::EqualsIgnoreCase(
                absl::StripAsciiWhitespace(line.substr(0, colon)), name);
    if (found) value = std::string(line.substr(colon + 1));
  }
  return value;
}

enum class Delimiter { kNone, kNext, kEnd };

Delimiter DelimiterOf(absl::string_view line, absl::string_view boundary) {
  if (!absl::ConsumePrefix(&line, "--") ||
      !absl::ConsumePrefix(&line, boundary)) {
    return Delimiter::kNone;
  }
  const bool last = absl::ConsumePrefix(&line, "--");
  if (!absl::StripAsciiWhitespace(line).empty()) return Delimiter::kNone;
  return last ? Delimiter::kEnd : Delimiter::kNext;
}

// The entities between the delimiters. The line end before a delimiter belongs
// to it. Without a last delimiter the last entity ends with the text.
std::vector<absl::string_view> SplitEntities(absl::string_view text,
                                             absl::string_view boundary) {
  std::vector<absl::string_view> entities;
  const char* begin = nullptr;
  while (!text.empty()) {
    const absl::string_view line = TakeLine(text);
    const Delimiter delimiter = DelimiterOf(line, boundary);
    if (delimiter == Delimiter::kNone) continue;
    if (begin != nullptr) {
      entities.push_back(WithoutLineEnd(
          absl::string_view(begin, static_cast<size_t>(line.data() - begin))));
    }
    begin = line.data() + line.size();
    if (delimiter == Delimiter::kEnd) return entities;
  }
  if (begin != nullptr && begin != text.data()) {
    entities.emplace_back(begin, static_cast<size_t>(text.data() - begin));
  }
  return entities;
}

absl::Status AddParts(absl::string_view text, int depth,
                      std::vector<MimePart>& parts) {
  if (depth > kMaxDepth) {
    return absl::InvalidArgumentError("a MIME message is nested too deeply");
  }
  MimePart part = SplitHeader(text);
  if (!absl::StartsWith(MimeHeader(part, "Content-Type"), "multipart/")) {
    parts.push_back(std::move(part));
    return absl::OkStatus();
  }
  const std::string boundary = MimeParameter(part, "Content-Type", "boundary");
  if (boundary.empty()) {
    return absl::InvalidArgumentError("a MIME message has no boundary");
  }
  for (const absl::string_view entity : SplitEntities(part.body, boundary)) {
    EVROC_RETURN_IF_ERROR(AddParts(entity, depth + 1, parts));
  }
  return absl::OkStatus();
}

// Whether the text arrives as it is without an encoding: cloud-init garbles
// what is not ASCII.
bool IsPlain(absl::string_view text) {
  size_t line = 0;
  for (const char c : text) {
    line = c == '\n' ? 0 : line + 1;
    if (line > kMaxLine) return false;
    if (c != '\n' && c != '\t' && (c < ' ' || c > '~')) return false;
  }
  return true;
}

std::string Base64Lines(absl::string_view content) {
  const std::string encoded = absl::Base64Escape(content);
  std::string lines;
  for (size_t i = 0; i < encoded.size(); i += kBase64Line) {
    if (i > 0) lines += '\n';
    lines.append(encoded, i, kBase64Line);
  }
  return lines;
}

std::string UnusedBoundary(absl::Span<const MimePart> parts) {
  for (int i = 0;; ++i) {
    std::string boundary = absl::StrCat("evroc-user-data-", i);
    const bool used =
        std::any_of(parts.begin(), parts.end(), [&](const MimePart& part) {
          return absl::StrContains(part.header, boundary) ||
                 absl::StrContains(part.body, boundary);
        });
    if (!used) return boundary;
  }
}

}  // namespace

absl::StatusOr<std::vector<MimePart>> ParseMimeMessage(absl::string_view text) {
  std::vector<MimePart> parts;
  EVROC_RETURN_IF_ERROR(AddParts(text, 0, parts));
  return parts;
}

MimePart MakeMimePart(absl::string_view content_type,
                      absl::string_view content) {
  const bool plain = IsPlain(content);
  return {.header = absl::StrCat(
              "Content-Type: ", content_type, "; charset=\"utf-8\"\n",
              "MIME-Version: 1.0\n",
              "Content-Transfer-Encoding: ", plain ? "7bit" : "base64", "\n"),
          .body = plain ? std::string(content) : Base64Lines(content)};
}

std::string MimeHeader(const MimePart& part, absl::string_view name) {
  const std::string whole = WholeHeader(part, name);
  return absl::AsciiStrToLower(absl::StripAsciiWhitespace(
      absl::string_view(whole).substr(0, whole.find(';'))));
}

std::string MimeParameter(const MimePart& part, absl::string_view name,
                          absl::string_view parameter) {
  const std::string whole = WholeHeader(part, name);
  for (const absl::string_view each : absl::StrSplit(whole, ';')) {
    const size_t equals = each.find('=');
    if (equals == absl::string_view::npos ||
        !absl::EqualsIgnoreCase(
            absl::StripAsciiWhitespace(each.substr(0, equals)), parameter)) {
      continue;
    }
    absl::string_view value =
        absl::StripAsciiWhitespace(each.substr(equals + 1));
    if (absl::ConsumePrefix(&value, "\"")) absl::ConsumeSuffix(&value, "\"");
    return std::string(value);
  }
  return "";
}

absl::StatusOr<std::string> MimeContent(const MimePart& part) {
  const std::string encoding = MimeHeader(part, "Content-Transfer-Encoding");
  if (encoding.empty() || encoding == "7bit" || encoding == "8bit" ||
      encoding == "binary") {
    return part.body;
  }
  if (encoding != "base64") {
    return absl::UnimplementedError("a MIME part has an unknown encoding");
  }
  std::string content;
  if (!absl::Base64Unescape(part.body, &content)) {
    return absl::InvalidArgumentError("a MIME part has damaged base64");
  }
  return content;
}

std::string WriteMimeMessage(absl::Span<const MimePart> parts) {
  const std::string boundary = UnusedBoundary(parts);
  std::string message =
      absl::StrCat("MIME-Version: 1.0\nContent-Type: multipart/mixed; ",
                   "boundary=\"", boundary, "\"\n\n");
  for (const MimePart& part : parts) {
    absl::StrAppend(&message, "--", boundary, "\n", part.header, "\n",
                    part.body, "\n");
  }
  absl::StrAppend(&message, "--", boundary, "--\n");
  return message;
}

}  // namespace evroc::shim
