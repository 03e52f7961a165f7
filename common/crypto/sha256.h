// SHA-256 of bytes. Pure functions.

#ifndef COMMON_CRYPTO_SHA256_H_
#define COMMON_CRYPTO_SHA256_H_

#include <string>

#include "absl/strings/string_view.h"

namespace evroc {

// 64 lower-case hexadecimal digits.
std::string Sha256Hex(absl::string_view bytes);

}  // namespace evroc

#endif  // COMMON_CRYPTO_SHA256_H_
