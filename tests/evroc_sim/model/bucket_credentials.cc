#include "tests/evroc_sim/model/bucket_credentials.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/crypto/sha256.h"
#include "tests/evroc_sim/model/stable_uuid.h"

namespace evroc::sim {
namespace {

constexpr absl::string_view kSecretSuffix = "-s3-credentials";
constexpr size_t kAccessKeyIdLength = 20;
constexpr size_t kSecretAccessKeyLength = 40;

}  // namespace

BucketCredentials CredentialsOf(const Object& account) {
  const std::string id =
      absl::AsciiStrToUpper(Sha256Hex(absl::StrCat("id ", account.uid)));
  const std::string key = Sha256Hex(absl::StrCat("key ", account.uid));
  return {.access_key_id = id.substr(0, kAccessKeyIdLength),
          .secret_access_key = key.substr(0, kSecretAccessKeyLength)};
}

std::string SecretNameOf(const Object& account) {
  return absl::StrCat(account.key.id, kSecretSuffix);
}

std::string AccountOfSecret(absl::string_view secret) {
  return absl::ConsumeSuffix(&secret, kSecretSuffix) ? std::string(secret) : "";
}

Json SecretJson(const Object& account) {
  const BucketCredentials credentials = CredentialsOf(account);
  Json metadata =
      Json::Object({{"id", SecretNameOf(account)},
                    {"project", account.key.project},
                    {"region", account.key.region},
                    {"uid", StableUuid(absl::StrCat("secret ", account.uid))},
                    {"creationTimestamp", FormatTimestamp(account.phase_since)},
                    {"generation", 1}});
  return Json::Object(
      {{"apiVersion", ApiVersion(InfoOf(account.key.kind))},
       {"kind", "BucketServiceAccountSecret"},
       {"metadata", std::move(metadata)},
       {"data",
        Json::Object({{"accessKeyID", credentials.access_key_id},
                      {"secretAccessKey", credentials.secret_access_key}})}});
}

bool MayUseBucket(const Object& account, absl::string_view bucket) {
  const JsonView buckets = account.spec["buckets"];
  for (size_t i = 0; i < buckets.size() && !account.deleting; ++i) {
    if (buckets[i].String() == bucket) return true;
  }
  return false;
}

}  // namespace evroc::sim
