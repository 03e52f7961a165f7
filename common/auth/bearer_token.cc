#include "common/auth/bearer_token.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

namespace evroc {

bool IsB64Token(absl::string_view token) {
  while (absl::ConsumeSuffix(&token, "=")) {
  }
  return !token.empty() &&
         std::all_of(token.begin(), token.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) ||
                  absl::string_view("-._~+/").find(static_cast<char>(c)) !=
                      absl::string_view::npos;
         });
}

bool IsVisibleWord(absl::string_view token) {
  return !token.empty() &&
         std::all_of(token.begin(), token.end(),
                     [](unsigned char c) { return absl::ascii_isgraph(c); });
}

}  // namespace evroc
