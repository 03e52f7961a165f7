#include "common/crypto/jwt.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/status/status_macros.h"

namespace evroc {
namespace {

constexpr size_t kMaxTokenBytes = size_t{64} << 10;

absl::Status NotAToken() {
  return absl::InvalidArgumentError("not a signed JSON Web Token");
}

absl::StatusOr<Json> DecodePart(absl::string_view part) {
  std::string text;
  if (!absl::WebSafeBase64Unescape(part, &text)) return NotAToken();
  absl::StatusOr<Json> json = Json::Parse(text, kMaxTokenBytes);
  if (!json.ok() || !json->view().is_object()) return NotAToken();
  return json;
}

absl::StatusOr<std::vector<absl::string_view>> Split(absl::string_view token) {
  if (token.size() > kMaxTokenBytes) return NotAToken();
  std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  if (parts.size() != 3) return NotAToken();
  return parts;
}

}  // namespace

absl::StatusOr<std::string> SignJwt(const RsaKey& key, JsonView claims) {
  Json header = Json::Object({{"alg", "RS256"}, {"typ", "JWT"}});
  if (!key.id().empty()) header.Set("kid", key.id());
  const std::string signed_part =
      absl::StrCat(absl::WebSafeBase64Escape(header.Dump()), ".",
                   absl::WebSafeBase64Escape(claims.Dump()));
  EVROC_ASSIGN_OR_RETURN(const std::string signature, key.Sign(signed_part));
  return absl::StrCat(signed_part, ".", absl::WebSafeBase64Escape(signature));
}

absl::StatusOr<Json> VerifyJwt(const RsaKey& key, absl::string_view token) {
  EVROC_ASSIGN_OR_RETURN(const std::vector<absl::string_view> parts,
                         Split(token));
  EVROC_ASSIGN_OR_RETURN(const Json header, DecodePart(parts[0]));
  std::string signature;
  if (header["alg"].String() != "RS256" ||
      !absl::WebSafeBase64Unescape(parts[2], &signature) ||
      !key.Verify(token.substr(0, parts[0].size() + 1 + parts[1].size()),
                  signature)) {
    return NotAToken();
  }
  return DecodePart(parts[1]);
}

absl::StatusOr<Json> ReadJwtUnverified(absl::string_view token) {
  EVROC_ASSIGN_OR_RETURN(const std::vector<absl::string_view> parts,
                         Split(token));
  return DecodePart(parts[1]);
}

std::optional<absl::Time> JwtExpiry(absl::string_view token) {
  const absl::StatusOr<Json> claims = ReadJwtUnverified(token);
  if (!claims.ok() || !(*claims)["exp"].is_integer()) return std::nullopt;
  return absl::FromUnixSeconds((*claims)["exp"].Integer());
}

}  // namespace evroc
