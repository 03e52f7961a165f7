#include "common/text/cut_text.h"

namespace evroc {
namespace {

bool StartsCharacter(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

}  // namespace

std::string CutText(absl::string_view text, size_t size) {
  if (text.size() <= size) return std::string(text);
  while (size > 0 && !StartsCharacter(text[size])) --size;
  return std::string(text.substr(0, size));
}

}  // namespace evroc
