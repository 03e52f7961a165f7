#include "tests/evroc_sim/server/http_server.h"

#include <algorithm>
#include <memory>
#include <stop_token>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/time/sleep.h"
#include "httplib.h"
#include "tests/evroc_sim/server/connections.h"
#include "tests/evroc_sim/server/thread_per_connection.h"

namespace evroc::sim {
namespace {

constexpr int kKeepAliveSeconds = 90;
constexpr size_t kMaxBodyBytes = size_t{16} << 20;
constexpr size_t kPiece = 1024;

std::unique_ptr<httplib::Server> NewServer(const Listener& listener) {
  if (listener.tls_certificate.empty()) {
    return std::make_unique<httplib::Server>();
  }
  return std::make_unique<httplib::SSLServer>(
      listener.tls_certificate.c_str(), listener.tls_key.c_str(),
      listener.client_ca.empty() ? nullptr : listener.client_ca.c_str());
}

Request FromHttplib(const httplib::Request& request) {
  Request own{
      .method = request.method, .path = request.path, .body = request.body};
  const size_t question = request.target.find('?');
  if (question != std::string::npos) {
    httplib::Params params;
    httplib::detail::parse_query_text(request.target.substr(question + 1),
                                      params);
    for (const auto& [name, value] : params) own.query[name] = value;
  }
  for (const auto& [name, value] : request.headers) {
    own.headers.emplace_back(name, value);
  }
  return own;
}

// Uses a provider of known length: cpp-httplib would compress a plain body if
// the client accepts that, which costs more than it saves here.
void SetBody(Delivery delivery, const std::stop_token& stop,
             httplib::Response& response) {
  const auto kept = std::make_shared<Delivery>(std::move(delivery));
  const size_t size = kept->response.body.size();
  response.set_content_provider(
      size, kept->response.content_type,
      [kept, stop](size_t offset, size_t length, httplib::DataSink& sink) {
        size_t end = offset + length;
        if (kept->pause_per_kib > absl::ZeroDuration()) {
          end = std::min(end, offset + kPiece);
          SleepFor(kept->pause_per_kib, stop, Clock::Real());
        }
        if (kept->cut_after >= 0) {
          end = std::min<size_t>(end, kept->cut_after);
          if (offset >= end) return false;
        }
        return sink.write(kept->response.body.data() + offset, end - offset);
      });
}

// Kubernetes' type for streams, which cpp-httplib does not compress:
// compression would hold events back.
void SetStream(Response own, const std::stop_token& stop,
               httplib::Response& response) {
  response.set_chunked_content_provider(
      "application/json;stream=watch",
      [stream = std::move(own.stream), stop](size_t, httplib::DataSink& sink) {
        stream({.cancel = stop}, [&sink](absl::string_view piece) {
          return sink.write(piece.data(), piece.size());
        });
        sink.done();
        return true;
      });
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(
    const Listener& listener, Handler handler) {
  std::unique_ptr<HttpServer> server(
      new HttpServer(listener, std::move(handler)));
  const absl::Status status = server->Listen(listener);
  if (!status.ok()) return status;
  return server;
}

HttpServer::HttpServer(const Listener& listener, Handler handler)
    : has_client_ca_(!listener.client_ca.empty()),
      handler_(std::move(handler)),
      server_(NewServer(listener)) {}

absl::Status HttpServer::Listen(const Listener& listener) {
  if (!server_->is_valid()) {
    return absl::InvalidArgumentError("the TLS files can't be used");
  }
  const httplib::Server::Handler serve = [this](const httplib::Request& request,
                                                httplib::Response& response) {
    Serve(request, response);
  };
  server_->Get(".*", serve).Post(".*", serve).Put(".*", serve);
  server_->Patch(".*", serve).Delete(".*", serve).Options(".*", serve);
  server_->set_keep_alive_max_count(1'000'000'000);
  server_->set_keep_alive_timeout(kKeepAliveSeconds);
  server_->set_payload_max_length(kMaxBodyBytes);
  server_->set_tcp_nodelay(true);
  int port = listener.port;
  if (port == 0) {
    port = server_->bind_to_any_port(listener.host);
  } else if (!server_->bind_to_port(listener.host, port)) {
    port = -1;
  }
  if (port < 0) {
    return absl::UnavailableError(
        absl::StrCat("can't listen on ", listener.host, ":", listener.port));
  }
  server_->new_task_queue = [port] {
    return new ThreadPerConnection([port] { ShutDownConnections(port, 0); });
  };
  const bool bare_ipv6 = absl::StrContains(listener.host, ":");
  address_ = bare_ipv6 ? absl::StrCat("[", listener.host, "]:", port)
                       : absl::StrCat(listener.host, ":", port);
  url_ = absl::StrCat(listener.tls_certificate.empty() ? "http://" : "https://",
                      address_);
  thread_ = std::thread([this] { server_->listen_after_bind(); });
  while (!server_->is_running()) std::this_thread::yield();
  return absl::OkStatus();
}

HttpServer::~HttpServer() {
  stop_.request_stop();
  if (!thread_.joinable()) return;
  server_->stop();
  thread_.join();
}

void HttpServer::Serve(const httplib::Request& request,
                       httplib::Response& response) {
  Request own = FromHttplib(request);
  own.has_client_certificate = has_client_ca_;
  Delivery delivery = handler_(own);
  if (delivery.delay > absl::ZeroDuration()) {
    SleepFor(delivery.delay, stop_.get_token(), Clock::Real());
  }
  if (delivery.lost) {
    ShutDownConnections(request.local_port, request.remote_port);
  }
  response.status = delivery.response.status;
  for (const auto& [name, value] : delivery.response.headers) {
    response.set_header(name, value);
  }
  if (delivery.response.stream != nullptr) {
    SetStream(std::move(delivery.response), stop_.get_token(), response);
  } else if (!delivery.response.body.empty()) {
    SetBody(std::move(delivery), stop_.get_token(), response);
  }
}

}  // namespace evroc::sim
