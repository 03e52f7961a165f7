#include "common/http/redact_answer.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/http/url.h"

namespace evroc {
namespace {

constexpr size_t kPiece = sizeof(uint64_t);
constexpr size_t kShortestSecret = 4;
constexpr size_t kLongestText = 4096;
constexpr size_t kLongestWord = 12;
constexpr size_t kLongestPhrase = 24;
// No id, name or digest is as long.
constexpr size_t kLongestId = 72;
// What an escape may put between two pieces.
constexpr size_t kLongestGap = 6;
constexpr absl::string_view kRedacted = "[redacted]";

// The same for both alphabets of base64, and for any case.
std::string Canonical(absl::string_view text) {
  std::string canonical = absl::AsciiStrToLower(text);
  std::replace(canonical.begin(), canonical.end(), '-', '+');
  std::replace(canonical.begin(), canonical.end(), '_', '/');
  return canonical;
}

uint64_t PieceAt(absl::string_view text, size_t at) {
  uint64_t piece = 0;
  std::memcpy(&piece, text.data() + at, kPiece);
  return piece;
}

// With the escapes of JSON and of Go, which escapes "<", ">" and "&" too.
std::vector<std::string> EscapedForms(absl::string_view secret) {
  const std::string once = absl::StrReplaceAll(secret, {{"\\", "\\\\"},
                                                        {"\"", "\\\""},
                                                        {"\n", "\\n"},
                                                        {"\r", "\\r"},
                                                        {"\t", "\\t"}});
  return {once,
          absl::StrReplaceAll(
              once, {{"<", "\\u003c"}, {">", "\\u003e"}, {"&", "\\u0026"}})};
}

// The base64 of a secret, wherever in the encoded text it begins.
std::vector<std::string> EncodedForms(absl::string_view secret) {
  std::vector<std::string> forms = {absl::BytesToHexString(secret),
                                    EscapeUrlComponent(secret)};
  for (size_t skipped = 0; skipped < 3 && skipped < secret.size(); ++skipped) {
    std::string form = absl::Base64Escape(secret.substr(skipped));
    while (absl::EndsWith(form, "=")) form.pop_back();
    forms.push_back(std::move(form));
  }
  return forms;
}

std::vector<std::string> FormsOf(const std::string& secret) {
  std::vector<std::string> forms = {secret, absl::Base64Escape(secret)};
  std::string decoded;
  if (absl::Base64Unescape(secret, &decoded) && !decoded.empty()) {
    forms.push_back(decoded);
  }
  const std::vector<std::string> plain = forms;
  for (const std::string& each : plain) {
    for (auto& form : EscapedForms(each)) forms.push_back(std::move(form));
    for (auto& form : EncodedForms(each)) forms.push_back(std::move(form));
  }
  return forms;
}

// Marks the characters of a text that belong to secrets.
class Marker {
 public:
  Marker(absl::string_view text, absl::string_view shown)
      : text_(text),
        canonical_(Canonical(text)),
        marked_(text.size()),
        whole_(text.size()) {
    for (size_t i = 0; i + kPiece <= canonical_.size(); ++i) {
      places_[PieceAt(canonical_, i)].push_back(i);
    }
    const std::string plain = Canonical(shown);
    for (size_t i = 0; i + kPiece <= plain.size(); ++i) {
      places_.erase(PieceAt(plain, i));
    }
  }

  void Mark(absl::string_view form) {
    const std::string canonical = Canonical(form);
    MarkWhole(canonical);
    for (size_t i = 0; i + kPiece <= canonical.size(); ++i) {
      const auto found = places_.find(PieceAt(canonical, i));
      if (found == places_.end()) continue;
      for (const size_t at : found->second) MarkFrom(at, kPiece);
    }
  }

  std::string Redacted() const {
    std::string out;
    size_t at = 0;
    while (at < text_.size()) {
      const size_t end = RunEnd(at);
      if (end == at || text_[at] == ' ') {
        out += text_[at++];
        continue;
      }
      absl::StrAppend(
          &out, IsOrdinary(at, end) ? text_.substr(at, end - at) : kRedacted);
      at = end;
    }
    return out;
  }

 private:
  void MarkFrom(size_t at, size_t size) {
    std::fill_n(marked_.begin() + static_cast<ptrdiff_t>(at), size, true);
  }

  // Of a secret that is there from its beginning to its end.
  void MarkWhole(const std::string& secret) {
    if (secret.size() < kShortestSecret) return;
    for (size_t at = canonical_.find(secret); at != std::string::npos;
         at = canonical_.find(secret, at + 1)) {
      MarkFrom(at, secret.size());
      std::fill_n(whole_.begin() + static_cast<ptrdiff_t>(at), secret.size(),
                  true);
    }
  }

