#include "common/server/http_endpoint.h"

#include <array>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "civetweb.h"
#include "common/time/clock.h"
#include "common/time/sleep.h"
#include "glog/logging.h"

namespace evroc {
namespace {

// Probes and scrapes are few.
constexpr char kThreads[] = "3";
constexpr char kTimeoutMs[] = "10000";
constexpr absl::Duration kConnectPause = absl::Milliseconds(5);

struct Address {
  std::string host;  // empty: all
  std::string port;
};

absl::StatusOr<Address> Parse(absl::string_view text) {
  const size_t colon = text.rfind(':');
  Address address;
  int port = 0;
  if (colon != absl::string_view::npos) {
    address.host = std::string(text.substr(0, colon));
    address.port = std::string(text.substr(colon + 1));
  }
  const bool host_is_clean =
      address.host.find_first_of(", ;") == std::string::npos;
  if (!absl::SimpleAtoi(address.port, &port) || port < 0 || port > 65535 ||
      !host_is_clean) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is not HOST:PORT"));
  }
  address.port = absl::StrCat(port);
  return address;
}

int Log(const mg_connection* /*connection*/, const char* message) {
  LOG(WARNING) << "Failed to serve HTTP error=" << message;
  return 1;
}

HttpEndpoint::Page Plain(int status, std::string body) {
  return {.status = status, .body = std::move(body)};
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpEndpoint>> HttpEndpoint::Listen(
    absl::string_view address, std::map<std::string, Handler> pages) {
  const absl::StatusOr<Address> parsed = Parse(address);
  if (!parsed.ok()) return parsed.status();
  std::unique_ptr<HttpEndpoint> endpoint(new HttpEndpoint(std::move(pages)));
  // "+" listens on IPv6 too, and fails on machines without it.
  const bool listens =
      parsed->host.empty()
          ? endpoint->Start("+" + parsed->port) || endpoint->Start(parsed->port)
          : endpoint->Start(absl::StrCat(parsed->host, ":", parsed->port));
  if (!listens) {
    return absl::UnavailableError(absl::StrCat("can't listen on ", address));
  }
  mg_server_port port = {};
  mg_get_server_ports(endpoint->context_, 1, &port);
  endpoint->port_ = port.port;
  endpoint->address_ = absl::StrCat(parsed->host, ":", port.port);
  if (!parsed->host.empty()) {
    endpoint->own_host_ = std::string(
        absl::StripSuffix(absl::StripPrefix(parsed->host, "["), "]"));
  }
  return endpoint;
}

// civetweb stops only when a client connects, or after two seconds.
HttpEndpoint::~HttpEndpoint() {
  if (context_ == nullptr) return;
  absl::Notification stopped;
  std::thread stop([&] {
    mg_stop(context_);
    stopped.Notify();
  });
  SleepFor(kConnectPause, {}, Clock::Real());
  while (!stopped.HasBeenNotified()) {
    mg_connection* const connection =
        mg_connect_client(own_host_.c_str(), port_, 0, nullptr, 0);
    if (connection != nullptr) mg_close_connection(connection);
    SleepFor(kConnectPause, {}, Clock::Real());
  }
  stop.join();
}

bool HttpEndpoint::Start(const std::string& ports) {
  mg_callbacks callbacks = {};
  callbacks.log_message = &Log;
  std::array<const char*, 7> options = {
      "listening_ports",    ports.c_str(), "num_threads", kThreads,
      "request_timeout_ms", kTimeoutMs,    nullptr};
  context_ = mg_start(&callbacks, nullptr, options.data());
  if (context_ == nullptr) return false;
  mg_set_request_handler(context_, "**", &HttpEndpoint::OnRequest, this);
  return true;
}

int HttpEndpoint::OnRequest(mg_connection* connection, void* self) {
  const mg_request_info* const request = mg_get_request_info(connection);
  const absl::string_view method = request->request_method;
  const Page page = static_cast<const HttpEndpoint*>(self)->Answer(
      method, request->local_uri,
      request->query_string == nullptr ? "" : request->query_string);
  std::string answer = absl::StrCat(
      "HTTP/1.1 ", page.status, " ",
      mg_get_response_code_text(connection, page.status),
      "\r\nContent-Type: ", page.content_type,
      "\r\nContent-Length: ", page.body.size(),
      "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff"
      "\r\nConnection: close\r\n\r\n");
  if (method != "HEAD") answer += page.body;
  mg_write(connection, answer.data(), answer.size());
  return page.status;
}

HttpEndpoint::Page HttpEndpoint::Answer(absl::string_view method,
                                        const std::string& path,
                                        absl::string_view query) const {
  const auto page = pages_.find(path);
  if (page == pages_.end()) return Plain(404, "not found\n");
  if (method != "GET" && method != "HEAD") {
    return Plain(405, "only GET and HEAD\n");
  }
  return page->second(query);
}

}  // namespace evroc
