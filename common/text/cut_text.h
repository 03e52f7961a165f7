// Cuts text to a size. A pure function.

#ifndef COMMON_TEXT_CUT_TEXT_H_
#define COMMON_TEXT_CUT_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace evroc {

// Returns at most the first `size` bytes of `text`, cut at a whole UTF-8
// character.
std::string CutText(absl::string_view text, size_t size);

}  // namespace evroc

#endif  // COMMON_TEXT_CUT_TEXT_H_