  // The end of the marked run that begins here, over short gaps.
  size_t RunEnd(size_t begin) const {
    size_t end = begin;
    if (!marked_[begin]) return end;
    for (size_t i = begin; i < marked_.size() && i <= end + kLongestGap; ++i) {
      if (marked_[i] && text_[i] != ' ') end = i + 1;
    }
    return end;
  }

  bool IsLetter(size_t at) const {
    return at < text_.size() &&
           absl::ascii_isalnum(static_cast<unsigned char>(text_[at]));
  }

  // Whether a run is a phrase of whole words in lower case, as in prose.
  bool IsOrdinary(size_t begin, size_t end) const {
    if (end - begin >= kLongestPhrase || IsLetter(end) ||
        (begin > 0 && IsLetter(begin - 1))) {
      return false;
    }
    size_t word = 0;
    for (size_t i = begin; i < end; ++i) {
      const char c = text_[i];
      if (whole_[i]) return false;
      if (c != ' ' && !absl::ascii_islower(static_cast<unsigned char>(c))) {
        return false;
      }
      word = c == ' ' ? 0 : word + 1;
      if (word > kLongestWord) return false;
    }
    return true;
  }

  const absl::string_view text_;
  const std::string canonical_;
  std::vector<bool> marked_;
  std::vector<bool> whole_;
  absl::flat_hash_map<uint64_t, std::vector<size_t>> places_;
};

std::string WithoutSecrets(const HttpResponse& answer, absl::string_view text) {
  if (answer.secrets.empty()) return std::string(text);
  Marker marker(text, answer.shown);
  for (const std::string& secret : answer.secrets) {
    for (const std::string& form : FormsOf(secret)) marker.Mark(form);
  }
  return marker.Redacted();
}

bool IsOfBase64(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '+' ||
         c == '/' || c == '-' || c == '_' || c == '=';
}

// How user data begins as people write it (docs/images.md#user-data). What
// follows is not told.
std::string CutAtUserData(std::string text) {
  const std::string lower = absl::AsciiStrToLower(text);
  size_t cut = text.size();
  for (const char* begin : {"#cloud-", "#!/", "## template:", "mime-version:",
                            R"("ignition")", R"(\"ignition\")"}) {
    cut = std::min(cut, lower.find(begin));
  }
  if (cut == text.size()) return text;
  return absl::StrCat(text.substr(0, cut), kRedacted);
}

// Whether it reads as a reference, "/networking/projects/p/subnets/s-a": names
// in lower case, and kinds of few letters, between its slashes.
bool IsReference(absl::string_view word) {
  constexpr size_t kLongestKind = 32;
  if (!absl::StrContains(word, '/')) return false;
  for (const absl::string_view part : absl::StrSplit(word, '/')) {
    const bool is_name =
        std::all_of(part.begin(), part.end(), [](unsigned char c) {
          return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
        });
    const bool is_kind =
        part.size() <= kLongestKind &&
        std::all_of(part.begin(), part.end(), absl::ascii_isalpha);
    if (!is_name && !is_kind) return false;
  }
  return true;
}

// Takes out every word that is as long as only encoded data is.
std::string WithoutEncodedData(absl::string_view text) {
  std::string rest;
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    while (end < text.size() && IsOfBase64(text[end])) ++end;
    if (end - at >= kLongestId && !IsReference(text.substr(at, end - at))) {
      absl::StrAppend(&rest, kRedacted);
    } else {
      end = std::max(end, at + 1);
      absl::StrAppend(&rest, text.substr(at, end - at));
    }
    at = end;
  }
  return rest;
}

// Takes out the value that follows a member's name such as
// "cloudInitUserData", in quotes or not.
std::string WithoutUserDataMembers(absl::string_view text) {
  const std::string lower = absl::AsciiStrToLower(text);
  std::string rest;
  size_t at = 0;
  for (size_t name = lower.find("userdata"); name != lower.npos;
       name = lower.find("userdata", std::max(at, name + 1))) {
    size_t value = lower.find_first_not_of("\\\"' ", name + 8);
    if (value == lower.npos || (text[value] != ':' && text[value] != '=')) {
      continue;
    }
    value = lower.find_first_not_of("\\ ", value + 1);
    if (value == lower.npos || text[value] != '"') continue;
    size_t end = value + 1;
    while (end < text.size() && text[end] != '"') {
      end += text[end] == '\\' ? 2 : 1;
    }
    end = std::min(end, text.size());
    absl::StrAppend(&rest, text.substr(at, value - at), kRedacted);
    at = std::min(end + 1, text.size());
  }
  absl::StrAppend(&rest, text.substr(at));
  return rest;
}

}  // namespace

std::string RedactAnswer(const HttpResponse& answer, absl::string_view text) {
  text = text.substr(0, kLongestText);
  return WithoutEncodedData(
      WithoutUserDataMembers(CutAtUserData(WithoutSecrets(answer, text))));
}

}  // namespace evroc
