#include "common/text/utf8.h"

#include <cstddef>
#include <cstdint>

namespace evroc {
namespace {

// The form of a character by its first byte: how many bytes follow, and the
// range of the first of them, which excludes surrogates, overlong forms and
// what is beyond U+10FFFF.
struct Form {
  int following = -1;  // not a first byte
  uint8_t low = 0x80;
  uint8_t high = 0xbf;
};

Form FormOf(uint8_t first) {
  if (first == 0) return {};
  if (first < 0x80) return {.following = 0};
  if (first < 0xc2) return {};
  if (first < 0xe0) return {.following = 1};
  if (first == 0xe0) return {.following = 2, .low = 0xa0};
  if (first == 0xed) return {.following = 2, .high = 0x9f};
  if (first < 0xf0) return {.following = 2};
  if (first == 0xf0) return {.following = 3, .low = 0x90};
  if (first < 0xf4) return {.following = 3};
  if (first == 0xf4) return {.following = 3, .high = 0x8f};
  return {};
}

}  // namespace

bool IsUtf8(absl::string_view bytes) {
  size_t i = 0;
  while (i < bytes.size()) {
    Form form = FormOf(static_cast<uint8_t>(bytes[i++]));
    if (form.following < 0) return false;
    for (; form.following > 0;
         --form.following, form.low = 0x80, form.high = 0xbf) {
      if (i == bytes.size()) return false;
      const auto next = static_cast<uint8_t>(bytes[i++]);
      if (next < form.low || next > form.high) return false;
    }
  }
  return true;
}

}  // namespace evroc
