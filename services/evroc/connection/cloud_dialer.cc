#include "services/evroc/connection/cloud_dialer.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/http/curl_http_client.h"
#include "common/http/url.h"
#include "services/evroc/credentials/principal.h"
#include "services/evroc/kcp/kcp_channel.h"
#include "services/evroc/kcp/kcp_compute_api.h"
#include "services/evroc/kcp/kcp_network_api.h"
#include "services/evroc/rest/rest_compute_api.h"
#include "services/evroc/rest/rest_network_api.h"
#include "services/evroc/rest/rest_project_api.h"

namespace evroc::cloud {
namespace {

// A hanging call holds a connection, and all projects of a credential share
// them (traps.md B9).
constexpr int kMaxConnections = 32;
// Of an answer that is no list. A virtual machine may come with its user data,
// a megabyte in base64 and more with escapes; any other object has a few
// kilobytes.
constexpr size_t kMaxAnswerBytes = size_t{4} << 20;
// Each watch holds one connection.
constexpr int kUnlimited = 0;

CurlOptions ConnectionOptionsOf(const Credential& credential,
                                const std::shared_ptr<CurlLoop>& loop) {
  CurlOptions options;
  options.loop = loop;
  options.max_body_bytes = kMaxAnswerBytes;
  options.ca_certificates = credential.ca_pem;
  options.client_certificate = credential.client_certificate_pem;
  options.client_key = credential.client_key_pem;
  options.insecure_skip_tls_verify = credential.insecure_skip_tls_verify;
  options.proxy_url = credential.proxy_url;
  options.tls_server_name = credential.tls_server_name;
  return options;
}

template <typename T>
void EraseExpired(std::map<std::string, std::weak_ptr<T>>& entries) {
  for (auto it = entries.begin(); it != entries.end();) {
    it = it->second.expired() ? entries.erase(it) : std::next(it);
  }
}

// The same for all spellings of a URL.
std::string EndpointOf(const std::string& api_url) {
  const absl::StatusOr<Url> url = ParseUrl(api_url);
  if (!url.ok()) return "";
  const bool plain = url->port == (url->scheme == "https" ? "443" : "80");
  return absl::StrCat(url->scheme, "://", absl::AsciiStrToLower(url->host),
                      plain ? "" : absl::StrCat(":", url->port),
                      absl::StripSuffix(url->path, "/"));
}

}  // namespace

std::shared_ptr<CloudTransport> CloudDialer::TransportFor(
    const std::string& key, const Target& target) {
  absl::MutexLock lock(&mutex_);
  EraseExpired(transports_);
  std::weak_ptr<CloudTransport>& known = transports_[key];
  std::shared_ptr<CloudTransport> transport = known.lock();
  if (transport != nullptr) return transport;
  CurlOptions calls = ConnectionOptionsOf(target.credential, loop_);
  calls.max_connections_per_host = kMaxConnections;
  CurlOptions watches = calls;
  watches.max_connections_per_host = kUnlimited;
  CurlOptions tokens;
  tokens.loop = loop_;
  tokens.max_body_bytes = kMaxAnswerBytes;
  tokens.ca_certificates = target.credential.token.issuer_ca_pem;
  CloudTransport::Transports transports{
      .calls = std::make_shared<CurlHttpClient>(calls),
      .tokens = std::make_shared<CurlHttpClient>(tokens)};
  transports.watches = target.credential.dialect == Dialect::kKcp
                           ? std::make_shared<CurlHttpClient>(watches)
                           : transports.calls;
  transport = std::make_shared<CloudTransport>(target.credential.token,
                                               std::move(transports), options_,
                                               metrics_, clock_);
  known = transport;
  return transport;
}

std::shared_ptr<Connection> CloudDialer::Dial(const std::string& credential_key,
                                              const Target& target) {
  const std::shared_ptr<CloudTransport> transport =
      TransportFor(credential_key, target);
  auto connection = std::make_shared<Connection>();
  connection->dialect = target.credential.dialect;
  connection->organization = target.credential.organization;
  connection->project = target.project;
  connection->region = target.region;
  connection->endpoint = EndpointOf(target.api_url);
  connection->principal = PrincipalOf(target.credential);
  connection->transport = transport;
  if (target.credential.dialect == Dialect::kKcp) {
    const KcpChannel channel{transport->calls(), transport->watches(),
                             target.api_url, KcpNamespace(target.project)};
    connection->network = std::make_unique<KcpNetworkApi>(channel);
    connection->compute = std::make_unique<KcpComputeApi>(channel);
  } else {
    const RestChannel channel{
        transport->calls(), target.api_url, {target.project, target.region}};
    connection->network = std::make_unique<RestNetworkApi>(channel);
    connection->compute = std::make_unique<RestComputeApi>(channel);
    connection->project_uid =
        std::make_unique<ProjectUid>(std::make_unique<RestProjectApi>(channel));
  }
  return connection;
}

}  // namespace evroc::cloud
