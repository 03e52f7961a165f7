#include "services/rpc/page_query.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/sha256.h"
#include "common/status/status_macros.h"
#include "common/status/violations.h"

namespace evroc::cloud {
namespace {

constexpr size_t kDigestSize = 16;

std::string DigestOf(const std::string& request, absl::string_view key) {
  return Sha256Hex(absl::StrCat(request, PageQuery::kSeparator, key))
      .substr(0, kDigestSize);
}

}  // namespace

// A digest of request and key, then the key.
std::string PageQuery::TokenAfter(const std::string& key) const {
  return absl::WebSafeBase64Escape(absl::StrCat(DigestOf(request_, key), key));
}

absl::StatusOr<PageQuery> PageQuery::Make(int32_t size, absl::string_view token,
                                          std::string request) {
  Violations violations;
  violations.Check(size >= 0, "page_size", "is negative");
  std::string after;
  if (!token.empty()) {
    std::string content;
    const bool is_ours = absl::WebSafeBase64Unescape(token, &content) &&
                         content.size() > kDigestSize &&
                         DigestOf(request, content.substr(kDigestSize)) ==
                             content.substr(0, kDigestSize);
    if (violations.Check(is_ours, "page_token",
                         "is of no answer to this request: ask for the first "
                         "page")) {
      after = content.substr(kDigestSize);
    }
  }
  EVROC_RETURN_IF_ERROR(violations.ToStatus());
  return PageQuery(size == 0 ? kDefaultSize : std::min(size, kMostSize),
                   std::move(after), std::move(request));
}

}  // namespace evroc::cloud
