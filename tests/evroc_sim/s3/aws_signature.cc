#include "tests/evroc_sim/s3/aws_signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/crypto/sha256.h"

namespace evroc::sim {
namespace {

constexpr absl::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr absl::string_view kTerminator = "aws4_request";

std::string HmacSha256(absl::string_view key, absl::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest,
       &size);
  return std::string(reinterpret_cast<const char*>(digest), size);
}

// Escapes all but the unreserved characters of RFC 3986, and `also`.
std::string Escape(absl::string_view text, absl::string_view also = "") {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || absl::StrContains("-._~", c) ||
        absl::StrContains(also, c)) {
      escaped += c;
    } else {
      absl::StrAppend(&escaped, "%",
                      absl::AsciiStrToUpper(
                          absl::BytesToHexString(absl::string_view(&c, 1))));
    }
  }
  return escaped;
}

std::string CanonicalQuery(const Request& request) {
  std::map<std::string, std::string> escaped;
  for (const auto& [name, value] : request.query) {
    escaped[Escape(name)] = Escape(value);
  }
  return absl::StrJoin(escaped, "&", absl::PairFormatter("="));
}

// "name:value\n", with single spaces inside the value and none around it.
std::string CanonicalHeader(const Request& request, const std::string& name) {
  std::string value(FindHeader(request.headers, name));
  absl::RemoveExtraAsciiWhitespace(&value);
  return absl::StrCat(name, ":", value, "\n");
}

std::string CanonicalRequest(const Request& request,
                             const std::vector<std::string>& signed_headers) {
  std::string headers;
  for (const std::string& name : signed_headers) {
    headers += CanonicalHeader(request, name);
  }
  return absl::StrJoin(
      {request.method, Escape(request.path, "/"), CanonicalQuery(request),
       headers, absl::StrJoin(signed_headers, ";"),
       std::string(FindHeader(request.headers, "x-amz-content-sha256"))},
      "\n");
}

// "Credential=<key id>/<date>/<region>/<service>/aws4_request".
bool ParseCredential(absl::string_view text, AwsAuthorization& authorization) {
  const std::vector<std::string> parts = absl::StrSplit(text, '/');
  if (parts.size() != 5 || parts[4] != kTerminator) return false;
  authorization.access_key_id = parts[0];
  authorization.date = parts[1];
  authorization.region = parts[2];
  authorization.service = parts[3];
  return true;
}

}  // namespace

std::optional<AwsAuthorization> ParseAwsAuthorization(
    absl::string_view header) {
  AwsAuthorization authorization;
  if (!absl::ConsumePrefix(&header, kAlgorithm)) return std::nullopt;
  bool has_credential = false;
  for (absl::string_view part : absl::StrSplit(header, ',')) {
    part = absl::StripAsciiWhitespace(part);
    if (absl::ConsumePrefix(&part, "Credential=")) {
      has_credential = ParseCredential(part, authorization);
    } else if (absl::ConsumePrefix(&part, "SignedHeaders=")) {
      authorization.signed_headers = absl::StrSplit(part, ';');
    } else if (absl::ConsumePrefix(&part, "Signature=")) {
      authorization.signature = std::string(part);
    }
  }
  if (!has_credential || authorization.signed_headers.empty() ||
      authorization.signature.empty()) {
    return std::nullopt;
  }
  return authorization;
}

std::string AwsSignature(const Request& request,
                         const AwsAuthorization& authorization,
                         absl::string_view secret_access_key) {
  const std::string scope =
      absl::StrJoin({authorization.date, authorization.region,
                     authorization.service, std::string(kTerminator)},
                    "/");
  const std::string text = absl::StrJoin(
      {std::string(kAlgorithm),
       std::string(FindHeader(request.headers, "x-amz-date")), scope,
       Sha256Hex(CanonicalRequest(request, authorization.signed_headers))},
      "\n");
  std::string key = absl::StrCat("AWS4", secret_access_key);
  for (const absl::string_view part : absl::StrSplit(scope, '/')) {
    key = HmacSha256(key, part);
  }
  return absl::BytesToHexString(HmacSha256(key, text));
}

}  // namespace evroc::sim
