// Whether bytes are UTF-8 text. A pure function.

#ifndef COMMON_TEXT_UTF8_H_
#define COMMON_TEXT_UTF8_H_

#include "absl/strings/string_view.h"

namespace evroc {

// Whether all of `bytes` is UTF-8 (RFC 3629) without a zero byte.
bool IsUtf8(absl::string_view bytes);

}  // namespace evroc

#endif  // COMMON_TEXT_UTF8_H_
