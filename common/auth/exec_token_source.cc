#include "common/auth/exec_token_source.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/auth/command.h"
#include "common/json/json.h"

namespace evroc {
namespace {

constexpr size_t kMaxOutputBytes = size_t{256} << 10;
constexpr absl::Duration kLongestRun = absl::Minutes(1);

// The value of KUBERNETES_EXEC_INFO.
std::string ExecInfo(const ExecPlugin& plugin) {
  Json info = Json::Object(
      {{"apiVersion", plugin.api_version}, {"kind", "ExecCredential"}});
  info.SetAt("spec.interactive", false);
  if (!plugin.cluster_info.empty()) {
    const absl::StatusOr<Json> cluster = Json::Parse(plugin.cluster_info);
    if (cluster.ok()) info.SetAt("spec.cluster", *cluster);
  }
  return info.Dump();
}

absl::Status Useless(absl::string_view why) {
  return absl::UnauthenticatedError(
      absl::StrCat("the exec plugin of the credential ", why));
}

}  // namespace

absl::StatusOr<AccessToken> ExecTokenSource::Fetch(const CallContext& context) {
  Command command{
      .program = plugin_.command, .args = plugin_.args, .env = plugin_.env};
  command.env["KUBERNETES_EXEC_INFO"] = ExecInfo(plugin_);
  CallContext bounded = context;
  bounded.deadline = std::min(context.deadline, clock_.Now() + kLongestRun);
  const absl::StatusOr<std::string> output =
      RunCommand(bounded, command, kMaxOutputBytes, clock_);
  if (absl::IsFailedPrecondition(output.status())) {
    return Useless(absl::StrCat("is of no use: ", output.status().message()));
  }
  if (!output.ok()) return output.status();
  return ParseExecCredential(*output, clock_);
}

absl::StatusOr<AccessToken> ParseExecCredential(absl::string_view output,
                                                const Clock& clock) {
  const absl::StatusOr<Json> credential = Json::Parse(output, kMaxOutputBytes);
  if (!credential.ok()) return Useless("prints no JSON");
  AccessToken token{.value =
                        std::string(credential->At("status.token").String())};
  if (token.value.empty()) {
    return Useless(
        credential->At("status.clientCertificateData").exists()
            ? "prints a client certificate, which is not supported, and no "
              "status.token"
            : "prints no status.token");
  }
  const std::string expiry(
      credential->At("status.expirationTimestamp").String());
  std::string error;
  absl::Time expires = absl::InfiniteFuture();
  if (!expiry.empty() &&
      !absl::ParseTime(absl::RFC3339_full, expiry, &expires, &error)) {
    return Useless("prints a status.expirationTimestamp that is no time");
  }
  token.expiry = FromWall(clock, expires);
  return token;
}

}  // namespace evroc
