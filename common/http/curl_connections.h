// The connections of one HTTP client, and its running transfers: a curl multi
// handle that exists while there are any.
//
// All methods run on the thread of a CurlLoop.

#ifndef COMMON_HTTP_CURL_CONNECTIONS_H_
#define COMMON_HTTP_CURL_CONNECTIONS_H_

#include <curl/curl.h>

#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/http/curl_transfer.h"

namespace evroc {

class CurlConnections {
 public:
  // Waits for sockets.
  class Poller {
   public:
    virtual ~Poller() = default;
    // `what`: one of CURL_POLL_…
    virtual void Poll(CurlConnections& owner, curl_socket_t socket,
                      int what) = 0;
  };

  // Connections without a transfer are closed after `idle_time`.
  CurlConnections(int max_per_host, absl::Duration idle_time)
      : max_per_host_(max_per_host), idle_time_(idle_time) {}
  // Close has been called.
  ~CurlConnections() = default;

  CurlConnections(const CurlConnections&) = delete;
  CurlConnections& operator=(const CurlConnections&) = delete;

  // `poller` must outlive the connections.
  void Start(std::shared_ptr<CurlTransfer> transfer, Poller& poller);
  // These two do nothing for a transfer that has ended.
  void Resume(CurlTransfer& transfer);
  void Abort(CurlTransfer& transfer, absl::Status status);
  // Ends all transfers with CANCELLED and closes all connections.
  void Close();
  bool IsOpen() const { return multi_ != nullptr; }

  // A socket is ready for these CURL_CSELECT_….
  void Act(curl_socket_t socket, int actions);
  // Does what is due, and closes what was idle for long; returns when something
  // will be next.
  absl::Time RunTimers();

 private:
  void Open(Poller& poller);
  int OnTimer(long milliseconds);  // NOLINT(google-runtime-int): curl's type
  void FinishCompleted();
  void Remove(CURL* easy, absl::Status status);

  const int max_per_host_;
  const absl::Duration idle_time_;
  Poller* poller_ = nullptr;
  CURLM* multi_ = nullptr;
  absl::flat_hash_map<CURL*, std::shared_ptr<CurlTransfer>> running_;
  absl::Time timer_ = absl::InfiniteFuture();
  absl::Time idle_since_ = absl::InfiniteFuture();
};

}  // namespace evroc

#endif  // COMMON_HTTP_CURL_CONNECTIONS_H_
