#include "common/http/curl_transfer.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/http/url.h"
#include "common/net/loopback.h"
#include "common/time/clock.h"
#include "glog/logging.h"

namespace evroc {
namespace {

// How many bytes of a streamed body may wait for the reader.
constexpr size_t kMaxWaiting = size_t{256} << 10;

// Of all headers of an answer, interim ones included.
constexpr size_t kMaxHeaderBytes = size_t{256} << 10;

// NOLINTNEXTLINE(google-runtime-int): libcurl's type
constexpr long kKeepAliveSeconds = 15;

// Gives a silent connection up after half a minute; Linux's default is a
// quarter of an hour.
int DropSilentConnections(void* /*context*/, curl_socket_t socket,
                          curlsocktype /*purpose*/) {
  constexpr unsigned kMilliseconds = 30'000;
  setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &kMilliseconds,
             sizeof(kMilliseconds));
  return CURL_SOCKOPT_OK;
}

size_t AsView(const char* data, size_t size, size_t count,
              absl::string_view* view) {
  *view = absl::string_view(data, size * count);
  return size * count;
}

}  // namespace

CurlTransfer::CurlTransfer(const CurlOptions& options,
                           const HttpRequest& request, bool streaming)
    : options_(options),
      request_(request),
      streaming_(streaming),
      easy_(curl_easy_init()) {
  CHECK(easy_ != nullptr);
  SetUpConnection();
  SetUpProxy();
  SetUpRequest();
  SetUpResponse();
  SetUpTls();
  if (!options_.tls_server_name.empty()) SetUpServerName();
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, header_list_.get());
}

CurlTransfer::~CurlTransfer() { curl_easy_cleanup(easy_); }

void CurlTransfer::SetUpConnection() {
  curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  // A name server that does not answer would hold up the loop when the transfer
  // ends, and with it other clients.
  curl_easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy_, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_USERAGENT, options_.user_agent.c_str());
  curl_easy_setopt(easy_, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy_, CURLOPT_TCP_NODELAY, 1L);
  // A stream whose server has vanished must end.
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPIDLE, kKeepAliveSeconds);
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPINTVL, kKeepAliveSeconds);
  curl_easy_setopt(easy_, CURLOPT_SOCKOPTFUNCTION, &DropSilentConnections);
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(  // NOLINT(google-runtime-int): its API
                       absl::ToInt64Milliseconds(options_.connect_timeout)));
}

// Where neither is set, libcurl reads the environment itself.
void CurlTransfer::SetUpProxy() {
  if (!options_.proxy_url.empty()) {
    curl_easy_setopt(easy_, CURLOPT_PROXY, options_.proxy_url.c_str());
    curl_easy_setopt(easy_, CURLOPT_NOPROXY, "");
    return;
  }
  const absl::StatusOr<Url> url = ParseUrl(request_.url);
  if (url.ok() && IsLoopback(url->host)) {
    curl_easy_setopt(easy_, CURLOPT_NOPROXY, "*");
  }
}

void CurlTransfer::SetUpRequest() {
  curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  if (!request_.body.empty() || request_.method == "POST") {
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request_.body.size()));
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request_.body.data());
  }
  // libcurl would wait a second for a "100 Continue" that not all servers send.
  curl_slist* list = curl_slist_append(nullptr, "Expect:");
  for (const auto& [name, value] : request_.headers) {
    list = curl_slist_append(list, absl::StrCat(name, ": ", value).c_str());
  }
  header_list_.reset(list);
}

void CurlTransfer::SetUpResponse() {
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(
      easy_, CURLOPT_HEADERFUNCTION,
      +[](char* data, size_t size, size_t count, void* self) {
        absl::string_view line;
        AsView(data, size, count, &line);
        return static_cast<CurlTransfer*>(self)->OnHeader(line);
      });
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(
      easy_, CURLOPT_WRITEFUNCTION,
      +[](char* data, size_t size, size_t count, void* self) {
        absl::string_view body;
        AsView(data, size, count, &body);
        return static_cast<CurlTransfer*>(self)->OnBody(body);
      });
}

