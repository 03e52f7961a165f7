#include "services/watch/cursor.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace evroc::cloud {

std::string Cursor::ToString() const {
  return absl::StrCat(epoch, ".", sequence);
}

std::optional<Cursor> Cursor::Parse(absl::string_view text) {
  const size_t dot = text.find('.');
  Cursor cursor;
  if (dot == text.npos ||
      !absl::SimpleAtoi(text.substr(0, dot), &cursor.epoch) ||
      !absl::SimpleAtoi(text.substr(dot + 1), &cursor.sequence)) {
    return std::nullopt;
  }
  return cursor;
}

}  // namespace evroc::cloud