void CurlTransfer::SetUpTls() {
  if (options_.insecure_skip_tls_verify) {
    curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (!options_.ca_certificates.empty()) {
    // Only those that are given: the system's would be trusted beside them.
    SetBlob(CURLOPT_CAINFO_BLOB, options_.ca_certificates);
    curl_easy_setopt(easy_, CURLOPT_CAPATH, nullptr);
  }
  SetBlob(CURLOPT_SSLCERT_BLOB, options_.client_certificate);
  SetBlob(CURLOPT_SSLKEY_BLOB, options_.client_key);
}

// libcurl takes SNI and the name to verify from the URL only: so the URL has
// the name, and the connection is made to the URL's original host.
void CurlTransfer::SetUpServerName() {
  const absl::StatusOr<Url> url = ParseUrl(request_.url);
  if (!url.ok() || url->scheme != "https") return;
  const std::string& name = options_.tls_server_name;
  curl_easy_setopt(easy_, CURLOPT_URL, ReplaceHost(request_.url, name).c_str());
  connect_to_.reset(curl_slist_append(
      nullptr,
      absl::StrCat(name, ":", url->port, ":", url->host, ":", url->port)
          .c_str()));
  curl_easy_setopt(easy_, CURLOPT_CONNECT_TO, connect_to_.get());
  curl_slist* const list = curl_slist_append(
      header_list_.release(), absl::StrCat("Host: ", url->authority).c_str());
  header_list_.reset(list);
}

void CurlTransfer::SetBlob(CURLoption option, const std::string& pem) {
  if (pem.empty()) return;
  curl_blob blob{.data = const_cast<char*>(pem.data()),
                 .len = pem.size(),
                 .flags = CURL_BLOB_NOCOPY};
  curl_easy_setopt(easy_, option, &blob);
}

size_t CurlTransfer::OnHeader(absl::string_view line) {
  const size_t size = line.size();
  header_bytes_ += size;
  if (header_bytes_ > kMaxHeaderBytes) {
    too_large_ = true;
    return 0;  // ends the transfer with CURLE_WRITE_ERROR
  }
  line = absl::StripAsciiWhitespace(line);
  if (absl::StartsWith(line, "HTTP/")) {
    response_.headers.clear();  // of an interim answer, such as 100 Continue
    return size;
  }
  const size_t colon = line.find(':');
  if (colon != absl::string_view::npos) {
    response_.headers.emplace_back(
        line.substr(0, colon),
        absl::StripAsciiWhitespace(line.substr(colon + 1)));
  }
  return size;
}

bool CurlTransfer::IsSuccess() const {
  long status = 0;  // NOLINT(google-runtime-int): libcurl's type
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  return evroc::IsSuccess(static_cast<int>(status));
}

size_t CurlTransfer::OnBody(absl::string_view data) {
  if (streaming_ && IsSuccess()) {
    absl::MutexLock lock(&mutex_);
    if (!chunk_.empty() && chunk_.size() + data.size() > kMaxWaiting) {
      paused_ = true;
      return CURL_WRITEFUNC_PAUSE;
    }
    chunk_.append(data.data(), data.size());
    return data.size();
  }
  if (response_.body.size() + data.size() > options_.max_body_bytes) {
    too_large_ = true;
    return 0;  // ends the transfer with CURLE_WRITE_ERROR
  }
  response_.body.append(data.data(), data.size());
  return data.size();
}

absl::Status CurlTransfer::StatusOf(CURLcode code) const {
  if (code == CURLE_OK) return absl::OkStatus();
  if (too_large_) {
    return absl::ResourceExhaustedError(
        header_bytes_ > kMaxHeaderBytes
            ? absl::StrCat("the answer's headers are larger than ",
                           kMaxHeaderBytes, " bytes")
            : absl::StrCat("the answer is larger than ",
                           options_.max_body_bytes, " bytes"));
  }
  long answer = 0;  // NOLINT(google-runtime-int): libcurl's type
  curl_easy_getinfo(easy_, CURLINFO_HTTP_CONNECTCODE, &answer);
  if (answer >= 300) {
    return absl::UnavailableError(
        absl::StrCat("the proxy refused the connection with ", answer));
  }
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return absl::InvalidArgumentError("the URL is malformed");
    case CURLE_SSL_CERTPROBLEM:
      return absl::InvalidArgumentError(
          "the client certificate or its key can't be used");
    case CURLE_SSL_CACERT_BADFILE:
      return absl::InvalidArgumentError(
          "the certificate-authority data can't be used");
    default:
      return absl::UnavailableError(curl_easy_strerror(code));
  }
}

void CurlTransfer::Finish(absl::Status status) {
  long code = 0;  // NOLINT(google-runtime-int): libcurl's type
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &code);
  response_.status = static_cast<int>(code);
  absl::MutexLock lock(&mutex_);
  status_ = std::move(status);
  done_ = true;
}

void CurlTransfer::Resume() { curl_easy_pause(easy_, CURLPAUSE_CONT); }

CurlTransfer::Wait CurlTransfer::Await(absl::Time deadline) {
  absl::MutexLock lock(&mutex_);
  if (!Clock::Real().AwaitWithDeadline(
          mutex_, absl::Condition(this, &CurlTransfer::HasChanges), deadline)) {
    return Wait::kDeadline;
  }
  return chunk_.empty() ? Wait::kDone : Wait::kChunk;
}

std::string CurlTransfer::TakeChunk(bool* resume) {
  absl::MutexLock lock(&mutex_);
  *resume = std::exchange(paused_, false);
  return std::exchange(chunk_, {});
}

absl::StatusOr<HttpResponse> CurlTransfer::TakeResponse() {
  absl::MutexLock lock(&mutex_);
  if (!status_.ok()) return status_;
  return std::move(response_);
}

}  // namespace evroc
